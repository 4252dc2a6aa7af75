package liveroot.launcher;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code liveroot status}. */
final class StatusCommand implements Command {

    private static final long PATIENCE = 10_000;

    @Override
    public Grammar grammar() {
        return new Grammar(
                "status",
                List.of("Tells what is mounted, how the cache does, how many requests were served, and how full each"
                        + " union is, has been at most, and may get."),
                List.of(new Grammar.Parameter(
                        "DIR", false, "Only of what is mounted here. Default: all that this user has mounted.")),
                List.of(Grammar.Option.flag("--json", "For programs.")),
                List.of(
                        "--json prints an array with an object for each mount: directory, image, format, pid, since (ISO"
                                + " 8601), front, log (null in the foreground), cache (budget, used, most_used, blocks,"
                                + " hits, misses, loads, failures, load_nanoseconds, evictions), requests (by FUSE"
                                + " operation), unions (an array: path, size, used, free, most_used, inodes, inodes_used,"
                                + " most_inodes, store, no_better_store, mounted). Sizes are bytes.",
                        "Exit status: 0 told, 64 usage, 66 nothing of liveroot's is mounted at DIR, 71 no answer."));
    }

    @Override
    public int run(Arguments arguments, PrintStream out) throws Refusal, IOException {
        RunDirectory run = RunDirectory.ours();
        List<RunDirectory.Entry> entries;
        String given = arguments.get("DIR", null);
        if (given == null) {
            entries = Daemons.alive(run);
        } else {
            Path directory = MountPoint.resolve(Paths.absolute(given));
            RunDirectory.Entry entry = Daemons.at(directory, run);
            if (entry == null) {
                throw new Refusal(
                        Refusal.NO_INPUT,
                        directory
                                + (StaleMounts.isOurs(directory) && StaleMounts.isDead(directory)
                                        ? ": its daemon was killed: liveroot umount clears it"
                                        : ": nothing of liveroot's is mounted there by this user"));
            }
            entries = List.of(entry);
        }
        boolean json = arguments.has("--json");
        List<String> answers = new ArrayList<>();
        for (RunDirectory.Entry entry : entries) {
            answers.add(DaemonClient.ask(run.socket(entry.pid()), json ? "status json" : "status text", PATIENCE));
        }
        if (json) {
            out.println("[" + String.join(",\n", answers) + "]");
        } else {
            out.print(String.join("\n", answers));
        }
        return 0;
    }
}
