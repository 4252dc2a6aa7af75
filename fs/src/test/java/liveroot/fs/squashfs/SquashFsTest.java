package liveroot.fs.squashfs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import liveroot.cache.BlockCache;
import liveroot.cache.FileSource;
import liveroot.fs.Caller;
import liveroot.fs.Capacity;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Name;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

final class SquashFsTest {

    private BlockCache cache;
    private SquashFs tree;

    @BeforeAll
    static void needTools() throws IOException {
        SampleImages.assumeTools();
    }

    @BeforeEach
    void open() throws IOException {
        cache = new BlockCache(16 << 20);
        tree = SquashFs.open(FileSource.open(SampleImages.image("zstd")), cache);
    }

    @AfterEach
    void close() throws IOException {
        tree.close();
        cache.close();
        assertEquals(0, cache.stats().used());
    }

    private long id(String path) throws FsException {
        long id = FileTree.ROOT;
        for (String name : path.split("/", 0)) {
            id = tree.lookup(id, Name.of(name)).id();
        }
        return id;
    }

    private static void assertErrno(Errno errno, Executable operation) {
        assertEquals(errno, assertThrows(FsException.class, operation).errno());
    }

    @Test
    void whatIsNotThereIsToldApart() throws FsException {
        long file = id("etc/hello.txt");
        assertErrno(Errno.ENOENT, () -> tree.lookup(FileTree.ROOT, Name.of("no")));
        assertErrno(Errno.ENOENT, () -> tree.lookup(FileTree.ROOT, Name.of("zzz")));
        assertErrno(Errno.ENOENT, () -> tree.lookup(id("deep/a/b/c/d/e/f/g/h/i/j/k"), Name.of("no")));
        assertErrno(Errno.ENAMETOOLONG, () -> tree.lookup(FileTree.ROOT, Name.of("x".repeat(256))));
        assertErrno(Errno.ENOTDIR, () -> tree.lookup(file, Name.of("x")));
        assertErrno(Errno.ENOTDIR, () -> tree.readdir(file, 0, (name, id, ino, type, next) -> true));
        assertErrno(Errno.EINVAL, () -> tree.readlink(file));
        assertErrno(Errno.ENODATA, () -> tree.getxattr(file, Name.of("user.none")));
        assertErrno(Errno.ENODATA, () -> tree.getxattr(id("etc"), Name.of("user.none")));
        assertErrno(Errno.ENXIO, () -> tree.lseek(file, 0, 6, 3));
        assertErrno(Errno.EISDIR, () -> tree.open(FileTree.ROOT, 0, Caller.ROOT));
        assertErrno(Errno.EISDIR, () -> tree.read(FileTree.ROOT, 0, 0, 1, new Collected(ByteBuffer.allocate(1))));
    }

    @Test
    void idsThatNobodyGaveOutAreStaleOrAnError() {
        assertErrno(Errno.ESTALE, () -> tree.getattr(0));
        assertErrno(Errno.ESTALE, () -> tree.getattr(-1));
        assertErrno(Errno.ESTALE, () -> tree.getattr(Long.MAX_VALUE));
        assertErrno(Errno.ESTALE, () -> tree.getattr((1L << 62) | 1_000_000));
        assertErrno(Errno.EIO, () -> tree.getattr((1L << 47) + 2));
    }

    @Test
    void nothingCanBeChanged() throws FsException {
        long file = id("etc/hello.txt");
        assertTrue(tree.isReadOnly());
        assertErrno(Errno.EROFS, () -> tree.open(file, 1, Caller.ROOT));
        assertErrno(Errno.EROFS, () -> tree.mkdir(FileTree.ROOT, Name.of("new"), 0755, Caller.ROOT));
        assertEquals(-1, tree.open(file, 0, Caller.ROOT).backing());
    }

    @Test
    void hardLinksAreOneInode() throws FsException {
        assertEquals(id("etc/hello.txt"), id("etc/hardlink.txt"));
        assertEquals(2, tree.getattr(id("etc/hello.txt")).nlink());
    }

    @Test
    void dotDotLeadsToTheParent() throws FsException {
        long deep = id("deep/a/b");
        List<Long> numbers = new ArrayList<>();
        for (long directory : new long[] {deep, id("deep"), FileTree.ROOT}) {
            tree.readdir(directory, 1, (name, id, ino, type, next) -> {
                assertEquals(Name.DOT_DOT, name);
                numbers.add(ino);
                return false;
            });
        }
        long root = tree.getattr(FileTree.ROOT).ino();
        assertEquals(List.of(tree.getattr(id("deep/a")).ino(), root, root), numbers);
    }

    @Test
    void theImageIsFullAndDescribesItself() throws IOException {
        Path image = SampleImages.image("zstd");
        Description description = tree.description();
        assertEquals(Compressor.ZSTD, description.compressor());
        assertEquals(131_072, description.blockSize());
        assertEquals(1_000_000_000, description.made());
        assertEquals(Files.size(image), description.fileSize());
        assertTrue(description.exportable());
        assertTrue(description.xattrs() > 0);
        assertEquals("duplicates removed, exportable", description.flagNames());
        Capacity capacity = tree.statfs();
        assertEquals(description.inodes(), capacity.files());
        assertEquals(0, capacity.free() + capacity.available() + capacity.filesFree());
        assertEquals((description.bytesUsed() + 131_071) / 131_072, capacity.blocks());
    }

    @Test
    void aListingOrAWalkDecodesEachMetadataBlockOnce() throws FsException {
        TreeFacts.ofTree(tree, true);
        long loads = cache.stats().loads();
        TreeFacts.ofTree(tree, true);
        assertEquals(loads, cache.stats().loads());
    }

    @Test
    void manyThreadsReadTheSame() throws FsException, InterruptedException, ExecutionException {
        long file = id("usr/bin/text");
        int size = (int) tree.getattr(file).size();
        Collected whole = new Collected(ByteBuffer.allocateDirect(size));
        tree.read(file, 0, 0, size, whole);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<byte[]>> reads = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                int step = 1000 + 997 * i;
                reads.add(threads.submit(() -> {
                    Collected sink = new Collected(ByteBuffer.allocateDirect(size));
                    for (int at = 0; at < size; at += step) {
                        tree.read(file, 0, at, step, sink);
                    }
                    return sink.bytes();
                }));
            }
            for (Future<byte[]> read : reads) {
                assertArrayEquals(whole.bytes(), read.get());
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void aDamagedBlockIsAnErrorOfItsOwnReadAlone() throws IOException, FsException {
        long file = id("usr/bin/text");
        byte[] image = Files.readAllBytes(SampleImages.image("zstd"));
        int size = (int) tree.getattr(file).size();
        Collected whole = new Collected(ByteBuffer.allocateDirect(size));
        tree.read(file, 0, 0, size, whole);
        long inodeTable = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN).getLong(64);
        int failed = 0;
        int read = 0;
        for (int at = 1000; at < inodeTable; at += 20_000) {
            byte[] damaged = image.clone();
            damaged[at] ^= 0x55;
            try (SquashFs other = SquashFs.open(new ArraySource(damaged), cache)) {
                for (int offset = 0; offset < size; offset += 131_072) {
                    Collected sink = new Collected(ByteBuffer.allocateDirect(131_072));
                    try {
                        other.read(file, 0, offset, 131_072, sink);
                        assertEquals(Math.min(131_072, size - offset), sink.bytes().length);
                        read++;
                    } catch (FsException e) {
                        assertEquals(Errno.EIO, e.errno());
                        assertTrue(e.getMessage().contains("array: at byte "), e.getMessage());
                        failed++;
                    }
                }
            }
        }
        assertTrue(failed > 0);
        assertTrue(read > 5 * failed);
    }
}
