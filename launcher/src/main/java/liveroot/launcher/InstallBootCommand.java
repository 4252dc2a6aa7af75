package liveroot.launcher;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code liveroot install-boot}. */
final class InstallBootCommand implements Command {

    @Override
    public Grammar grammar() {
        return new Grammar(
                "install-boot",
                List.of(
                        "Writes the files by which a system covers directories early when it boots, and says which. What is"
                                + " there already with the same content stays, and is said to be unchanged; if one has another"
                                + " content, or one cannot be written, none is.",
                        "See docs/boot.md, also for what has been run where."),
                List.of(),
                List.of(
                        Grammar.Option.oneOf(
                                "--init",
                                "INIT",
                                BootFile.Init.words(),
                                "What starts things there, to be given: " + String.join(", ", BootFile.Init.words())
                                        + "."),
                        Grammar.Option.oneOf(
                                "--preset",
                                "PRESET",
                                Preset.words(),
                                "The directories, as for liveroot cover; to be given."),
                        Grammar.Option.of(
                                "--root",
                                "DIR",
                                "Where the system's root is. Symlinks in it lead where they lead there, never out of"
                                        + " DIR. Default: /."),
                        Grammar.Option.flag(
                                "--dry-run",
                                "Print what would be written, and write nothing. Ends as the run would if something else"
                                        + " is there already.")),
                List.of(
                        "Exit status: 0 written, 64 usage, 66 no such DIR, 73 a file is there already or cannot be made, 77 no"
                                + " permission."));
    }

    @Override
    public int run(Arguments arguments, PrintStream out) throws Refusal, IOException {
        String init = arguments.get("--init", null);
        String preset = arguments.get("--preset", null);
        if (init == null || preset == null) {
            String missing = init != null ? "--preset" : preset != null ? "--init" : "--init and --preset";
            throw new Refusal(Refusal.USAGE, "install-boot: give " + missing + " (see liveroot install-boot --help)");
        }
        String liveroot = word("the path of liveroot", System.getProperty("liveroot.command", "/usr/bin/liveroot"));
        String java = word(
                "the path of Java",
                Path.of(System.getProperty("java.home"), "bin", "java").toString());
        List<String> directories = Preset.of(preset).unions(HostMemory.total()).stream()
                .map(Union::path)
                .toList();
        List<BootFile> files = BootFile.Init.of(init).files(liveroot, java, preset, directories);
        SystemRoot root = root(arguments.get("--root", "/"));
        BootFiles there = new BootFiles(files, root);
        for (String program : List.of(liveroot, java)) {
            warn(program, root, preset, directories);
        }
        if (init.equals(BootFile.Init.SYSTEMD.word())) {
            warnOfFstab(root, preset, directories);
        }
        boolean dry = arguments.has("--dry-run");
        if (dry) {
            files.forEach(file -> print(file, out));
        }
        List<Path> missing = new ArrayList<>();
        for (Path place : there.places()) {
            if (!there.isThere(place)) {
                missing.add(place);
            }
        }
        if (!dry) {
            there.write(missing);
            there.places().forEach(place -> out.println(place + (missing.contains(place) ? "" : ": unchanged")));
        }
        return 0;
    }

    private static SystemRoot root(String given) throws Refusal {
        Path root = Paths.absolute(given);
        if (!Files.isDirectory(root)) {
            throw new Refusal(Refusal.NO_INPUT, "--root " + root + ": there is no such directory");
        }
        try {
            return new SystemRoot(root.toRealPath());
        } catch (IOException e) {
            throw new Refusal(Refusal.PERMISSION, "--root " + root + ": " + IoErrors.describe(e));
        }
    }

    /** Says why the system will not find a program, or not be able to cover with it. */
    private static void warn(String program, SystemRoot root, String preset, List<String> directories) throws Refusal {
        Path there = root.resolve(program);
        if (!Files.exists(there)) {
            System.err.println("liveroot: " + there + " is not there, which the files name: put it there, or run"
                    + " install-boot by the liveroot and the Java that are where that system has them");
        }
        for (String directory : directories) {
            if (there.startsWith(root.resolve(directory))) {
                System.err.println("liveroot: " + program + " lies in " + directory + ", which preset " + preset
                        + " covers: it will be refused, as the daemon would wait for itself; move it, to /opt say");
            }
        }
    }

    /** A mount of fstab at a directory that has been covered by then is there already, to systemd. */
    private static void warnOfFstab(SystemRoot root, String preset, List<String> directories) throws Refusal {
        Path fstab = root.resolve("/etc/fstab");
        if (!Files.isRegularFile(fstab)) {
            return;
        }
        for (String line : UnionsFile.lines(fstab)) {
            String[] fields = line.strip().split("[ \t]+", -1);
            if (fields.length > 1
                    && !fields[0].startsWith("#")
                    && directories.contains(UnionsFile.unescape(fields[1]))) {
                System.err.println(
                        "liveroot: " + fstab + " has a line for " + fields[1] + ", which preset " + preset
                                + " covers before: to systemd it is mounted then, and what the line says is not; remove the line");
            }
        }
    }

    /** These files have languages of their own, none of which takes any path as it is. */
    private static String word(String what, String path) throws Refusal {
        if (!path.matches("[A-Za-z0-9_./+-]+")) {
            throw new Refusal(
                    Refusal.USAGE,
                    what + ", " + path + ", has characters that init files treat in their own ways: move it");
        }
        return path;
    }

    private static void print(BootFile file, PrintStream out) {
        if (file.symlink()) {
            out.println("==> " + file.path() + " -> " + file.content());
        } else {
            out.println("==> " + file.path() + " (mode " + Integer.toOctalString(file.mode()) + ")");
            out.print(file.content());
        }
        out.println();
    }
}
