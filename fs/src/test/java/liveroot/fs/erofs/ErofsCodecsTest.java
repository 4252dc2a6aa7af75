package liveroot.fs.erofs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import liveroot.cache.BlockCache;
import liveroot.fs.Attributes;
import liveroot.fs.BadImageException;
import liveroot.fs.DamagedImages;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.ImageTree;
import liveroot.fs.Name;
import liveroot.fs.Node;
import liveroot.fs.squashfs.ArraySource;
import liveroot.fs.squashfs.Collected;
import liveroot.fs.squashfs.TreeFacts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** LZMA, DEFLATE and Zstandard, in images that are kept; the judge is the data that they were made of. */
@Timeout(120)
final class ErofsCodecsTest {

    private static final int SUPERBLOCK = 1024;
    private static final int CHECKSUMMED = SUPERBLOCK + 8;
    private static final int ALGORITHMS = SUPERBLOCK + 84;
    private static final int CONFIGURATION = SUPERBLOCK + 128;

    static List<String> images() {
        return KeptErofs.NAMES;
    }

    private static Erofs open(byte[] image, BlockCache cache) throws IOException {
        return Erofs.open(new ArraySource(image), cache);
    }

    @ParameterizedTest
    @MethodSource("images")
    void everyEntryIsWhatTheImageWasMadeOf(String name) throws IOException, FsException {
        try (BlockCache cache = new BlockCache(16 << 20);
                ImageTree tree = open(KeptErofs.image(name), cache)) {
            assertMadeOfFiles(tree);
        }
    }

    private static void assertMadeOfFiles(FileTree tree) throws FsException {
        Map<String, String> expected = new TreeMap<>();
        KeptErofs.files()
                .forEach((path, bytes) -> expected.put(
                        path,
                        "81a4 0 0 1000000000.000000000 0:0 sha256 " + TreeFacts.sha256(bytes)
                                + (path.equals("./text") ? " user.kept=0x796573" : "")));
        expected.put(".", "41ed 0 0 1000000000.000000000 0:0");
        expected.put("./d", "41ed 0 0 1000000000.000000000 0:0");
        expected.put("./link", "a1ff 0 0 1000000000.000000000 0:0 -> text");
        assertEquals(lines(expected), lines(TreeFacts.ofTree(tree, false)));
    }

    /** One a line, so that a difference can be seen. */
    private static String lines(Map<String, String> facts) {
        StringBuilder lines = new StringBuilder();
        facts.forEach(
                (path, words) -> lines.append(path).append(' ').append(words).append('\n'));
        return lines.toString();
    }

    @ParameterizedTest
    @MethodSource("images")
    void anyPartOfAFileCanBeRead(String name) throws IOException, FsException {
        byte[] mixed = KeptErofs.files().get("./mixed");
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                FileTree tree = open(KeptErofs.image(name), cache)) {
            Attributes file = tree.lookup(FileTree.ROOT, Name.of("mixed")).attributes();
            assertEquals(mixed.length, file.size());
            long id = tree.lookup(FileTree.ROOT, Name.of("mixed")).id();
            for (int at = 0; at < mixed.length; at += 997) {
                int length = Math.min(1500, mixed.length - at);
                Collected sink = new Collected(ByteBuffer.allocateDirect(length));
                tree.read(id, 0, at, length, sink);
                assertEquals(ByteBuffer.wrap(mixed, at, length), ByteBuffer.wrap(sink.bytes()), "from " + at);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"lzma, 'EROFS, LZMA', LZMA", "deflate, 'EROFS, DEFLATE', DEFLATE", "zstd, 'EROFS, Zstandard', Zstandard"
    })
    void theDescriptionNamesTheCodec(String name, String words, String compression) throws IOException {
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                Erofs tree = open(KeptErofs.image(name), cache)) {
            assertEquals(words, tree.format());
            assertEquals(compression, tree.facts().get("compression"));
        }
    }

    /** {@code field} of the configuration, which its length stands before. */
    @ParameterizedTest
    @CsvSource({
        "lzma, 0, 2, 13, has 13 bytes",
        "lzma, 2, 4, 4095, a dictionary of 4095 bytes",
        "lzma, 2, 4, 8388609, a dictionary of 8388609 bytes",
        "lzma, 6, 2, 1, format 1",
        "deflate, 0, 2, 5, has 5 bytes",
        "deflate, 2, 1, 16, a window of 2^16 bytes",
        "zstd, 2, 1, 1, format 1",
        "zstd, 3, 1, 11, a window of 2^21 bytes",
    })
    void aConfigurationThatNobodyWritesIsRefused(String name, int field, int bytes, int value, String words)
            throws IOException {
        byte[] image = KeptErofs.image(name);
        image[CHECKSUMMED] &= ~1;
        for (int i = 0; i < bytes; i++) {
            image[CONFIGURATION + field + i] = (byte) (value >> (8 * i));
        }
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET)) {
            String message = assertThrows(BadImageException.class, () -> open(image, cache))
                    .getMessage();
            assertTrue(message.contains("at byte " + CONFIGURATION + ": ") && message.contains(words), message);
        }
    }

    @Test
    void aFileByACodecThatTheSuperblockDoesNotHaveIsRefusedAlone() throws IOException, FsException {
        byte[] image = KeptErofs.image("lzma");
        image[CHECKSUMMED] &= ~1;
        // DEFLATE instead, whose configuration is shorter.
        image[ALGORITHMS] = 4;
        image[CONFIGURATION + 2] = 15;
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                Erofs tree = open(image, cache)) {
            long id = tree.lookup(FileTree.ROOT, Name.of("text")).id();
            String message = assertThrows(
                            FsException.class,
                            () -> tree.read(id, 0, 0, 100, new Collected(ByteBuffer.allocateDirect(100))))
                    .getMessage();
            assertTrue(message.contains("compressed by LZMA, which the superblock does not know of"), message);
        }
    }

    /** Heads of the second type have the other half of the byte that says what a file is compressed by. */
    @ParameterizedTest
    @CsvSource({"lzma-shared", "deflate-shared", "zstd-shared"})
    void headsOfTheSecondTypeAreOfTheSecondAlgorithm(String name) throws IOException, FsException {
        byte[] image = KeptErofs.image(name);
        image[CHECKSUMMED] &= ~1;
        ByteBuffer in = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
        int changed = 0;
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                Erofs tree = open(image.clone(), cache)) {
            for (long ino : new TreeSet<>(inos(tree))) {
                // Inodes are numbered by their places.
                changed += turnHeads(in, (int) ((in.getInt(SUPERBLOCK + 40) << 10) + ino * Inode.UNIT));
            }
        }
        assertTrue(changed > 10, changed + " heads");
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                Erofs tree = open(image, cache)) {
            assertMadeOfFiles(tree);
        }
    }

    private static List<Long> inos(FileTree tree) throws FsException {
        List<Long> inos = new ArrayList<>();
        for (String path : KeptErofs.files().keySet()) {
            long id = FileTree.ROOT;
            for (String name : path.substring(2).split("/", 0)) {
                id = tree.lookup(id, Name.of(name)).id();
            }
            inos.add(tree.getattr(id).ino());
        }
        return inos;
    }

    /** @return how many heads of the first type the inode had */
    private static int turnHeads(ByteBuffer in, int inode) {
        int format = in.getShort(inode) & 0xffff;
        int header = (inode + ((format & 1) == 0 ? 32 : 64) + xattrs(in.getShort(inode + 2)) + 7) & ~7;
        if (format >> 1 != Inode.COMPRESSED_FULL || in.get(header + 7) < 0) {
            return 0;
        }
        in.put(header + 6, (byte) (in.get(header + 6) << 4));
        // Large extents of the second type if there were some of the first.
        in.put(header + 4, (byte) (in.get(header + 4) | (in.get(header + 4) & 2) << 1));
        int clusters = (in.getInt(inode + 8) + 1023) / 1024;
        int heads = 0;
        for (int at = header + 16; at < header + 16 + 8 * clusters; at += 8) {
            if ((in.get(at) & 3) == 1) {
                in.put(at, (byte) (in.get(at) | 2));
                heads++;
            }
        }
        return heads;
    }

    private static int xattrs(int count) {
        return count == 0 ? 0 : Xattrs.HEADER + (count - 1) * Integer.BYTES;
    }

    /** {@code -Dliveroot.flips=N} changes more bytes than the usual 300. */
    @ParameterizedTest
    @MethodSource("images")
    void damageHarmsNothingButItself(String name) throws IOException {
        byte[] image = KeptErofs.image(name);
        // The superblock's checksum would find every change of its block.
        image[CHECKSUMMED] &= ~1;
        DamagedImages images = new DamagedImages(image, 6, Erofs::open);
        images.cut(30, image.length);
        images.scratch(30);
        int flips = Integer.getInteger("liveroot.flips", 150);
        images.flip(flips, i -> SUPERBLOCK + (int) ((image.length - SUPERBLOCK) * (i * 0.6180339887 % 1)));
    }

    static List<String> largeImages() {
        return KeptErofs.LARGE;
    }

    @ParameterizedTest
    @MethodSource("largeImages")
    void anExtentTooLargeForTheCacheIsUnpackedInPieces(String name) throws IOException, FsException {
        byte[] as = new byte[KeptErofs.AS];
        Arrays.fill(as, (byte) 'a');
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                FileTree tree = open(KeptErofs.image(name), cache)) {
            Node file = tree.lookup(FileTree.ROOT, Name.of("as"));
            assertEquals(as.length, file.attributes().size());
            long loads = cache.stats().loads();
            for (int at = 0; at < as.length; at += 100_000) {
                Collected sink = new Collected(ByteBuffer.allocateDirect(100_000));
                tree.read(file.id(), 0, at, 100_000, sink);
                assertArrayEquals(Arrays.copyOf(as, 100_000), sink.bytes(), "from " + at);
            }
            assertEquals(3, cache.stats().loads() - loads);
        }
    }
}
