package liveroot.launcher;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;

/** {@code liveroot resize}. */
final class ResizeCommand implements Command {

    /** What a request of it begins with; then --ram or "-", size and inodes or 0, path. */
    static final String REQUEST = "resize ";

    private static final long PATIENCE = 10_000;

    @Override
    public Grammar grammar() {
        return new Grammar(
                "resize",
                List.of(
                        "Makes a union of what is mounted at DIR larger or smaller, while it is in use. It cannot become"
                                + " smaller than what it holds, nor all unions together larger than half of RAM, or than --ram gave"
                                + " them: a union without a size has all that is left, so make that smaller first. If it"
                                + " changes nothing it says why. A cover keeps its size."),
                List.of(
                        new Grammar.Parameter("DIR", true, "Where the root is mounted."),
                        new Grammar.Parameter(
                                "PATH=SIZE",
                                true,
                                "The union's path inside the image, and its new size: " + Size.FORMS
                                        + ". May be followed by ,nr_inodes=N, or be PATH,nr_inodes=N alone. Without nr_inodes= a larger union gets an inode for each 4 KiB, and a smaller"
                                        + " one keeps what it has.")),
                List.of(Grammar.Option.of(
                        "--ram",
                        "LIMIT",
                        "RAM that all unions together may take from now on. It was half at the start.")),
                List.of(
                        "Exit status: 0 changed, 64 usage, or more than there is, 66 nothing of liveroot's is mounted at DIR,"
                                + " or no union over PATH, 71 a daemon gives no answer, 75 more is in use."));
    }

    @Override
    public int run(Arguments arguments, PrintStream out) throws Refusal, IOException {
        long memory = HostMemory.total();
        String text = arguments.get("PATH=SIZE", "");
        UnionOptions options = Union.parse(text, "resize", memory);
        options.refuseAllButLimits();
        Union wanted = options.union(Union.pathOf(text, "resize"), "resize");
        String ram = arguments.get("--ram", null);
        if (wanted.size() == 0 && wanted.inodes() == 0) {
            throw new Refusal(
                    Refusal.USAGE, "resize " + wanted.path() + ": give a size, as in " + wanted.path() + "=64m");
        }
        if (ram != null) {
            Limits.Ram.of(ram, memory);
        }
        RunDirectory run = RunDirectory.ours();
        Path directory = MountPoint.resolveMounted(Paths.absolute(arguments.get("DIR", "")));
        RunDirectory.Entry entry = Daemons.at(directory, run);
        if (entry == null) {
            throw Daemons.none(directory, run);
        }
        String request = REQUEST + (ram == null ? "-" : ram) + " " + wanted.size() + " " + wanted.inodes() + " "
                + UnionsFile.escape(wanted.path());
        DaemonClient.ask(run.socket(entry.pid()), request, PATIENCE);
        return 0;
    }
}
