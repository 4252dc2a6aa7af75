package liveroot.integration;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The one directory below which the tests make files and mounts. It goes, with everything mounted in it, when the JVM
 * ends. {@code LIVEROOT_TESTS_DIR} names it if it is set, as the run script does, so that the script can look for
 * leftovers.
 */
final class Workspace {

    private static final Path ROOT = make();
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private Workspace() {}

    /** Absolute, without symlinks. */
    static Path root() {
        return ROOT;
    }

    /** A new empty directory. */
    static Path directory(String name) {
        try {
            return Files.createDirectories(path(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A path that nothing lies at yet. */
    static Path path(String name) {
        return ROOT.resolve(NUMBER.incrementAndGet() + "-" + name.replaceAll("[^A-Za-z0-9._-]+", "-"));
    }

    private static Path make() {
        try {
            String given = System.getenv("LIVEROOT_TESTS_DIR");
            Path base = given != null ? Path.of(given) : Path.of("/tmp");
            Path made = Files.createTempDirectory(base, "liveroot-tests").toRealPath();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(made)));
            return made;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** By a child process with a time limit, the deepest mounts first; rm stays on this file system. */
    private static void remove(Path directory) {
        String script =
                """
                mounts() { awk -v d="$1/" 'index($2, d) == 1 { print $2 }' /proc/self/mounts | tac; }
                mounts "$1" | while read -r m; do echo "left mounted by a test: $m" >&2; umount -l "$m" || true; done
                rm -rf --one-file-system "$1"
                """;
        try {
            Process process = new ProcessBuilder("bash", "-c", script, "bash", directory.toString())
                    .inheritIO()
                    .redirectInput(Path.of("/dev/null").toFile())
                    .start();
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                System.err.println("cannot be removed within 60 s: " + directory);
                process.destroyForcibly();
            }
        } catch (IOException | InterruptedException e) {
            System.err.println("cannot be removed: " + directory + ": " + e);
        }
    }
}
