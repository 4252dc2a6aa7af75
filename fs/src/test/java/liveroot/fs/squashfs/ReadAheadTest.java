package liveroot.fs.squashfs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import liveroot.cache.BlockCache;
import liveroot.cache.FileSource;
import liveroot.cache.PlaylistRecorder;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Name;
import liveroot.fs.PageCache;
import liveroot.fs.Tools;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Readers of an image of 600 small files in 20 directories, and of one file of 4000 blocks behind them. */
@Timeout(120)
final class ReadAheadTest {

    private static final int FILES = 600;
    private static final int PER_DIRECTORY = 30;
    private static final int BLOCK = 4096;
    private static final int BIG_BLOCKS = 4000;
    private static final long BUDGET = 64L << 20;

    /** Demands after which a reader is surely followed. */
    private static final int RECOGNIZED = 8;

    /** Milliseconds until a block that is not there counts as dropped. */
    private static final int LONGEST_WAIT = 3000;

    private static final int MOST_DROPPED = 15;

    @TempDir
    private static Path directory;

    private static Path image;

    private int notReadAhead;
    private final ByteBuffer memory = ByteBuffer.allocateDirect(1 << 20);

    @BeforeAll
    static void makeImage() throws IOException {
        Tools.need("squashfs-tools", "mksquashfs");
        for (int i = 0; i < FILES; i++) {
            Path file = directory.resolve("src").resolve(path(i));
            Files.createDirectories(file.getParent());
            Files.write(file, content(i));
        }
        Files.writeString(directory.resolve("src/z-big"), text(new Random(-1), BIG_BLOCKS * BLOCK));
        image = directory.resolve("image.sqfs");
        Commands.sh(directory, "mksquashfs src image.sqfs -comp zstd -b 4096 -quiet -no-progress");
    }

    private static String path(int file) {
        return String.format(Locale.ROOT, "d%02d/f%02d", file / PER_DIRECTORY, file % PER_DIRECTORY);
    }

    /** No block, one or two, and an end in a fragment; long enough for none of them to be stored raw. */
    private static byte[] content(int file) {
        Random random = new Random(file);
        int length = random.nextInt(3) * BLOCK + 500 + random.nextInt(3000);
        return text(random, length).getBytes(StandardCharsets.US_ASCII);
    }

    private static String text(Random random, int length) {
        StringBuilder text = new StringBuilder(length + 16);
        while (text.length() < length) {
            text.append(Integer.toString(random.nextInt(100_000), 36)).append(' ');
        }
        return text.substring(0, length);
    }

    private static long find(FileTree tree, String path) throws FsException {
        long id = FileTree.ROOT;
        for (String name : path.split("/", 0)) {
            id = tree.lookup(id, Name.of(name)).id();
        }
        return id;
    }

    private static List<Long> files(FileTree tree) throws FsException {
        List<Long> ids = new ArrayList<>();
        for (int i = 0; i < FILES; i++) {
            ids.add(find(tree, path(i)));
        }
        return ids;
    }

    private byte[] read(FileTree tree, long id, long offset, int length) throws FsException {
        Collected sink = new Collected(memory);
        sink.clear();
        tree.read(id, 0, offset, length, sink);
        return sink.bytes();
    }

    private void readBlockByBlock(FileTree tree, long id, int size) throws FsException {
        for (int at = 0; at < size; at += BLOCK) {
            read(tree, id, at, BLOCK);
        }
    }

    /** Where a file's blocks lie, one every {@code distance} bytes: what a reader reads that goes backwards. */
    private Set<Long> positions(String path, int size, int distance) throws IOException, FsException {
        WatchedSource source = new WatchedSource(FileSource.open(image));
        try (BlockCache cache = new BlockCache(BUDGET);
                SquashFs tree = SquashFs.open(source, cache)) {
            long id = find(tree, path);
            for (int at = (size - 1) / distance * distance; at >= 0; at -= distance) {
                read(tree, id, at, 1);
            }
            Set<Long> data = new TreeSet<>(source.readersPositions());
            long tables = inodeTable(Files.readAllBytes(image));
            data.removeIf(position -> position < Superblock.SIZE || position >= tables);
            return data;
        }
    }

    private static int inodeTable(byte[] bytes) {
        return (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(64);
    }

    /**
     * Waits for a file's blocks to be read by whom it may concern. The cache may drop what it is asked for, when its queue
     * is full: then nobody does. That must be rare.
     */
    private void awaitReadAhead(Set<Long> blocks, WatchedSource source) throws InterruptedException {
        for (int waited = 0; !source.positions().containsAll(blocks) && waited < LONGEST_WAIT; waited++) {
            Thread.sleep(1);
        }
        Set<Long> missing = new TreeSet<>(blocks);
        missing.removeAll(source.positions());
        notReadAhead += missing.size();
        assertTrue(notReadAhead <= MOST_DROPPED, notReadAhead + " blocks were not read ahead, the last at " + missing);
    }

    @Test
    void whoReadsFileAfterFileFindsAlmostEveryBlockUnpacked() throws Exception {
        WatchedSource source = new WatchedSource(FileSource.open(image));
        BlockCache cache = new BlockCache(BUDGET);
        try (cache;
                SquashFs tree = SquashFs.open(source, cache)) {
            List<Long> ids = files(tree);
            for (int i = 0; i < FILES; i++) {
                if (i >= RECOGNIZED) {
                    awaitReadAhead(positions(path(i), content(i).length, BLOCK), source);
                }
                assertArrayEquals(content(i), readWhole(tree, ids.get(i), i));
            }
            assertEquals(0, cache.stats().prefetchesWasted());
        }
        ReleasedMemory.await(cache);
    }

    private byte[] readWhole(FileTree tree, long id, int file) throws FsException {
        return read(tree, id, 0, content(file).length + 1);
    }

    @Test
    void fourReadersSideBySideAreAllFollowed() throws Exception {
        WatchedSource source = new WatchedSource(FileSource.open(image));
        int part = FILES / 4;
        BlockCache cache = new BlockCache(BUDGET);
        try (cache;
                SquashFs tree = SquashFs.open(source, cache)) {
            List<Long> ids = files(tree);
            for (int i = 0; i < part; i++) {
                for (int reader = 0; reader < 4; reader++) {
                    int file = reader * part + i;
                    if (i >= RECOGNIZED) {
                        awaitReadAhead(positions(path(file), content(file).length, BLOCK), source);
                    }
                    assertArrayEquals(content(file), readWhole(tree, ids.get(file), file));
                }
            }
        }
        ReleasedMemory.await(cache);
    }

    @Test
    void aReaderWithAStrideGetsWhatItReadsAndNoMore() throws Exception {
        int stride = 7 * BLOCK;
        WatchedSource source = new WatchedSource(FileSource.open(image));
        // In the order of the file: it is the last, and has no holes.
        List<Long> positions = List.copyOf(positions("z-big", BIG_BLOCKS * BLOCK, stride));
        BlockCache cache = new BlockCache(BUDGET);
        try (cache;
                SquashFs tree = SquashFs.open(source, cache)) {
            long big = find(tree, "z-big");
            for (int i = 0; i < positions.size(); i++) {
                if (i >= RECOGNIZED) {
                    awaitReadAhead(Set.of(positions.get(i)), source);
                }
                read(tree, big, (long) i * stride + 100, 1000);
            }
        }
        ReleasedMemory.await(cache);
        assertTrue(cache.stats().prefetches() <= positions.size(), cache.stats().toString());
    }

    @Test
    void randomReadsCauseAlmostNoReadAhead() throws Exception {
        BlockCache cache = new BlockCache(BUDGET);
        int reads = 4000;
        try (cache;
                SquashFs tree = SquashFs.open(FileSource.open(image), cache, new DirectExecutor())) {
            List<Long> ids = files(tree);
            long big = find(tree, "z-big");
            Random random = new Random(5);
            for (int i = 0; i < reads; i++) {
                read(tree, big, (long) random.nextInt(BIG_BLOCKS) * BLOCK, BLOCK);
                read(tree, ids.get(random.nextInt(FILES)), 0, 1);
            }
        }
        ReleasedMemory.await(cache);
        assertTrue(cache.stats().prefetches() < reads / 20, cache.stats().toString());
    }

    @Test
    void whatIsNotUsedIsSoonNoLongerReadAhead() throws Exception {
        BlockCache cache = new BlockCache(BUDGET);
        int rounds = 300;
        try (cache;
                SquashFs tree = SquashFs.open(FileSource.open(image), cache, new DirectExecutor())) {
            long big = find(tree, "z-big");
            Random random = new Random(6);
            for (int i = 0; i < rounds; i++) {
                long from = random.nextInt(BIG_BLOCKS - 3);
                for (int j = 0; j < 3; j++) {
                    read(tree, big, (from + j) * BLOCK, BLOCK);
                }
            }
        }
        ReleasedMemory.await(cache);
        assertTrue(cache.stats().prefetches() < rounds / 3, cache.stats().toString());
    }

    /** What a kernel would have in its page cache, by inode, of the files that it knows. */
    private static final class Pushed implements PageCache {

        private final Map<Long, byte[]> files = new ConcurrentHashMap<>();
        private final Set<Long> unknown = ConcurrentHashMap.newKeySet();
        private final Map<Long, Integer> sizes;

        Pushed(Map<Long, Integer> sizes) {
            this.sizes = sizes;
        }

        @Override
        public boolean store(long id, long offset, ByteBuffer bytes) {
            if (unknown.contains(id)) {
                return false;
            }
            int length = bytes.remaining();
            byte[] file = files.getOrDefault(id, new byte[0]);
            int end = (int) offset + length;
            assertTrue(end == sizes.get(id) || length % BLOCK == 0, "no part of a page, but at the end");
            byte[] longer = Arrays.copyOf(file, Math.max(file.length, end));
            bytes.get(longer, (int) offset, length);
            files.put(id, longer);
            return true;
        }

        boolean has(long id) {
            byte[] file = files.get(id);
            return file != null && file.length == sizes.get(id);
        }
    }

    private Pushed pushesTo(SquashFs tree, List<Long> ids) throws FsException {
        Map<Long, Integer> sizes = new HashMap<>();
        for (int i = 0; i < FILES; i++) {
            sizes.put(ids.get(i), content(i).length);
        }
        long big = find(tree, "z-big");
        sizes.put(big, (int) tree.getattr(big).size());
        Pushed pushed = new Pushed(sizes);
        tree.fill(pushed);
        return pushed;
    }

    /** @return 1 if the file has to be read, as it is not pushed within some milliseconds; else 0 */
    private int readUnlessPushed(SquashFs tree, Pushed pushed, long id, int file) throws Exception {
        for (int waited = 0; !pushed.has(id) && waited < 10; waited++) {
            Thread.sleep(1);
        }
        if (pushed.has(id)) {
            assertArrayEquals(content(file), pushed.files.get(id), path(file));
            return 0;
        }
        assertArrayEquals(content(file), readWhole(tree, id, file));
        return 1;
    }

    @Test
    void mostFilesAheadOfAReaderArePushedToThePageCache() throws Exception {
        BlockCache cache = new BlockCache(BUDGET);
        int read = 0;
        try (cache;
                SquashFs tree = SquashFs.open(FileSource.open(image), cache)) {
            List<Long> ids = files(tree);
            Pushed pushed = pushesTo(tree, ids);
            for (int i = 0; i < FILES; i++) {
                read += readUnlessPushed(tree, pushed, ids.get(i), i);
            }
        }
        ReleasedMemory.await(cache);
        assertTrue(read < FILES / 4, read + " files were not pushed");
    }

    @Test
    void filesArePushedAsTheKernelComesToKnowThemDirectoryByDirectory() throws Exception {
        BlockCache cache = new BlockCache(BUDGET);
        int read = 0;
        try (cache;
                SquashFs tree = SquashFs.open(FileSource.open(image), cache)) {
            List<Long> ids = files(tree);
            Pushed pushed = pushesTo(tree, ids);
            pushed.unknown.addAll(ids);
            for (int i = 0; i < FILES; i++) {
                if (i % PER_DIRECTORY == 0) {
                    ids.subList(i, Math.min(i + PER_DIRECTORY, FILES)).forEach(pushed.unknown::remove);
                }
                read += readUnlessPushed(tree, pushed, ids.get(i), i);
            }
        }
        ReleasedMemory.await(cache);
        assertTrue(read < FILES / 4, read + " files were not pushed");
    }

    @Test
    void nothingIsPushedToAReaderThatLeavesFilesOut() throws Exception {
        BlockCache cache = new BlockCache(BUDGET);
        try (cache;
                SquashFs tree = SquashFs.open(FileSource.open(image), cache, new DirectExecutor())) {
            List<Long> ids = files(tree);
            Pushed pushed = pushesTo(tree, ids);
            for (int i = 0; i < FILES; i += 3) {
                if (!pushed.has(ids.get(i))) {
                    assertArrayEquals(content(i), readWhole(tree, ids.get(i), i));
                }
            }
            assertTrue(pushed.files.size() < FILES / 4, pushed.files.size() + " files were pushed");
        }
        ReleasedMemory.await(cache);
    }

    @Test
    void nothingIsPushedWhileDemandsAreNoted() throws Exception {
        BlockCache cache = new BlockCache(BUDGET);
        try (cache;
                SquashFs tree = SquashFs.open(FileSource.open(image), cache)) {
            List<Long> ids = files(tree);
            Pushed pushed = pushesTo(tree, ids);
            cache.observe(new PlaylistRecorder());
            for (int i = 0; i < FILES; i++) {
                readWhole(tree, ids.get(i), i);
            }
            assertEquals(Map.of(), pushed.files);
        }
        ReleasedMemory.await(cache);
    }

    @Test
    void damageAheadHarmsNoFileThatIsRead() throws Exception {
        byte[] bytes = Files.readAllBytes(image);
        int second = inodeTable(bytes);
        second += 2 + ((bytes[second] & 0xff) | ((bytes[second + 1] & 0x7f) << 8));
        for (int i = 0; i < 64; i++) {
            bytes[second + 2 + i] ^= 0x55;
        }
        int[] damaged = new int[1];
        BlockCache cache = new BlockCache(BUDGET);
        try (cache;
                SquashFs tree = SquashFs.open(new ArraySource(bytes), cache, new DirectExecutor())) {
            for (int i = 0; i < FILES; i++) {
                int file = i;
                try {
                    assertArrayEquals(content(i), readWhole(tree, find(tree, path(i)), i));
                } catch (FsException e) {
                    assertEquals(Errno.EIO, e.errno());
                    assertThrows(FsException.class, () -> find(tree, path(file)));
                    damaged[0]++;
                }
            }
        }
        ReleasedMemory.await(cache);
        // Directories whose inodes are damaged hide files whose own are good.
        assertTrue(damaged[0] > 100 && damaged[0] < FILES - 100, damaged[0] + " files could not be read");
    }

    @Test
    void aTreeIsClosedWhileItsBlocksAreReadAhead() throws Exception {
        for (int round = 0; round < 30; round++) {
            BlockCache cache = new BlockCache(BUDGET);
            try (cache;
                    SquashFs tree = SquashFs.open(FileSource.open(image), cache)) {
                long big = find(tree, "z-big");
                readBlockByBlock(tree, big, (10 + 40 * round) * BLOCK);
            }
            ReleasedMemory.await(cache);
        }
    }
}
