package liveroot.fs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which files of a tree go to the kernel's page cache before they are read. */
class PusherTest {

    private static final int DIRECTORIES = 20;
    private static final int FILES = 60;

    /** Ids of directory d: 2 + d; of its file f: 1000 * (d + 1) + f. Every directory but the last has the next in its middle. */
    private static final class Nested extends ReadOnlyTree<Long> {

        volatile long broken;

        static long directory(int d) {
            return 2L + d;
        }

        static long file(int d, int f) {
            return 1000L * (d + 1) + f;
        }

        static byte[] content(long id) {
            byte[] bytes = new byte[(int) (id * 7919 % 20_000)];
            new Random(id).nextBytes(bytes);
            return id % 50 == 7 ? new byte[0] : bytes;
        }

        @Override
        protected Long inode(long id) {
            return id;
        }

        @Override
        protected int mode(long id, Long inode) {
            return id < 1000 ? Mode.S_IFDIR : Mode.S_IFREG;
        }

        @Override
        protected long size(long id, Long file) {
            return content(id).length;
        }

        @Override
        protected Attributes attributes(long id, Long inode) {
            throw new UnsupportedOperationException();
        }

        @Override
        protected Node find(long id, Long directory, Name name) {
            return null;
        }

        @Override
        protected void list(long id, Long inode, long cookie, DirectorySink sink) {
            long next = 0;
            for (long[] entry : entries(id)) {
                if (next++ < cookie) {
                    continue;
                }
                if (!sink.entry(Name.of("e" + entry[0]), entry[0], entry[0], (int) entry[1], next)) {
                    return;
                }
            }
        }

        private List<long[]> entries(long id) {
            List<long[]> entries = new ArrayList<>();
            if (id == ROOT) {
                entries.add(new long[] {directory(0), Mode.S_IFDIR});
                return entries;
            }
            int d = (int) id - 2;
            for (int f = 0; f < FILES; f++) {
                if (f == FILES / 2 && d + 1 < DIRECTORIES) {
                    entries.add(new long[] {directory(d + 1), Mode.S_IFDIR});
                }
                entries.add(new long[] {file(d, f), f % 10 == 3 ? Mode.S_IFLNK : Mode.S_IFREG});
            }
            return entries;
        }

        @Override
        protected byte[] target(long id, Long symlink) {
            return new byte[0];
        }

        @Override
        protected void read(long id, Long file, long offset, int length, ReadSink sink) throws IOException {
            if (id == broken) {
                throw new IOException("damaged");
            }
            sink.space(length).put(content(id), (int) offset, length);
        }

        @Override
        public Capacity statfs() {
            throw new UnsupportedOperationException();
        }

        @Override
        public String format() {
            return "nested";
        }

        @Override
        public Map<String, String> facts() {
            return Map.of();
        }
    }

    private final Nested tree = new Nested();
    private final Map<Long, byte[]> pushed = new ConcurrentHashMap<>();
    private final Semaphore stored = new Semaphore(0);
    private volatile boolean takes = true;
    private int demands;
    /** Milliseconds without a store after which the one that pushes is taken for done. */
    private int patience = 20;

    private void fill() {
        tree.fill((id, offset, bytes) -> {
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            stored.release();
            assertEquals(0, offset);
            return takes && pushed.put(id, copy) == null;
        });
    }

    @AfterEach
    void close() throws IOException {
        tree.close();
        pushed.forEach((id, bytes) -> assertArrayEquals(Nested.content(id), bytes));
    }

    /** As the kernel asks: a few entries at a time. */
    private void list(long directory) throws FsException {
        long[] place = {0};
        boolean[] more = {true};
        while (more[0]) {
            int[] room = {7};
            more[0] = false;
            tree.readdir(directory, place[0], (name, id, ino, type, next) -> {
                if (room[0]-- == 0) {
                    more[0] = true;
                    return false;
                }
                place[0] = next;
                return true;
            });
        }
    }

    /** Lists all, and tells in which order {@code find} would come to the regular files that are not empty. */
    private List<Long> find(long directory) throws FsException {
        list(directory);
        List<Long> files = new ArrayList<>();
        for (long[] entry : tree.entries(directory)) {
            if (entry[1] == Mode.S_IFDIR) {
                files.addAll(find(entry[0]));
            } else if (entry[1] == Mode.S_IFREG && Nested.content(entry[0]).length > 0) {
                files.add(entry[0]);
            }
        }
        return files;
    }

    /** As {@code cat} would: what is in the page cache is not demanded. */
    private void cat(long id) throws Exception {
        if (!pushed.containsKey(id)) {
            demands++;
            byte[] content = Nested.content(id);
            ByteBuffer bytes = ByteBuffer.allocateDirect(content.length);
            tree.read(id, 0, 0, content.length, new BufferSink(bytes));
            while (demands >= 8 && stored.tryAcquire(patience, TimeUnit.MILLISECONDS)) {
                // One is stored after the other.
            }
            stored.drainPermits();
        }
    }

    @Test
    void mostFilesAreAheadOfWhoReadsWhatFindFound() throws Exception {
        fill();
        List<Long> files = find(FileTree.ROOT);
        for (long id : files) {
            cat(id);
        }
        assertTrue(demands < files.size() / 2, demands + " demands for " + files.size() + " files");
    }

    @Test
    void someAreLeftToTellWhereTheReaderIs() throws Exception {
        fill();
        List<Long> files = find(FileTree.ROOT);
        for (long id : files) {
            cat(id);
        }
        assertTrue(demands > files.size() / 64, demands + " demands for " + files.size() + " files");
    }

    @Test
    void nothingIsPushedAheadOfWhoReadsInNoOrder() throws Exception {
        patience = 0;
        fill();
        List<Long> files = find(FileTree.ROOT);
        Random random = new Random(1);
        for (int i = 0; i < 2000; i++) {
            cat(files.get(random.nextInt(files.size())));
        }
        Thread.sleep(50);
        assertTrue(pushed.isEmpty(), pushed.size() + " files");
    }

    @Test
    void nothingIsPushedToAKernelThatHasListedNothing() throws Exception {
        patience = 0;
        List<Long> files = find(FileTree.ROOT);
        fill();
        for (long id : files) {
            cat(id);
        }
        assertEquals(files.size(), demands);
    }

    @Test
    void aReaderThatStopsHasAtMostEightMegabytesAheadOfIt() throws Exception {
        fill();
        List<Long> files = find(FileTree.ROOT);
        for (int i = 0; i < 20; i++) {
            cat(files.get(i));
        }
        settle();
        // Those that it has passed meanwhile are not ahead.
        List<byte[]> ahead = files.subList(20, files.size()).stream()
                .filter(pushed::containsKey)
                .map(pushed::get)
                .toList();
        assertTrue(!ahead.isEmpty() && ahead.size() <= 256, ahead.size() + " files");
        long bytes = ahead.stream().mapToLong(b -> b.length).sum();
        assertTrue(bytes <= 8 << 20, bytes + " bytes");
    }

    /** Until nothing has been stored for a while. */
    private void settle() throws InterruptedException {
        for (int before = -1; before != stored.availablePermits(); ) {
            before = stored.availablePermits();
            Thread.sleep(200);
        }
    }

    @Test
    void aPauseComesAfterManyThatTheKernelDidNotTake() throws Exception {
        takes = false;
        fill();
        List<Long> files = find(FileTree.ROOT);
        for (int i = 0; i < 20; i++) {
            cat(files.get(i));
        }
        settle();
        stored.drainPermits();
        cat(files.get(20));
        assertEquals(0, stored.availablePermits());
    }

    @Test
    void whatCannotBeReadIsLeftToItsReader() throws Exception {
        fill();
        List<Long> files = find(FileTree.ROOT);
        tree.broken = files.get(40);
        for (int i = 0; i < 200; i++) {
            if (i != 40) {
                cat(files.get(i));
            }
        }
        assertTrue(!pushed.containsKey(tree.broken) && demands < 150, demands + " demands");
    }

    @Test
    void nothingIsReadAfterTheEnd() throws Exception {
        fill();
        List<Long> files = find(FileTree.ROOT);
        for (int i = 0; i < 30; i++) {
            cat(files.get(i));
        }
        tree.close();
        int before = pushed.size();
        Thread.sleep(50);
        assertEquals(before, pushed.size());
    }
}
