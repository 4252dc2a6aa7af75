package liveroot.fs.hfsplus;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** Runs 7-Zip, and other people's programs that make volumes. */
final class SevenZip {

    private static final long LONGEST = 120;

    private SevenZip() {}

    /** Runs a line of sh in {@code directory}. @return what it printed to stdout */
    static String sh(Path directory, String line) throws IOException {
        Path out = Files.createTempFile("liveroot-test", ".out");
        try {
            ProcessBuilder builder = new ProcessBuilder("sh", "-c", line);
            builder.environment().put("LC_ALL", "C.UTF-8");
            builder.environment().put("TZ", "UTC");
            Process process = builder.directory(directory.toFile())
                    .redirectOutput(out.toFile())
                    .redirectErrorStream(true)
                    .start();
            if (!process.waitFor(LONGEST, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException("no end within " + LONGEST + " s: " + line);
            }
            String printed = Files.readString(out, StandardCharsets.UTF_8);
            if (process.exitValue() != 0) {
                throw new IOException(line + ": exit " + process.exitValue() + ": " + printed);
            }
            return printed;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        } finally {
            Files.delete(out);
        }
    }

    /** Skips the test, and says so, if a program is not there. */
    static void assume(String program, String debianPackage) throws IOException {
        boolean there = !sh(Path.of("/"), "command -v " + program + " || true").isBlank();
        assumeTrue(there, program + " is not there (Debian package " + debianPackage + ")");
    }

    /**
     * What 7-Zip knows of each file and folder of a volume, by path in it: "-rw-r--r-- 2001-09-09 01:46:40 5 [1, 2, 3, 4, 5]"
     * with the hash of a file's bytes last. Where several names are one file, 7-Zip has empty files, and shows it under
     * "[HFS+ Private Data]".
     */
    static Map<String, String> facts(byte[] volume, Path directory) throws IOException {
        Files.write(directory.resolve("volume"), volume);
        sh(directory, "rm -rf out; 7z x -y -bd -thfs -oout volume");
        Map<String, String> facts = new TreeMap<>();
        String list = sh(directory, "7z l -slt -thfs volume");
        for (String entry : list.substring(list.indexOf("\n----------\n") + 12).split("\n\n", 0)) {
            Map<String, String> fields = new HashMap<>();
            for (String line : entry.split("\n", 0)) {
                int equals = line.indexOf(" = ");
                if (equals > 0) {
                    fields.put(line.substring(0, equals), line.substring(equals + 3));
                }
            }
            String path = fields.get("Path");
            if (path == null || "+".equals(fields.get("Alternate Stream"))) {
                continue;
            }
            String mode = fields.get("Mode");
            String described = mode + " " + fields.get("Modified");
            if (mode.startsWith("-")) {
                byte[] bytes = Files.readAllBytes(directory.resolve("out").resolve(path));
                described += " " + bytes.length + " " + Arrays.hashCode(bytes);
            }
            if (mode.startsWith("l")) {
                described +=
                        " -> " + Files.readSymbolicLink(directory.resolve("out").resolve(path));
            }
            int slash = path.indexOf('/');
            facts.put(slash < 0 ? "" : path.substring(slash + 1), described);
        }
        return facts;
    }
}
