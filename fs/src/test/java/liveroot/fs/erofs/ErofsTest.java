package liveroot.fs.erofs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Random;
import java.util.function.BiConsumer;
import liveroot.cache.BlockCache;
import liveroot.cache.FileSource;
import liveroot.fs.BadImageException;
import liveroot.fs.Caller;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Name;
import liveroot.fs.squashfs.ArraySource;
import liveroot.fs.squashfs.Collected;
import net.jpountz.lz4.LZ4Factory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ErofsTest {

    @BeforeAll
    static void needTools() throws IOException {
        ErofsImages.assumeTools();
    }

    private static void assertErrno(Errno errno, Executable operation) {
        assertEquals(errno, assertThrows(FsException.class, operation).errno());
    }

    @Test
    void whatIsNotThereIsToldApart() throws IOException, FsException {
        try (BlockCache cache = new BlockCache(16 << 20);
                FileTree tree = Erofs.open(FileSource.open(ErofsImages.image("lz4")), cache)) {
            long etc = tree.lookup(FileTree.ROOT, Name.of("etc")).id();
            long file = tree.lookup(etc, Name.of("hello.txt")).id();
            assertErrno(Errno.ENOENT, () -> tree.lookup(FileTree.ROOT, Name.of("no")));
            assertErrno(Errno.ENOENT, () -> tree.lookup(FileTree.ROOT, Name.of("!")));
            assertErrno(Errno.ENOENT, () -> tree.lookup(FileTree.ROOT, Name.of("zzz")));
            assertErrno(Errno.ENAMETOOLONG, () -> tree.lookup(etc, Name.of("x".repeat(256))));
            assertErrno(Errno.ENOTDIR, () -> tree.lookup(file, Name.of("x")));
            assertErrno(Errno.EINVAL, () -> tree.readlink(file));
            assertErrno(Errno.ENODATA, () -> tree.getxattr(file, Name.of("user.none")));
            assertErrno(Errno.ENXIO, () -> tree.lseek(file, 0, 6, 3));
            assertErrno(Errno.EISDIR, () -> tree.open(FileTree.ROOT, 0, Caller.ROOT));
            assertErrno(Errno.EROFS, () -> tree.open(file, 1, Caller.ROOT));
            assertErrno(Errno.ESTALE, () -> tree.getattr(0));
            assertErrno(Errno.ESTALE, () -> tree.getattr(-1));
            assertErrno(Errno.ESTALE, () -> tree.getattr(Long.MAX_VALUE));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "80, 0x80, 48-bit block numbers",
        "80, 0x100, compressed metadata",
        "80, 0x40, long xattr prefixes",
        "80, 0x40000000, unknown features",
        "84, 0x10, the unknown algorithm 4",
        "86, 0x1, 1 more devices",
    })
    void whatCannotBeReadIsRefusedByName(int field, String bits, String words) throws IOException {
        byte[] image = Files.readAllBytes(ErofsImages.image("lz4hc-64k"));
        ByteBuffer in = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
        in.putInt(1024 + field, in.getInt(1024 + field) | Integer.decode(bits));
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET)) {
            String message = assertThrows(BadImageException.class, () -> Erofs.open(new ArraySource(image), cache))
                    .getMessage();
            assertTrue(message.contains("at byte " + (1024 + field) + ": ") && message.contains(words), message);
        }
    }

    /** The inode of a file below the root, changed; with the checksum of the superblock's block off. */
    private static byte[] changed(String image, String name, BiConsumer<ByteBuffer, Integer> change)
            throws IOException, FsException {
        byte[] bytes = Files.readAllBytes(ErofsImages.image(image));
        bytes[1024 + 8] &= ~1;
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                FileTree tree = Erofs.open(new ArraySource(bytes), cache)) {
            long etc = tree.lookup(FileTree.ROOT, Name.of("alike")).id();
            ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
            long number = tree.lookup(etc, Name.of(name)).attributes().ino();
            long metadata = Integer.toUnsignedLong(in.getInt(1024 + 40)) << in.get(1024 + 12);
            change.accept(in, (int) (metadata + number * 32));
        }
        return bytes;
    }

    private static String refusalOfRead(byte[] image, String name) throws IOException, FsException {
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                FileTree tree = Erofs.open(new ArraySource(image), cache)) {
            long etc = tree.lookup(FileTree.ROOT, Name.of("alike")).id();
            long file = tree.lookup(etc, Name.of(name)).id();
            FsException refused = assertThrows(
                    FsException.class, () -> tree.read(file, 0, 0, 100, new Collected(ByteBuffer.allocateDirect(100))));
            assertEquals(Errno.EIO, refused.errno());
            return refused.getMessage();
        }
    }

    @Test
    void anInlineTailEndsInItsBlock() throws IOException, FsException {
        // It has 500 bytes behind its inode and xattrs; with 4000 they would go on in the next block.
        byte[] image = changed("plain", "tail5", (in, at) -> in.putInt(at + 8, 4000));
        String said = refusalOfRead(image, "tail5");
        assertTrue(
                said.contains("the last 4000 bytes of inode ") && said.endsWith(", over the end of their block"), said);
    }

    @Test
    void chunksOfAnUnknownFormatAreRefused() throws IOException, FsException {
        byte[] image = changed("chunks-4k", "noise", (in, at) -> in.put(at + 17, (byte) 1));
        String said = refusalOfRead(image, "noise");
        assertTrue(said.contains(" in chunks of the unknown format 0x1"), said);
    }

    @Test
    void aChangedSuperblockFailsItsChecksum() throws IOException {
        byte[] image = Files.readAllBytes(ErofsImages.image("plain"));
        image[1024 + 64] ^= 1;
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET)) {
            String message = assertThrows(BadImageException.class, () -> Erofs.open(new ArraySource(image), cache))
                    .getMessage();
            assertTrue(message.contains("at byte 1028: superblock checksum"), message);
        }
    }

    @Test
    void anExtentIsUnpackedOnceForManySmallReads() throws IOException, FsException {
        try (BlockCache cache = new BlockCache(16 << 20);
                FileTree tree = Erofs.open(FileSource.open(ErofsImages.image("lz4hc-64k")), cache)) {
            long alike = tree.lookup(FileTree.ROOT, Name.of("alike")).id();
            long file = tree.lookup(alike, Name.of("text")).id();
            long size = tree.getattr(file).size();
            Collected whole = new Collected(ByteBuffer.allocateDirect((int) size));
            tree.read(file, 0, 0, (int) size, whole);
            long loads = cache.stats().loads();
            Collected pieces = new Collected(ByteBuffer.allocateDirect((int) size));
            for (long at = 0; at < size; at += 1000) {
                tree.read(file, 0, at, 1000, pieces);
            }
            assertEquals(loads, cache.stats().loads());
            assertArrayEquals(whole.bytes(), pieces.bytes());
        }
    }

    @Test
    void anExtentTooLargeForTheCacheIsUnpackedInPieces() throws IOException, FsException {
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                FileTree tree = Erofs.open(FileSource.open(ErofsImages.image("lz4hc-1m-tail-packing")), cache)) {
            long alike = tree.lookup(FileTree.ROOT, Name.of("alike")).id();
            long file = tree.lookup(alike, Name.of("as")).id();
            byte[] expected = new byte[3_000_000];
            Arrays.fill(expected, (byte) 'a');
            Collected sink = new Collected(ByteBuffer.allocateDirect(expected.length));
            long loads = cache.stats().loads();
            for (int at = 0; at < expected.length; at += 131_072) {
                tree.read(file, 0, at, 131_072, sink);
            }
            assertArrayEquals(expected, sink.bytes());
            assertEquals(3, cache.stats().loads() - loads);
        }
    }

    /** The judge is lz4-java's compressor. */
    @Test
    void theLastPieceOfAnLz4BlockCanBeUnpacked() throws IOException {
        Random random = new Random(8);
        byte[] plain = new byte[500_000];
        for (int i = 0; i < plain.length; i++) {
            boolean again = i > 100_000 && random.nextInt(20) > 0;
            plain[i] = again ? plain[i - 1 - random.nextInt(65_535)] : (byte) random.nextInt(256);
        }
        Arrays.fill(plain, 200_000, 350_000, (byte) 7);
        byte[] packed = LZ4Factory.safeInstance().fastCompressor().compress(plain);
        int piece = PartialLz4.WINDOW;
        ByteBuffer memory = ByteBuffer.allocateDirect(PartialLz4.WINDOW + piece);
        for (int start = 0; start < plain.length; start += piece) {
            int end = Math.min(plain.length, start + piece);
            PartialLz4.unpackLastPiece(ByteBuffer.wrap(packed), memory, piece, end);
            byte[] found = new byte[end - start];
            memory.get(PartialLz4.WINDOW, found);
            assertArrayEquals(Arrays.copyOfRange(plain, start, end), found);
        }
    }

    /** The judge is lz4-java's compressor. */
    @Test
    void theBeginningOfAnLz4BlockCanBeUnpacked() throws IOException {
        Random random = new Random(7);
        for (int round = 0; round < 50; round++) {
            byte[] plain = new byte[1 + random.nextInt(20_000)];
            for (int i = 0; i < plain.length; i++) {
                boolean again = i > 300 && random.nextInt(20) > 0;
                plain[i] = again ? plain[i - 1 - random.nextInt(1 + round * 3)] : (byte) random.nextInt(256);
            }
            byte[] packed = LZ4Factory.safeInstance().fastCompressor().compress(plain);
            int length = random.nextInt(plain.length + 1);
            ByteBuffer found = ByteBuffer.allocateDirect(length);
            PartialLz4.unpack(ByteBuffer.wrap(packed), found);
            byte[] bytes = new byte[length];
            found.get(0, bytes);
            assertArrayEquals(Arrays.copyOf(plain, length), bytes);
        }
    }
}
