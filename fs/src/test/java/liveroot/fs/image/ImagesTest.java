package liveroot.fs.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import liveroot.cache.BlockCache;
import liveroot.fs.BadImageException;
import liveroot.fs.squashfs.ArraySource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ImagesTest {

    private static final int SIZE = 300_000;

    @ParameterizedTest
    @CsvSource({
        "0, 1f8b0800, gzip-compressed data",
        "0, fd377a585a00, xz-compressed data",
        "0, 7f454c46, an ELF program or library",
        "0, 303730373031, a cpio archive",
        "0, c771, a cpio archive",
        "0, 656e637263647361, an encrypted Apple disk image",
        "0, 73717368, 'a SquashFS image of a version before 4.0, or in big-endian byte order'",
        "32769, 4344303031, an ISO 9660 image; a live CD has its root image in it: mount that and look for"
                + " live/filesystem.squashfs or the like",
        "299488, 6b6f6c79, 'an Apple disk image (UDIF, .dmg)'",
        "1080, 53ef, 'an ext2, ext3 or ext4 file system'",
        "1024, e2e1f5e0, an EROFS image",
        "512, 504d0000, a disk with an Apple partition map",
        "4096, 4546492050415254, a disk with a GUID partition table",
        "32, 4e585342, an APFS container",
        "135168, 0cb1ba0000000000, a ZFS pool",
        "100, 01, 'of a format that is not known, which begins with the bytes 00 00 00 00 00 00 00 00'",
        "0, 00, nothing but zeros as far as it was looked at",
    })
    void whatIsNotSquashFsIsCalledByItsName(int offset, String hex, String words) {
        byte[] bytes = new byte[SIZE];
        byte[] signature = java.util.HexFormat.of().parseHex(hex);
        System.arraycopy(signature, 0, bytes, offset, signature.length);
        assertEquals("array: at byte ", refusal(bytes).substring(0, 15));
        assertTrue(
                refusal(bytes).endsWith(": not an image that liveroot can read (SquashFS 4.0), but " + words),
                refusal(bytes));
    }

    @Test
    void anEmptyFileIsCalledEmpty() {
        assertEquals(
                "array: at byte 0: not an image that liveroot can read (SquashFS 4.0), but an empty file",
                refusal(new byte[0]));
    }

    @Test
    void aShortFileIsSaidToBeShort() {
        assertEquals(
                "array: at byte 0: not an image that liveroot can read (SquashFS 4.0), but of a format that is not known,"
                        + " which begins with the bytes 01 02 ff (it has only 3 bytes)",
                refusal(new byte[] {1, 2, (byte) 0xff}));
    }

    @Test
    void halfASuperblockIsNoImage() {
        assertEquals(
                "array: at byte 0: a SquashFS superblock has 96 bytes, the image has 8",
                refusal("hsqs1234".getBytes(StandardCharsets.US_ASCII)));
    }

    @Test
    void filesOfAnyLengthAndContentAreRefusedInOneLine() {
        Random random = new Random(7);
        for (int i = 0; i < 300; i++) {
            byte[] bytes = new byte[i < 100 ? i : random.nextInt(70_000)];
            random.nextBytes(bytes);
            assertEquals(-1, refusal(bytes).indexOf('\n'));
        }
    }

    private static String refusal(byte[] bytes) {
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET)) {
            IOException refused =
                    assertThrows(BadImageException.class, () -> Images.open(new ArraySource(bytes), cache));
            assertEquals(0, cache.stats().used());
            return refused.getMessage();
        }
    }
}
