package liveroot.launcher;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;

/** {@code liveroot resize}. */
final class ResizeCommand implements Command {

    private static final long PATIENCE = 10_000;

    @Override
    public Grammar grammar() {
        return new Grammar(
                "resize",
                List.of(
                        "Makes a union of what is mounted at DIR larger or smaller, or a cover, while it is in use. It cannot"
                                + " become smaller than what it holds, nor all unions of a daemon together larger than half of"
                                + " RAM, or than --ram gave them: a union without a size has all that is left, so make that"
                                + " smaller first. If it changes nothing it says why."),
                List.of(
                        new Grammar.Parameter(
                                "DIR", true, "Where the root is mounted. Of a cover DIR=SIZE, and no PATH=SIZE."),
                        new Grammar.Parameter(
                                "PATH=SIZE",
                                false,
                                "The union's path inside the image, and its new size: " + Size.FORMS
                                        + ". May be followed by ,nr_inodes=N, or be PATH,nr_inodes=N alone. Without nr_inodes= a larger union gets an inode for each 4 KiB, and a smaller"
                                        + " one keeps what it has.")),
                List.of(Grammar.Option.of(
                        "--ram",
                        "LIMIT",
                        "RAM that all unions together may take from now on. It was half at the start.")),
                List.of(
                        Grammar.EXAMPLE + "liveroot resize /mnt/root /var=128m\n" + Grammar.EXAMPLE
                                + "liveroot resize /var/db=1m",
                        "Exit status: 0 changed, 64 usage, or more than there is, 66 nothing of liveroot's is mounted at DIR,"
                                + " or no union over PATH, 71 the daemon gives no answer, or was killed, 75 more is in use."));
    }

    @Override
    public int run(Arguments arguments, PrintStream out) throws Refusal, IOException {
        long memory = HostMemory.total();
        String first = arguments.get("DIR", "");
        String text = arguments.get("PATH=SIZE", null);
        boolean isCover = text == null;
        if (isCover) {
            if (!first.contains("=")) {
                throw new Refusal(
                        Refusal.USAGE,
                        "resize " + first + ": give PATH=SIZE too, of a union there; or, of a cover, " + first
                                + "=SIZE");
            }
            text = first;
        }
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
        Path directory = MountPoint.resolveMounted(Paths.absolute(isCover ? wanted.path() : first));
        RunDirectory.Entry entry = Daemons.at(directory, run);
        if (entry == null) {
            throw Daemons.none(directory, run);
        }
        if (isCover && !entry.mount().isEmpty()) {
            throw new Refusal(
                    Refusal.USAGE,
                    "resize: a root is mounted at " + directory + ", that is no cover: give " + directory
                            + " and PATH=SIZE of a union there");
        }
        Resize resize = new Resize(ram, wanted.size(), wanted.inodes(), isCover ? directory.toString() : wanted.path());
        DaemonClient.ask(run.socket(entry.pid()), resize.request(), PATIENCE);
        return 0;
    }
}
