package liveroot.launcher;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class InspectCommandTest {

    @TempDir
    Path directory;

    /** What is printed, and what is said on the standard error stream. */
    private record Told(String out, String err) {}

    private static Told inspect(Path image, String... options) throws Refusal, IOException {
        Arguments arguments = new Arguments();
        arguments.add("IMAGE", image.toString());
        for (int i = 0; i < options.length; i += 2) {
            arguments.add(options[i], options[i + 1]);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream before = System.err;
        System.setErr(new PrintStream(err, true, UTF_8));
        try {
            assertEquals(0, new InspectCommand().run(arguments, new PrintStream(out, true, UTF_8)));
        } finally {
            System.setErr(before);
        }
        return new Told(out.toString(UTF_8), err.toString(UTF_8));
    }

    /** One file of an archive in the form newc. */
    static void entry(OutputStream out, String path, byte[] data) throws IOException {
        String header = "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s\0"
                .formatted(0, 0100644, 0, 0, 1, 7, data.length, 0, 1, 0, 0, path.length() + 1, 0, path);
        out.write(header.getBytes(ISO_8859_1));
        out.write(new byte[-header.length() & 3]);
        out.write(data);
        out.write(new byte[-data.length & 3]);
    }

    @Test
    void aPackedArchiveThatIsTooLargeForItsCacheIsReadWithMore() throws IOException, Refusal {
        Path image = directory.resolve("initrd");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(image))) {
            entry(out, "large", new byte[40 << 20]);
            entry(out, "TRAILER!!!", new byte[0]);
        }
        Refusal refusal = assertThrows(Refusal.class, () -> inspect(image, "--cache", "8m"));
        assertTrue(
                refusal.getMessage()
                        .endsWith("unpacks to more than 33554432 bytes, 4 times the block cache:"
                                + " give that more (--cache), or unpack the archive first"),
                refusal.getMessage());
        assertTrue(inspect(image, "--cache", "16m").out().contains("gzip of newc"));
    }

    @Test
    void aCacheThatIsTooSmallIsRefusedAsByMount() throws IOException {
        Path image = directory.resolve("none");
        Refusal refusal = assertThrows(Refusal.class, () -> inspect(image, "--cache", "1"));
        assertEquals(Refusal.USAGE, refusal.code());
        assertTrue(refusal.getMessage().startsWith("--cache 1: give "), refusal.getMessage());
    }

    @Test
    void whoExtractsAnArchiveIsToldWhatItsTreeLeavesOut() throws IOException, Refusal {
        Path image = directory.resolve("cpio");
        try (OutputStream out = Files.newOutputStream(image)) {
            entry(out, "a", "text".getBytes(UTF_8));
            entry(out, "../outside", new byte[0]);
            entry(out, "n".repeat(256), new byte[0]);
            entry(out, "TRAILER!!!", new byte[0]);
        }
        Path target = directory.resolve("copy");
        assertEquals(
                "liveroot: " + image + ": left out: 2 files whose paths can have no place in a tree\n",
                inspect(image, "--extract", target.toString()).err());
        assertEquals("text", Files.readString(target.resolve("a")));
    }

    @Test
    void whoExtractsAnArchiveThatIsWholeIsToldNothing() throws IOException, Refusal {
        Path image = directory.resolve("cpio");
        try (OutputStream out = Files.newOutputStream(image)) {
            entry(out, "a", "text".getBytes(UTF_8));
            entry(out, "TRAILER!!!", new byte[0]);
        }
        assertEquals(
                "",
                inspect(image, "--extract", directory.resolve("copy").toString())
                        .err());
    }
}
