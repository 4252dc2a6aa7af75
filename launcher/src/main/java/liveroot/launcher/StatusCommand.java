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
                        "DIR",
                        false,
                        "Only of what is mounted here; of a cover, with all others that its daemon serves. Default:"
                                + " all that this user has mounted.")),
                List.of(Grammar.Option.flag("--json", "For programs.")),
                List.of(
                        "--json prints an array with an object for each mount: directory, image (layers as 'A over B'), format, pid, since (ISO"
                                + " 8601), front, mounted, log (null in the foreground), cache (budget, used, most_used, blocks,"
                                + " hits, misses, loads, failures, load_nanoseconds, evictions), medium (name, requests, seeks,"
                                + " bytes, busy_nanoseconds), record (file, blocks), playlist (file, blocks, read_ahead, hits,"
                                + " misses, done, off: why it was switched off; each of the three null if not asked for),"
                                + " requests (by FUSE"
                                + " operation), unions (an array: path, size, used, free, most_used, inodes, inodes_used,"
                                + " most_inodes, store, no_better_store (why it is not in a better one, null if there is none),"
                                + " no_passthrough (why the kernel does not read and write its files by itself although the"
                                + " store is made for it, null if it does), compression (null unless compress=on: holds,"
                                + " compressed, into; what is compressed is held in fewer bytes of used), mounted); mounted is false if that is unmounted here and lives on"
                                + " in another mount namespace. Sizes are bytes. Of covers image and format are null, and cache,"
                                + " medium, record and playlist missing. Of a mount whose daemon does not answer there are"
                                + " directory, pid (none if it was killed) and fault.",
                        "Exit status: 0 told, 64 usage, 66 nothing of liveroot's is mounted at DIR, 71 a daemon gives no"
                                + " answer or was killed (the others are told)."));
    }

    @Override
    public int run(Arguments arguments, PrintStream out) throws Refusal, IOException {
        RunDirectory run = RunDirectory.ours();
        boolean json = arguments.has("--json");
        String given = arguments.get("DIR", null);
        Path directory = given == null ? null : MountPoint.resolveMounted(Paths.absolute(given));
        List<RunDirectory.Entry> entries = Daemons.alive(run);
        if (given != null) {
            RunDirectory.Entry entry = Daemons.at(directory, run);
            entries = entry == null ? List.of() : List.of(entry);
        }
        List<String> answers = new ArrayList<>();
        List<Path> silent = new ArrayList<>();
        for (RunDirectory.Entry entry : entries) {
            try {
                answers.add(DaemonClient.ask(run.socket(entry.pid()), json ? "status json" : "status text", PATIENCE));
            } catch (Refusal e) {
                answers.add(fault(entry.directory(), entry.pid(), e.getMessage(), json));
                silent.add(entry.directory());
            }
        }
        boolean dead = false;
        if (given == null || entries.isEmpty()) {
            for (Path left : StaleMounts.all(silent)) {
                if (given == null || left.equals(directory)) {
                    answers.add(fault(left, 0, StaleMounts.fault(left), json));
                    dead = true;
                }
            }
        }
        if (given != null && answers.isEmpty()) {
            throw Daemons.none(directory, run);
        }
        if (json) {
            out.println("[" + String.join(",\n", answers) + "]");
        } else {
            out.print(String.join("\n", answers));
        }
        return silent.isEmpty() && !dead ? 0 : Refusal.OS;
    }

    /**
     * What is told of a mount instead of its status.
     *
     * @param pid of its daemon, 0 if there is none
     */
    static String fault(Path directory, long pid, String fault, boolean json) {
        if (!json) {
            return UnionsFile.escape(directory.toString()) + (pid == 0 ? "" : " (process " + pid + ")") + ": " + fault
                    + "\n";
        }
        Json object = new Json().open('{').name("directory").value(directory.toString());
        if (pid != 0) {
            object.name("pid").value(pid);
        }
        return object.name("fault").value(fault).close('}').toString();
    }
}
