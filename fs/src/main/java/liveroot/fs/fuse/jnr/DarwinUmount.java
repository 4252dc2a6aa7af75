package liveroot.fs.fuse.jnr;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** umount(8) of Darwin, which has no lazy unmount: a forced one takes its place. */
final class DarwinUmount {

    private DarwinUmount() {}

    static void run(Path directory, boolean force) throws IOException {
        List<String> command = force
                ? List.of("/sbin/umount", "-f", directory.toString())
                : List.of("/sbin/umount", directory.toString());
        Process process = new ProcessBuilder(command)
                .directory(Path.of("/").toFile())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        try {
            if (process.waitFor() != 0) {
                throw new IOException(directory + " cannot be unmounted: " + said);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(directory + " cannot be unmounted: interrupted", e);
        }
    }
}
