package liveroot.fs.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import liveroot.fs.FsException;
import liveroot.fs.Mode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Ids of a tree of two directories: 1 at the top, 2 below it, then 100 files and symlinks in turn, then those of 2. */
final class FilesAheadTest {

    private static final int DIRECTORY = 2;
    private static final int FIRST = 3;
    private static final int FIRST_BELOW = FIRST + 200;

    private final KnownInodes known = new KnownInodes(1000);
    private final Set<Long> read = new ConcurrentSkipListSet<>();
    private final Ahead thread = new Ahead("files-ahead");
    private final FilesAhead ahead = new FilesAhead(known, (id, most) -> read.add(id), thread);
    private int inodes;

    @BeforeEach
    void list() throws FsException {
        add(0, Mode.S_IFDIR);
        add(1, Mode.S_IFDIR);
        for (int i = 0; i < 100; i++) {
            add(1, Mode.S_IFREG);
            add(1, Mode.S_IFLNK);
        }
        for (int i = 0; i < 30; i++) {
            add(DIRECTORY, Mode.S_IFREG);
        }
    }

    private void add(long parent, int type) throws FsException {
        known.idOf(1, ++inodes, parent, new byte[] {'n'}, type);
    }

    @AfterEach
    void close() {
        thread.close();
    }

    @Test
    void who_reads_file_after_file_has_the_next_ones_read() throws Exception {
        for (int i = 0; i < 6; i++) {
            ahead.reached(FIRST + 2 * i);
        }
        awaitIdle();
        assertTrue(read.contains(FIRST + 2L * 6), read::toString);
        assertFalse(read.contains(FIRST + 2L * (6 + OpenFiles.MOST)), read::toString);
        assertTrue(read.stream().allMatch(id -> id % 2 == FIRST % 2 && id < FIRST_BELOW), "only files: " + read);
    }

    @Test
    void files_in_no_order_have_nothing_read() throws Exception {
        for (int i : new int[] {40, 3, 77, 20, 21, 60, 5, 90, 33, 12}) {
            ahead.reached(FIRST + 2 * i);
        }
        awaitIdle();
        assertEquals(Set.of(), read);
    }

    @Test
    void who_goes_on_in_the_next_directory_is_believed_there_at_once() throws Exception {
        for (int i = 0; i < 8; i++) {
            ahead.reached(FIRST + 2 * i);
        }
        awaitIdle();
        ahead.reached(FIRST_BELOW);
        awaitIdle();
        assertTrue(read.contains(FIRST_BELOW + 1L), read::toString);
    }

    /** Until the thread has nothing left to do. */
    private void awaitIdle() throws InterruptedException {
        CountDownLatch idle = new CountDownLatch(1);
        thread.begin(idle::countDown);
        idle.await();
    }

    @Test
    void behind_the_last_file_there_is_nothing() throws Exception {
        for (int i = 20; i < 30; i++) {
            ahead.reached(FIRST_BELOW + i);
        }
        awaitIdle();
        assertTrue(read.stream().allMatch(id -> id < FIRST_BELOW + 30), read::toString);
    }
}
