package liveroot.launcher;

import java.io.Closeable;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code liveroot cover}. */
final class CoverCommand implements Command {

    /** What a cover needs without being used: a connection, a tmpfs, the directory below, and some files of each at work. */
    private static final int DESCRIPTORS = 10;

    @Override
    public Grammar grammar() {
        return new Grammar(
                "cover",
                List.of(
                        "Makes directories of the running system writable: lays a RAM union over each, and leaves a daemon"
                                + " behind. What is in them shows through, with owners and modes, and is never written to."
                                + " Returns when all are served; if one cannot be covered, none is.",
                        "SIZE is " + Size.FORMS + ". Sizes, limits and options are those of liveroot mount.",
                        "Sockets and fifos below lead where they led before, and what else is mounted below stays in"
                                + " sight. liveroot umount PATH takes a cover down, and all that was written to it."),
                List.of(Grammar.Parameter.any(
                        "PATH",
                        "A directory to cover: PATH[=SIZE][,OPTION...], as in /var/db=512k,nosuid. A comma in PATH is"
                                + " written \\054, a last '=' \\075, a backslash \\134.")),
                List.of(
                        Grammar.Option.of(
                                "--unions",
                                "FILE",
                                "What an fstab says, see below; '-' is the standard input. Paths that are named as well go"
                                        + " before it."),
                        Grammar.Option.oneOf(
                                "--preset",
                                "PRESET",
                                Preset.words(),
                                "What a kind of system needs: " + String.join(", ", Preset.words())
                                        + ". Some are left out, with a note, see below."),
                        Grammar.Option.of("--root", "DIR", "Where paths begin, symlinks' targets too. Default: /."),
                        Grammar.Option.oneOf(
                                "--front",
                                "FRONT",
                                List.of("auto", "kernel", "uring", "jnr-fuse"),
                                "As for liveroot mount. Sockets and fifos below cannot be reached through jnr-fuse."),
                        Grammar.Option.flag(
                                "--mlock", "Keep the daemon's memory out of swap, should what swaps need a cover."),
                        Grammar.Option.flag("--foreground", "Serve until all covers end, and log to the terminal.")),
                List.of(
                        "Of a FILE those lines are taken whose first field is liveroot, and those of type mfs and tmpfs; all"
                                + " others are left alone:",
                        UnionsFile.EXAMPLE,
                        "A line that cannot be understood stops the command. Options are those of --unions of liveroot"
                                + " mount.",
                        "Of a preset is left out what cannot be covered, or need not be: a directory that is not there, that"
                                + " this user may not read, or that the kernel has its own files in; one that is a writable tmpfs"
                                + " or ramfs already; one that liveroot has covered, or has mounts below of; one in which"
                                + " liveroot itself lies, its JVM, or its sockets (/run). What PATH or FILE names has the last"
                                + " word, but directories that a preset makes (mds) are made there too, without mkdir=.",
                        "With NOTIFY_SOCKET set, readiness is told by it, as sd_notify(3) has it.",
                        "Exit status: 0 covered, 64 usage, 66 no such directory, 69 no FUSE, or an option that cannot be"
                                + " had here, 70 a fault in liveroot, 71 refused by the operating system, 73 directory unusable, 75 covered already, 77 no"
                                + " permission."));
    }

    @Override
    public int run(Arguments arguments, PrintStream out) throws Refusal, IOException {
        if (!System.getProperty("os.name").equals("Linux")) {
            throw new Refusal(
                    Refusal.UNAVAILABLE,
                    "cover reaches what it covers by system calls of Linux (openat2 and those of 5.6): there is no way"
                            + " yet on " + System.getProperty("os.name"));
        }
        long memory = HostMemory.total();
        List<Union> unions = unions(arguments, memory);
        String front = arguments.get("--front", "auto");
        Path root = root(arguments.get("--root", "/"));
        RunDirectory run = RunDirectory.ours();
        run.make();
        CoverPlan plan = CoverPlan.of(unions, root, run);
        plan.notes().forEach(note -> System.err.println("liveroot: " + note));
        if (plan.places().isEmpty()) {
            throw new Refusal(Refusal.NO_INPUT, "nothing is left to cover below " + root);
        }
        MountCommand.requireDescriptors(DESCRIPTORS * plan.places().size());
        List<Closeable> claims = new ArrayList<>();
        try (Closeable all = () -> closeAll(claims)) {
            // In one order, so that two commands do not wait for one another.
            for (Path directory : plan.places().stream()
                    .map(CoverPlan.Place::directory)
                    .sorted()
                    .toList()) {
                claims.add(run.claim(directory));
            }
            for (CoverPlan.Place place : plan.places()) {
                MountPoint.prepare(place.directory(), run);
            }
            return new CoverDaemon(plan.places(), run, arguments.has("--mlock"))
                    .serve(memory, Fronts.chosen(front), all);
        }
    }

    private static void closeAll(List<Closeable> claims) throws IOException {
        for (Closeable claim : claims) {
            claim.close();
        }
        claims.clear();
    }

    private static Path root(String given) throws Refusal {
        Path root = Paths.absolute(given);
        try {
            if (!Files.isDirectory(root) && Files.exists(root)) {
                throw new Refusal(Refusal.NO_INPUT, "--root " + given + ": is not a directory");
            }
            return Paths.requireUtf8(root.toRealPath());
        } catch (IOException e) {
            throw new Refusal(
                    IoErrors.isForbidden(e) ? Refusal.PERMISSION : Refusal.NO_INPUT,
                    "--root " + given + ": " + IoErrors.describe(e));
        }
    }

    /** Those that are named, then those that a file adds, then those that a preset adds. */
    private static List<Union> unions(Arguments arguments, long memory) throws Refusal {
        List<List<Union>> sources = new ArrayList<>();
        List<Union> named = new ArrayList<>();
        for (String text : arguments.all("PATH")) {
            named.add(CoverFile.argument(text, memory));
        }
        String file = arguments.get("--unions", null);
        String preset = arguments.get("--preset", null);
        if (named.isEmpty() && file == null && preset == null) {
            throw new Refusal(
                    Refusal.USAGE, "cover: give PATH..., --unions FILE or --preset (see liveroot cover --help)");
        }
        sources.add(named);
        if (file != null) {
            List<Union> read = file.equals("-")
                    ? CoverFile.readStandardInput(memory)
                    : CoverFile.read(Paths.absolute(file), memory);
            if (read.isEmpty()) {
                throw new Refusal(
                        Refusal.NO_INPUT,
                        "--unions " + file + ": no line is for liveroot: none begins with 'liveroot' or is of type mfs"
                                + " or tmpfs");
            }
            sources.add(read);
        }
        if (preset != null) {
            sources.add(Preset.of(preset).unions(memory));
        }
        return MountCommand.merge(sources);
    }
}
