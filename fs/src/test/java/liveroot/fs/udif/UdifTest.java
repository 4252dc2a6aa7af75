package liveroot.fs.udif;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.cache.FileSource;
import liveroot.fs.BadImageException;
import liveroot.fs.Checksum;
import liveroot.fs.SharedImages;
import liveroot.fs.squashfs.ArraySource;
import liveroot.fs.udif.UdifWriter.Codec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class UdifTest {

    private static final Udif.Files NONE = name -> null;

    @TempDir
    Path directory;

    /** Text, zeros, noise. */
    private static byte[] disk() {
        byte[] disk = new byte[3 << 20];
        Random random = new Random(1);
        byte[] words = "partition volume catalog extent ".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        for (int i = 0; i < 1 << 20; i++) {
            disk[i] = words[(i + random.nextInt(3)) % words.length];
        }
        byte[] noise = new byte[300_000];
        random.nextBytes(noise);
        System.arraycopy(noise, 0, disk, 2 << 20, noise.length);
        return disk;
    }

    static byte[] content(BlockSource source) throws IOException {
        ByteBuffer all = ByteBuffer.allocateDirect((int) source.size());
        source.read(0, all);
        byte[] bytes = new byte[all.capacity()];
        all.flip().get(bytes);
        return bytes;
    }

    private static void assertHolds(byte[] disk, BlockSource image, Udif.Files files) throws IOException {
        try (BlockCache cache = new BlockCache(64 << 20)) {
            try (Udif udif = Udif.open(image, cache, files)) {
                BlockSource unpacked = udif.parts().get(0).source();
                assertArrayEquals(disk, content(unpacked));
                Random random = new Random(2);
                for (int i = 0; i < 200; i++) {
                    int at = random.nextInt(disk.length);
                    ByteBuffer piece = ByteBuffer.allocateDirect(random.nextInt(Math.min(300_000, disk.length - at)));
                    unpacked.read(at, piece);
                    byte[] bytes = new byte[piece.capacity()];
                    piece.flip().get(bytes);
                    assertArrayEquals(Arrays.copyOfRange(disk, at, at + bytes.length), bytes);
                }
                assertTrue(udif.checksums().size() >= 2);
                for (Checksum checksum : udif.checksums()) {
                    long[] read = {0};
                    assertEquals(checksum.expected(), checksum.computed(n -> read[0] += n), checksum.words());
                    assertEquals(checksum.bytes(), read[0], checksum.words());
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Codec.class)
    void everyCodecUnpacksToTheDisk(Codec codec) throws IOException {
        byte[] disk = disk();
        assertHolds(disk, new ArraySource(new UdifWriter(codec).image(disk)), NONE);
    }

    @Test
    void runsOfAllCodecsMayBeMixed() throws IOException {
        byte[] disk = disk();
        assertHolds(
                disk,
                new ArraySource(new UdifWriter(Codec.values()).runSectors(64).image(disk)),
                NONE);
    }

    @Test
    void theKolyBlockMayStandInFront() throws IOException {
        byte[] disk = disk();
        assertHolds(
                disk, new ArraySource(new UdifWriter(Codec.ZLIB).kolyInFront().image(disk)), NONE);
    }

    @Test
    void theListOfRunsMayBeAResourceFork() throws IOException {
        byte[] disk = disk();
        byte[] image = new UdifWriter(Codec.ADC)
                .resourceFork()
                .partitions(new UdifWriter.Partition("first", 0, 1000), new UdifWriter.Partition("second", 1000, 5144))
                .image(disk);
        assertHolds(disk, new ArraySource(image), NONE);
    }

    @Test
    void tablesOfAResourceForkThatShareTheirBytesAreRefused() throws IOException {
        byte[] image = new UdifWriter(Codec.ADC)
                .resourceFork()
                .runSectors(8)
                .partitions(new UdifWriter.Partition("first", 0, 6000), new UdifWriter.Partition("second", 6000, 144))
                .image(disk());
        ByteBuffer b = ByteBuffer.wrap(image);
        int fork = (int) b.getLong(image.length - 512 + 40);
        int second = fork + b.getInt(fork + 4) + 28 + 2 + 8 + 12;
        b.putInt(second + 4, 0);
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET)) {
            IOException refused =
                    assertThrows(BadImageException.class, () -> Udif.open(new ArraySource(image), cache, NONE));
            assertTrue(refused.getMessage().endsWith("bytes with tables of more"), refused.getMessage());
        }
    }

    @Test
    void anImageInSegmentsIsJoined() throws IOException {
        byte[] disk = disk();
        Path file = directory.resolve("three.dmg");
        new UdifWriter(Codec.ZLIB, Codec.RAW).segments(3).write(UdifWriter.of(disk), file);
        try (BlockSource first = FileSource.open(file)) {
            assertHolds(disk, first, name -> {
                Path part = directory.resolve(name);
                return Files.exists(part) ? FileSource.open(part) : null;
            });
        }
    }

    @Test
    void aMissingSegmentIsNamed() throws IOException {
        Path file = directory.resolve("three.dmg");
        new UdifWriter(Codec.ZLIB).segments(3).write(UdifWriter.of(disk()), file);
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                BlockSource first = FileSource.open(file)) {
            IOException refused = assertThrows(BadImageException.class, () -> Udif.open(first, cache, NONE));
            assertTrue(
                    refused.getMessage().endsWith("segment 2 of 3 is missing: there is no three.002.dmgpart beside it"),
                    refused.getMessage());
        }
    }

    @Test
    void aRunIsUnpackedOnceForAllReadsOfIt() throws IOException {
        byte[] disk = disk();
        try (BlockCache cache = new BlockCache(64 << 20);
                Udif udif = Udif.open(
                        new ArraySource(
                                new UdifWriter(Codec.BZIP2).runSectors(2048).image(disk)),
                        cache,
                        NONE)) {
            BlockSource unpacked = udif.parts().get(0).source();
            for (int at = 0; at < 1 << 20; at += 4096) {
                unpacked.read(at, ByteBuffer.allocateDirect(4096));
            }
            assertEquals(1, cache.stats().misses());
        }
    }

    @Test
    void aCacheThatIsTooSmallForARunIsSaidToBe() throws IOException {
        byte[] image = new UdifWriter(Codec.ZLIB).runSectors(4097).image(disk());
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                Udif udif = Udif.open(new ArraySource(image), cache, NONE)) {
            BlockSource unpacked = udif.parts().get(0).source();
            IOException refused =
                    assertThrows(BadImageException.class, () -> unpacked.read(0, ByteBuffer.allocateDirect(4096)));
            assertTrue(
                    refused.getMessage().startsWith("array: at byte 0: run of ")
                            && refused.getMessage()
                                    .endsWith(
                                            "sectors 0 to 4097: the block cache is too small for it: give it at least 9 MiB"
                                                    + " (--cache)"),
                    refused.getMessage());
        }
    }

    @Test
    void aChangedByteIsFoundByAChecksum() throws IOException {
        byte[] image = new UdifWriter(Codec.RAW).image(disk());
        image[1000] ^= 1;
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                Udif udif = Udif.open(new ArraySource(image), cache, NONE)) {
            int wrong = 0;
            for (Checksum checksum : udif.checksums()) {
                wrong += checksum.expected().equals(checksum.computed(n -> {})) ? 0 : 1;
            }
            assertEquals(2, wrong, "of the stored data and of the table");
        }
    }

    @Test
    void checksumsOfOtherKindsAreSaidNotToBeChecked() throws IOException {
        byte[] image = new UdifWriter(Codec.RAW).resourceFork().image(disk());
        ByteBuffer b = ByteBuffer.wrap(image);
        int koly = image.length - 512;
        b.putInt(koly + 80, 4).putInt(koly + 84, 128);
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                Udif udif = Udif.open(new ArraySource(image), cache, NONE)) {
            assertEquals(2, udif.checksums().size());
            assertEquals(
                    java.util.List.of("stored data: a checksum of type 4 with 128 bits, which is not known"),
                    udif.unchecked());
            assertEquals("2 of CRC-32, 1 that cannot be checked", udif.facts().get("checksums"));
        }
        int table = (int) b.getLong(koly + 40) + 256 + 4;
        b.putInt(table + 64, 8).putInt(table + 68, 256);
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                Udif udif = Udif.open(new ArraySource(image), cache, NONE)) {
            assertEquals(0, udif.checksums().size());
            assertEquals(
                    java.util.List.of(
                            "stored data: a checksum of type 4 with 128 bits, which is not known",
                            "sectors 0 to 6144, 'whole disk (unknown partition : 0)': a checksum of type 8 with 256"
                                    + " bits, which is not known",
                            "all block tables' checksums, CRC-32: not all of them are CRC-32"),
                    udif.unchecked());
        }
    }

    @Test
    void anEntityOfTheListOfRunsLeadsNowhere() throws IOException {
        byte[] image = new UdifWriter(Codec.RAW).image(new byte[] {1});
        String text = new String(image, java.nio.charset.StandardCharsets.ISO_8859_1);
        // As long as what it takes the place of.
        String evil = "<!DOCTYPE plist [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>";
        int from = text.indexOf("<!DOCTYPE");
        int to = text.indexOf("<plist");
        String padded = evil + " ".repeat(to - from - evil.length());
        String changed = text.substring(0, from) + padded + text.substring(to).replace("whole disk (", "&e; a disk (");
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET)) {
            String said;
            try (Udif udif = Udif.open(
                    new ArraySource(changed.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1)), cache, NONE)) {
                said = udif.checksums().get(1).words();
            } catch (BadImageException e) {
                said = e.getMessage();
            }
            assertEquals(-1, said.indexOf("root:"), said);
        }
    }

    @ParameterizedTest
    @CsvSource({"adc", "bzip2", "lzfse", "lzma", "zlib"})
    void realImagesUnpackToTheDiskThatTheyWereMadeOf(String codec) throws Exception {
        Path file = SharedImages.file("udif/dmgwiz_" + codec + ".dmg");
        try (BlockCache cache = new BlockCache(64 << 20);
                BlockSource source = FileSource.open(file);
                Udif udif = Udif.open(source, cache, NONE)) {
            BlockSource disk = udif.parts().get(0).source();
            assertEquals(10510336, disk.size());
            String sum = HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(content(disk)));
            assertEquals("1407509ff44696aab011815d84951ad2c53cb7345a71d9803b73817c2d2d83cf", sum);
            assertNotEquals(0, udif.checksums().size());
            for (Checksum checksum : udif.checksums()) {
                assertEquals(checksum.expected(), checksum.computed(n -> {}), checksum.words());
            }
        }
    }
}
