package liveroot.launcher;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** {@code liveroot install-boot}. */
final class InstallBootCommand implements Command {

    @Override
    public Grammar grammar() {
        return new Grammar(
                "install-boot",
                List.of(
                        "Writes the files by which a system covers directories early when it boots, and says which. What is"
                                + " there already with the same content stays, and is said to be unchanged; if one has another"
                                + " content nothing is written.",
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
                        Grammar.Option.of("--root", "DIR", "Where the system's root is. Default: /."),
                        Grammar.Option.flag("--dry-run", "Print what would be written, and write nothing.")),
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
        List<BootFile> files = BootFile.Init.of(init).files(liveroot, java, List.of("--preset", preset));
        Path root = Paths.absolute(arguments.get("--root", "/"));
        if (!Files.isDirectory(root)) {
            throw new Refusal(Refusal.NO_INPUT, "--root " + root + ": there is no such directory");
        }
        for (String program : List.of(liveroot, java)) {
            warn(program, root, preset);
        }
        if (arguments.has("--dry-run")) {
            files.forEach(file -> print(file, out));
            return 0;
        }
        List<BootFile> there = new ArrayList<>();
        for (BootFile file : files) {
            if (isThere(root, file)) {
                there.add(file);
            }
        }
        for (BootFile file : files) {
            boolean stays = there.contains(file);
            if (!stays) {
                write(root, file);
            }
            out.println(place(root, file) + (stays ? ": unchanged" : ""));
        }
        return 0;
    }

    /** Says why the system will not find a program, or not be able to cover with it. */
    private static void warn(String program, Path root, String preset) throws Refusal {
        Path there = root.resolve(program.substring(1));
        if (!Files.exists(there)) {
            System.err.println("liveroot: " + there + " is not there, which the files name: put it there, or run"
                    + " install-boot by the liveroot and the Java that are where that system has them");
        }
        for (Union union : Preset.of(preset).unions(HostMemory.total())) {
            if (Path.of(program).startsWith(union.path())) {
                System.err.println("liveroot: " + program + " lies in " + union.path() + ", which preset " + preset
                        + " covers: it will be refused, as the daemon would wait for itself; move it, to /opt say");
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

    private static Path place(Path root, BootFile file) {
        return root.resolve(file.path().substring(1));
    }

    /**
     * Whether it is there as it is to be.
     *
     * @throws Refusal if something else is
     */
    private static boolean isThere(Path root, BootFile file) throws Refusal {
        Path place = place(root, file);
        if (!Files.exists(place, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        try {
            String found = file.symlink()
                    ? Files.readSymbolicLink(place).toString()
                    : Files.readString(place, StandardCharsets.UTF_8);
            if (found.equals(file.content())) {
                // One that has lost its mode is written again.
                return file.symlink() || Files.getPosixFilePermissions(place).equals(permissions(file.mode()));
            }
        } catch (IOException e) {
            // Something else altogether.
        }
        throw new Refusal(
                Refusal.CANNOT_CREATE,
                place + " is there already with another content: remove it first, nothing has been written");
    }

    private static void write(Path root, BootFile file) throws Refusal {
        Path place = place(root, file);
        try {
            Files.createDirectories(place.getParent());
            if (file.symlink()) {
                Files.createSymbolicLink(place, Path.of(file.content()));
                return;
            }
            // Whole or not at all: the system may boot from it next.
            Path draft = place.resolveSibling("." + place.getFileName() + ".draft");
            Files.writeString(draft, file.content(), StandardCharsets.UTF_8);
            Files.setPosixFilePermissions(draft, permissions(file.mode()));
            Files.move(draft, place, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new Refusal(
                    IoErrors.isForbidden(e) ? Refusal.PERMISSION : Refusal.CANNOT_CREATE,
                    place + " cannot be written: " + IoErrors.describe(e));
        }
    }

    private static Set<PosixFilePermission> permissions(int mode) {
        Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        PosixFilePermission[] all = PosixFilePermission.values();
        for (int i = 0; i < all.length; i++) {
            // From owner-read on, as the bits of a mode from 0400 on.
            if ((mode & (0400 >> i)) != 0) {
                permissions.add(all[i]);
            }
        }
        return permissions;
    }
}
