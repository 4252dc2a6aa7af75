package liveroot.fs.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.BadImageException;
import liveroot.fs.SharedImages;
import liveroot.fs.squashfs.ArraySource;
import liveroot.fs.udif.UdifWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class ImagesTest {

    private static final int SIZE = 300_000;

    @ParameterizedTest
    @CsvSource({
        "0, 1f8b0800, GZIP",
        "0, fd377a585a00, XZ",
        "0, 7f454c46, ELF",
        "0, 303730373031, CPIO",
        "0, c771, CPIO",
        "0, 656e637263647361, ENCRYPTED_DMG",
        "0, 73717368, SQUASHFS_OTHER",
        "0, 73707273, SPARSE_IMAGE",
        "32769, 4344303031, ISO_9660",
        "32769, 4245413031, UDF",
        "299488, 6b6f6c79, UDIF",
        "0, 6b6f6c79, UDIF",
        "1080, 53ef, EXT",
        "1024, e2e1f5e0, EROFS",
        "1024, 482b0004, HFS_PLUS",
        "1024, 42440000, HFS",
        "512, 504d0000, APPLE_PARTITION_MAP",
        "2048, 504d0000, APPLE_PARTITION_MAP",
        "4096, 504d0000, APPLE_PARTITION_MAP",
        "4096, 4546492050415254, GPT",
        "510, 55aa, MBR",
        "32, 4e585342, APFS",
        "9564, 54190100, UFS",
        "66908, 19015419, UFS",
        "263516, 19015419, UFS",
        "263516, 19540119, UFS",
        "3, 4e54465320202020, NTFS",
        "3, 2d4656452d46532d, BITLOCKER",
        "424, 3bd66749292ed84a8399f6a339e3d001, BITLOCKER",
        "135168, 0cb1ba0000000000, ZFS",
        "262144, 0cb1ba0000000000, UNKNOWN",
        "0, 5d00008000, LZMA",
        "0, 453dcd28, CRAMFS",
        "1024, 1020f5f2, F2FS",
        "65588, 526549734572324673, REISERFS",
        "32768, 4a465331, JFS",
        "4120, c68573f666ce90a9d96a60cf803df7ef, BCACHEFS",
        "512, 4c4142454c4f4e45, LVM",
        "4096, fc4e2ba901000000, MD_RAID",
        "0, 00ffffffffffffffffffff00, RAW_CD",
        "64, 7f10dabe, VDI",
        "0, 377abcaf271c, SEVEN_ZIP",
        "0, 23212f62696e2f73680a2356322e3020466f726d61740a, CLOOP",
        "0, 23212f62696e2f73680a, SCRIPT",
        "514, 48647253, KERNEL",
        "100, 01, UNKNOWN",
        "0, 00, ZEROS",
    })
    void anImageIsToldByItsBytes(int offset, String hex, ImageFormat format) throws IOException {
        assertEquals(format, probe(with(offset, hex)));
    }

    private static ImageFormat probe(byte[] bytes) throws IOException {
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET)) {
            ImageFormat format = Images.probe(new ArraySource(bytes), cache);
            assertEquals(0, cache.stats().used());
            return format;
        }
    }

    /** ext has its number of inodes at 1024, and its name from 1144 on, where HFS+ and a wrapper have their signatures. */
    @ParameterizedTest
    @CsvSource({
        "1024, 482b0000",
        "1024, 58480000",
        "1024, 48580000",
        "1024, 42440000",
        "1144, 6c697665482b",
    })
    void whatExtHasInThePlacesOfHfsPlusIsNotTakenForThat(int offset, String hex) throws IOException {
        byte[] bytes = with(offset, hex);
        System.arraycopy(new byte[] {0x53, (byte) 0xef}, 0, bytes, 1080, 2);
        assertEquals(ImageFormat.EXT, probe(bytes));
    }

    @Test
    void aVolumeWrappedInHfsIsHfsPlus() throws IOException {
        byte[] bytes = with(1024, "4244");
        System.arraycopy(new byte[] {'H', '+'}, 0, bytes, 1024 + 0x7c, 2);
        assertEquals(ImageFormat.HFS_PLUS, probe(bytes));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 7f454c46, an ELF program or library",
        "0, 656e637263647361, an encrypted Apple disk image; on macOS decrypt it",
        "0, 73717368, 'a SquashFS image of a version before 4.0, or in big-endian byte order; unpack it'",
        "1024, 42440000, a classic HFS volume; copy its files",
        "32, 4e585342, an APFS container; on macOS copy",
        "9564, 54190100, a UFS file system; mount it",
        "263516, 19015419, a UFS file system; mount it",
        "3, 2d4656452d46532d, an encrypted BitLocker volume; open it with cryptsetup",
        "3, 4e54465320202020, an NTFS file system; mount it",
        "135168, 0cb1ba0000000000, a ZFS pool; import it",
        "100, 01, 'of a format that is not known, which begins with the bytes 00 00 00 00 00 00 00 00'",
        "0, 00, nothing but zeros as far as it was looked at",
    })
    void whatCannotBeReadIsCalledByItsNameWithWhatToDo(int offset, String hex, String words) {
        String refusal = refusal(with(offset, hex));
        assertTrue(refusal.startsWith("array: at byte "), refusal);
        assertTrue(refusal.contains(": not an image that liveroot can read, but " + words), refusal);
    }

    @ParameterizedTest
    @CsvSource({
        "udif/dmgwiz_aes256.dmg, ': not an image that liveroot can read, but an encrypted Apple disk image; on macOS'",
        "dfvfs/apfs.raw.gz, ': not an image that liveroot can read, but an APFS container; on macOS'",
        "udif/dmgwiz_zlib.dmg, 'UDIF, zlib, 16.0 KiB > GUID partition table, '",
    })
    void realImagesThatCannotBeReadAreCalledByTheirNames(String name, String words) throws IOException {
        byte[] image = SharedImages.bytes(name);
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET)) {
            String refusal = assertThrows(
                            BadImageException.class,
                            () -> Images.open(new ArraySource(image), cache, Choice.ANY, Neighbours.NONE))
                    .getMessage();
            assertTrue(refusal.contains(words), refusal);
            assertTrue(refusal.contains(name.contains("aes") ? "hdiutil convert" : "an APFS container"), refusal);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = UdifWriter.Codec.class,
            names = {"ZLIB", "BZIP2", "LZFSE", "LZMA"})
    void aDiskImageWithoutItsEndIsSaidToLackIt(UdifWriter.Codec codec) throws IOException {
        byte[] disk = new byte[8 << 20];
        new Random(3).nextBytes(disk);
        Arrays.fill(disk, 0, 4096, (byte) 0);
        disk[510] = 0x55;
        disk[511] = (byte) 0xaa;
        byte[] whole = new UdifWriter(codec).image(disk);
        assertTrue(refusal(Arrays.copyOf(whole, whole.length / 2))
                .endsWith("; it begins as a packed disk does: if it is an Apple disk image (UDIF, .dmg), its end"
                        + " is missing, which says where everything is (a koly block): get it whole"));
        if (codec == UdifWriter.Codec.LZFSE) {
            return;
        }
        byte[] text = "no disk, but text".repeat(100).getBytes(StandardCharsets.US_ASCII);
        byte[] packed = new UdifWriter(codec).image(Arrays.copyOf(text, 2048));
        String other = refusal(Arrays.copyOf(packed, packed.length - 512));
        assertEquals(-1, other.indexOf("if it is an Apple disk image"), other);
    }

    @Test
    void anEndThatCannotBeReadMattersOnlyWhereTheBeginningTellsNothing() throws IOException {
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET)) {
            assertEquals(ImageFormat.EXT, Images.probe(new ArraySource(with(1080, "53ef"), SIZE - 100), cache));
            BlockSource unknown = new ArraySource(with(100, "01"), SIZE - 100);
            assertThrows(IOException.class, () -> Images.probe(unknown, cache));
            assertEquals(0, cache.stats().used());
        }
    }

    private static byte[] with(int offset, String hex) {
        byte[] bytes = new byte[SIZE];
        byte[] signature = java.util.HexFormat.of().parseHex(hex);
        System.arraycopy(signature, 0, bytes, offset, signature.length);
        return bytes;
    }

    @Test
    void anEmptyFileIsCalledEmpty() {
        assertEquals("array: at byte 0: not an image that liveroot can read, but an empty file", refusal(new byte[0]));
    }

    @Test
    void aShortFileIsSaidToBeShort() {
        assertEquals(
                "array: at byte 0: not an image that liveroot can read, but of a format that is not known,"
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
            IOException refused = assertThrows(
                    BadImageException.class,
                    () -> Images.open(new ArraySource(bytes), cache, Choice.ANY, Neighbours.NONE));
            assertEquals(0, cache.stats().used());
            return refused.getMessage();
        }
    }
}
