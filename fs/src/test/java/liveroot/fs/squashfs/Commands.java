package liveroot.fs.squashfs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Runs other people's programs. What they print is kept as ISO 8859-1: one char for each byte, as names are bytes. */
public final class Commands {

    private static final long LONGEST = 120;

    /** xorriso 1.5.4 crashes once in some hundred runs, whatever it is asked for; then it is asked again. */
    private static final String XORRISO =
            """
            xorriso() {
                said=$(mktemp)
                for attempt in 1 2 3; do
                    command xorriso "$@" 2> "$said" && status=0 || status=$?
                    grep -q '^UNIX-SIGNAL: *SIGSEGV' "$said" || break
                done
                cat "$said" >&2
                rm "$said"
                return $status
            }
            """;

    private Commands() {}

    /** Runs a line of sh in {@code directory}. @return what it printed to stdout */
    public static String sh(Path directory, String line) throws IOException {
        Path out = Files.createTempFile("liveroot-test", ".out");
        Path err = Files.createTempFile("liveroot-test", ".err");
        try {
            ProcessBuilder builder = new ProcessBuilder("sh", "-c", line.contains("xorriso -") ? XORRISO + line : line);
            builder.environment().put("LC_ALL", "C");
            Process process = builder.directory(directory.toFile())
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile())
                    .start();
            if (!process.waitFor(LONGEST, TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
                throw new IOException("no end within " + LONGEST + " s: " + line);
            }
            if (process.exitValue() != 0) {
                throw new IOException(line + ": exit " + process.exitValue() + ": " + Files.readString(err));
            }
            return Files.readString(out, StandardCharsets.ISO_8859_1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    public static boolean has(String program) throws IOException {
        try {
            sh(Path.of("/"), "command -v " + program);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
