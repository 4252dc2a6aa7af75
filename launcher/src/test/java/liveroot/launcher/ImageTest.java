package liveroot.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import liveroot.cache.BlockCache;
import liveroot.fs.image.Choice;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is no image is refused with what it is, or where it ends. */
final class ImageTest {

    @TempDir
    Path directory;

    private Refusal refusal(byte[] content) throws IOException {
        Path file = directory.resolve("image");
        Files.write(file, content);
        return assertThrows(Refusal.class, () -> Image.open(file, BlockCache.SMALLEST_BUDGET, Choice.ANY));
    }

    @Test
    void whatIsNoImageIsCalledByItsName() throws IOException {
        Refusal refusal = refusal("PK\u0003\u0004".getBytes(StandardCharsets.US_ASCII));
        assertEquals(Refusal.DATA, refusal.code());
        assertTrue(
                refusal.getMessage()
                        .endsWith(
                                "image: at byte 0: not an image that liveroot can read, but a zip archive; unpack it first"),
                refusal.getMessage());
        assertEquals(Refusal.DATA, refusal(new byte[0]).code());
    }

    @Test
    void whatIsNotThereOrADirectoryIsNoInput() {
        for (Path path : new Path[] {directory.resolve("missing"), directory}) {
            Refusal refusal =
                    assertThrows(Refusal.class, () -> Image.open(path, BlockCache.SMALLEST_BUDGET, Choice.ANY));
            assertEquals(Refusal.NO_INPUT, refusal.code());
        }
    }

    @Test
    void aPathThatLeadsNowhereIsNoInput() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "x");
        Path loop = Files.createSymbolicLink(directory.resolve("loop"), Path.of("loop"));
        Path dangling = Files.createSymbolicLink(directory.resolve("dangling"), Path.of("none"));
        assertLeadsNowhere(file.resolve("image"), ": no such image: a name before the last is not that of a directory");
        assertLeadsNowhere(loop, ": no such image: too many symbolic links");
        assertLeadsNowhere(loop.resolve("image"), ": no such image: too many symbolic links");
        assertLeadsNowhere(dangling, ": no such image");
        assertLeadsNowhere(directory.resolve("n".repeat(256)), ": no such image: the name is too long");
    }

    private static void assertLeadsNowhere(Path path, String words) {
        Refusal refusal = assertThrows(Refusal.class, () -> Image.open(path, BlockCache.SMALLEST_BUDGET, Choice.ANY));
        assertEquals(Refusal.NO_INPUT, refusal.code());
        assertEquals(path + words, refusal.getMessage());
    }

    /** An archive of a damaged live/filesystem.squashfs. */
    @Test
    void aMediumIsNotTakenInPlaceOfItsDamagedImage() throws IOException, Refusal {
        Path medium = directory.resolve("medium");
        byte[] image = Arrays.copyOf("hsqs".getBytes(StandardCharsets.US_ASCII), 9000);
        try (OutputStream out = Files.newOutputStream(medium)) {
            InspectCommandTest.entry(out, "live/filesystem.squashfs", image);
            InspectCommandTest.entry(out, "TRAILER!!!", new byte[0]);
        }
        Refusal refusal = assertThrows(Refusal.class, () -> Image.open(medium, BlockCache.SMALLEST_BUDGET, Choice.ANY));
        assertEquals(Refusal.DATA, refusal.code());
        assertTrue(
                refusal.getMessage()
                        .startsWith(medium + ": the image that boots cannot be read: cpio, newc"
                                + " /live/filesystem.squashfs: at byte "),
                refusal.getMessage());
        assertTrue(
                refusal.getMessage().endsWith("; --inside / takes the outermost file tree itself"),
                refusal.getMessage());
        for (String itself : new String[] {"/", ""}) {
            Choice choice = new Choice(0, itself, null);
            try (Image taken = Image.open(medium, BlockCache.SMALLEST_BUDGET, choice)) {
                assertEquals("cpio, newc", taken.format());
            }
        }
    }

    @Test
    void anImageThatIsCutShortIsRefusedWithWhere() throws IOException {
        Path sample = directory.resolve("sample");
        Sample.write(sample);
        byte[] whole = Files.readAllBytes(sample);
        for (int length : new int[] {4, 50, 95, 96, 200, 1000}) {
            Refusal refusal = refusal(Arrays.copyOf(whole, length));
            assertEquals(Refusal.DATA, refusal.code());
            assertTrue(refusal.getMessage().contains("at byte "), refusal.getMessage());
        }
    }
}
