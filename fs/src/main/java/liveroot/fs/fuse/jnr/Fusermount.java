package liveroot.fs.fuse.jnr;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Unmounting by a program: fusermount, set-user-id, on Linux; umount on Darwin. */
final class Fusermount {

    private static final int SECONDS = 30;

    private Fusermount() {}

    /** Path of fusermount, or of fusermount3, which does the same; null if there is neither. */
    static Path program() {
        String search = System.getenv().getOrDefault("PATH", "") + ":/usr/bin:/bin:/usr/sbin:/sbin";
        for (String name : List.of("fusermount", "fusermount3")) {
            for (String directory : search.split(":", -1)) {
                Path program = Path.of(directory, name);
                if (program.isAbsolute() && Files.isExecutable(program)) {
                    return program;
                }
            }
        }
        return null;
    }

    static void unmount(Path directory, boolean lazily) throws IOException {
        List<String> command = new ArrayList<>();
        if (Host.current().isLinux()) {
            Path program = program();
            if (program == null) {
                throw new IOException("cannot unmount " + directory + ": fusermount was not found");
            }
            command.addAll(List.of(program.toString(), "-u"));
            if (lazily) {
                command.add("-z");
            }
            command.addAll(List.of("--", directory.toString()));
        } else {
            command.add("/sbin/umount");
            if (lazily) {
                command.add("-f");
            }
            command.add(directory.toString());
        }
        run(command, directory);
    }

    private static void run(List<String> command, Path directory) throws IOException {
        Process process = new ProcessBuilder(command)
                .directory(Path.of("/").toFile())
                .redirectErrorStream(true)
                .start();
        try {
            process.getOutputStream().close();
            boolean ended = process.waitFor(SECONDS, TimeUnit.SECONDS);
            if (!ended) {
                process.destroyForcibly();
                throw new IOException("cannot unmount " + directory + ": " + command.get(0) + " did not end within "
                        + SECONDS + " s");
            }
            if (process.exitValue() != 0) {
                String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
                throw new IOException("cannot unmount " + directory + ": " + said);
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException("cannot unmount " + directory + ": interrupted", e);
        }
    }
}
