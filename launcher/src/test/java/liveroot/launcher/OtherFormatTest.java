package liveroot.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import liveroot.cache.BlockCache;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is no image is refused with what it is. */
final class OtherFormatTest {

    @TempDir
    Path directory;

    private Refusal refusal(byte[] content) throws IOException {
        Path file = directory.resolve("image");
        Files.write(file, content);
        return assertThrows(Refusal.class, () -> Image.open(file, BlockCache.SMALLEST_BUDGET));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 'PK\u0003\u0004', a zip archive",
        "257, ustar, a tar archive",
        "1024, 'H+\0\u0004', an HFS+ file system",
        "1080, S\u00ef, 'an ext2, ext3 or ext4 file system'",
        "32769, CD001, an ISO 9660 image"
    })
    void knownFormatsAreNamed(int offset, String mark, String name) throws IOException {
        byte[] content = new byte[40_000];
        byte[] bytes = mark.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(bytes, 0, content, offset, bytes.length);
        Refusal refusal = refusal(content);
        assertEquals(Refusal.DATA, refusal.code());
        assertTrue(refusal.getMessage().endsWith("it is " + name), refusal.getMessage());
    }

    @Test
    void aDiskImageIsKnownByItsTrailer() throws IOException {
        byte[] content = new byte[2000];
        System.arraycopy("koly".getBytes(StandardCharsets.US_ASCII), 0, content, content.length - 512, 4);
        assertTrue(refusal(content).getMessage().contains("UDIF"));
    }

    @Test
    void ofOthersTheFirstBytesAreShown() throws IOException {
        assertTrue(refusal(new byte[] {1, 2, (byte) 0xff}).getMessage().endsWith("begins with the bytes 01 02 ff"));
        assertTrue(refusal(new byte[0]).getMessage().contains("is empty"));
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
