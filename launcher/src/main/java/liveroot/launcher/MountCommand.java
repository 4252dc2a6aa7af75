package liveroot.launcher;

import java.io.Closeable;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import liveroot.cache.Medium;
import liveroot.fs.image.Choice;
import liveroot.fs.sys.Libc;
import liveroot.overlay.Overlay;

/** {@code liveroot mount}. */
final class MountCommand implements Command {

    /** What a daemon with the unions of a preset has open, and as many for the files that it serves. */
    private static final long FEWEST_DESCRIPTORS = 128;

    @Override
    public Grammar grammar() {
        return new Grammar(
                "mount",
                List.of(
                        "Mounts IMAGE (a file system, or a disk image or partition that holds one) read-only at DIR, with"
                                + " RAM unions over the directories that are named, and leaves a daemon behind. Returns when the file system answers; prints nothing if all went well, but what was taken where an image leaves a choice.",
                        "Sizes are " + Size.FORMS
                                + ". Unions together get at most half of RAM, or --ram; those without a size"
                                + " share what the others leave of it. An inode is had for each 4 KiB, at least 1024; fewer if"
                                + " the daemon's heap (an eighth of RAM) could not hold them all at their worst.",
                        "DIR may have entries, or something else mounted on it: that is hidden, as by mount(8). What a"
                                + " killed daemon left there is cleared. The daemon's log is a file that status names."),
                List.of(
                        new Grammar.Parameter(
                                "IMAGE",
                                true,
                                true,
                                "A file or block device that holds the image, a NetBoot set or a sparse bundle. Several"
                                        + " are layers of one root, the uppermost first."),
                        new Grammar.Parameter("DIR", true, "Where to mount it.")),
                options(),
                List.of(
                        "Of a FILE those lines are taken whose first field is liveroot, and those of type mfs; all others are"
                                + " left alone:",
                        UnionsFile.EXAMPLE,
                        "Options are " + UnionOptions.KNOWN + "; " + UnionOptions.IGNORED
                                + " are ignored. Of a pair such as rw and ro the first is the default, and the last that is"
                                + " given counts.",
                        "suid and dev are refused where the kernel would not keep to them (a user other than root, a user"
                                + " namespace); strictatime is refused; relatime is refused where the daemon itself holds"
                                + " the data, as it does not see what is read from the kernel's cache. compress=on holds"
                                + " it there, and compresses what nobody has touched for some seconds: the union may then"
                                + " hold up to " + Overlay.MOST_COMPRESSION
                                + " times its size, which is what it takes of RAM.",
                        "Exit status: 0 mounted, 64 usage, 65 not an image or damaged, 66 no such image or path in it,"
                                + " 69 no FUSE, or an option that cannot be had here, 70 a fault in liveroot, 71 refused by"
                                + " the operating system, 73 mount point unusable, 74 image unreadable, 75 busy, 77 no permission."));
    }

    private static List<Grammar.Option> options() {
        List<Grammar.Option> options = new ArrayList<>(List.of(
                Grammar.Option.repeatable(
                        "--union",
                        "PATH[=SIZE][,OPTION...]",
                        "A RAM union over the directory PATH of the image; '/' makes the whole root writable. May"
                                + " be repeated, and goes before what a file or preset says of the same PATH. Options"
                                + " are those of an fstab, see below; a comma in PATH is written \\054."),
                Grammar.Option.of("--unions", "FILE", "The unions of an fstab, see below; '-' is the standard input."),
                Grammar.Option.oneOf(
                        "--preset",
                        "PRESET",
                        Preset.words(),
                        "The unions that a kind of system needs: " + String.join(", ", Preset.words())
                                + ". Those whose directory the image lacks are left out. Directories that one makes (mds)"
                                + " are made too where --union names the same PATH without mkdir=."),
                Grammar.Option.of("--ram", "LIMIT", "RAM that all unions together may take. Default: half of it."),
                CacheSize.option(),
                Grammar.Option.of(
                        "--record",
                        "FILE",
                        "Note which blocks of the image (a SquashFS or a compressed .dmg) are demanded until it is unmounted, or 'liveroot playlist"
                                + " --stop DIR', and write them to FILE."),
                Grammar.Option.of(
                        "--playlist",
                        "LIST",
                        "Read ahead what the file LIST, made by --record of the same image, names."),
                Grammar.Option.oneOf(
                        "--medium",
                        "MEDIUM",
                        Mediums.names(),
                        "Be as slow as if the image lay on it: " + Mediums.forms() + "."),
                Grammar.Option.oneOf(
                        "--front",
                        "FRONT",
                        List.of("auto", "kernel", "uring", "jnr-fuse"),
                        "How requests reach the daemon: kernel (/dev/fuse itself), uring (the same by io_uring, where"
                                + " the host has that switched on), jnr-fuse (libfuse 2), or auto: the first of uring,"
                                + " kernel and jnr-fuse that works (default)."),
                Grammar.Option.flag("--foreground", "Serve until the mount ends, and log to the terminal.")));
        options.addAll(Choices.options());
        return options;
    }

    @Override
    public int run(Arguments arguments, PrintStream out) throws Refusal, IOException {
        requireDescriptors(0);
        long memory = HostMemory.total();
        List<Union> unions = unions(arguments, memory);
        long budget = CacheSize.of(arguments, memory);
        String front = arguments.get("--front", "auto");
        List<Path> images = new ArrayList<>();
        for (String image : arguments.all("IMAGE")) {
            images.add(Paths.absolute(image));
        }
        Choice choice = Choices.of(arguments);
        Medium medium = Mediums.parse(arguments.get("--medium", null));
        String ram = arguments.get("--ram", null);
        Path directory = MountPoint.resolve(Paths.absolute(arguments.get("DIR", "")));
        RunDirectory run = RunDirectory.ours();
        try (Closeable claim = run.claim(directory)) {
            MountPoint.prepare(directory, run);
            Image image = Image.open(images, budget, choice, medium);
            image.choices().forEach(said -> System.err.println("liveroot: " + said));
            Playlists playlists =
                    Playlists.of(image, path(arguments, "--record"), path(arguments, "--playlist"), directory);
            return new Daemon(image, playlists, directory, run)
                    .serve(unions, Limits.Ram.of(ram, memory), Fronts.chosen(front), claim);
        }
    }

    /** @param more than a daemon of one mount needs */
    static void requireDescriptors(int more) throws Refusal {
        long limit = Libc.descriptorLimit();
        long fewest = FEWEST_DESCRIPTORS + more;
        if (limit < fewest) {
            throw new Refusal(
                    Refusal.OS,
                    "only " + limit + " files may be open here (ulimit -Hn), and a daemon needs " + fewest
                            + " at least: raise the limit");
        }
    }

    private static Path path(Arguments arguments, String option) throws Refusal {
        String text = arguments.get(option, null);
        return text == null ? null : Paths.absolute(text);
    }

    /** Those of the command line, then those that a file adds, then those that a preset adds. */
    private static List<Union> unions(Arguments arguments, long memory) throws Refusal {
        List<List<Union>> sources = new ArrayList<>();
        List<Union> given = new ArrayList<>();
        for (String text : arguments.all("--union")) {
            given.add(Union.parse(text, memory));
        }
        sources.add(given);
        String file = arguments.get("--unions", null);
        sources.add(
                file == null
                        ? List.of()
                        : file.equals("-")
                                ? UnionsFile.readStandardInput(memory)
                                : UnionsFile.read(Paths.absolute(file), memory));
        String preset = arguments.get("--preset", null);
        sources.add(preset == null ? List.of() : Preset.of(preset).unions(memory));
        return merge(sources);
    }

    /**
     * An earlier source has the last word on a path, but for the directories that a preset makes there; within one, a path
     * is named once.
     */
    static List<Union> merge(List<List<Union>> sources) throws Refusal {
        Map<String, Union> all = new LinkedHashMap<>();
        for (List<Union> source : sources) {
            Map<String, Union> own = new LinkedHashMap<>();
            for (Union union : source) {
                String path = Path.of(union.path()).normalize().toString();
                Union other = own.put(path, union);
                if (other != null) {
                    throw new Refusal(
                            Refusal.USAGE,
                            union.origin() + ": a union over " + path + " is asked for twice"
                                    + (other.origin().equals(union.origin()) ? "" : ", first by " + other.origin()));
                }
            }
            for (Map.Entry<String, Union> entry : own.entrySet()) {
                Union union = entry.getValue();
                all.merge(
                        entry.getKey(),
                        union,
                        (earlier, later) -> later.required() ? earlier : earlier.withDirectoriesOf(later));
            }
        }
        return List.copyOf(all.values());
    }
}
