package liveroot.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import liveroot.fs.Caller;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the lower tree foresees will be read goes to the kernel's page cache, but for files that somebody may write to. */
class LowerPagesTest {

    private static final int O_RDONLY = 0;
    private static final int O_RDWR = 2;

    private final PlainTree lower = new PlainTree()
            .dir("d")
            .file("d/one", "first")
            .file("d/two", "second")
            .file("d/three", "third")
            .link("d/two", "d/link");

    private final List<Long> stored = new ArrayList<>();
    private Overlay overlay;
    private Client client;

    @BeforeEach
    void mount() throws FsException {
        overlay = TestStore.current().over(lower, FileTree.ROOT, 1 << 20, 100);
        overlay.fill((id, offset, bytes) -> stored.add(id));
        client = new Client(overlay);
    }

    @AfterEach
    void givesEverythingBack() {
        assertEquals(0, overlay.upper().referenced());
        overlay.close();
    }

    private void store(String path) {
        assertTrue(lower.pages.store(lower.id(path), 0, null));
    }

    private long open(String path, int flags) throws FsException {
        return overlay.open(lower.id(path), flags, Caller.ROOT).handle();
    }

    @Test
    void aFileOfTheImageIsStored() {
        store("d/one");
        assertEquals(List.of(lower.id("d/one")), stored);
    }

    @Test
    void aFileIsNotStoredWhileSomebodyHasItOpen() throws FsException {
        for (int flags : new int[] {O_RDONLY, O_RDWR}) {
            long handle = open("d/link", flags);
            store("d/two");
            assertEquals(List.of(), stored);
            overlay.release(lower.id("d/two"), handle);
        }
    }

    @Test
    void aFileThatHasChangedIsNotStored() throws FsException {
        client.write("d/one", 0, "F");
        client.truncate("d/two", 3);
        store("d/one");
        store("d/two");
        assertEquals(List.of(), stored);
    }

    @Test
    void aFileWhoseOpenFailedIsStored() {
        OverlayTest.assertFails(Errno.EISDIR, () -> open("d", O_RDWR));
        OverlayTest.assertFails(Errno.EFBIG, () -> client.truncate("d/one", Long.MAX_VALUE));
        store("d/one");
        assertEquals(List.of(lower.id("d/one")), stored);
    }

    @Test
    void whoOpensOrTruncatesAFileWaitsUntilItIsStored() throws Exception {
        whileStored("d/one", () -> overlay.release(lower.id("d/one"), open("d/one", O_RDONLY)));
        whileStored("d/one", () -> overlay.release(lower.id("d/one"), open("d/one", O_RDWR)));
        whileStored("d/two", () -> client.truncate("d/two", 1));
    }

    private interface Work {
        void run() throws FsException;
    }

    private void whileStored(String path, Work work) throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        overlay.fill((id, offset, bytes) -> {
            begun.countDown();
            try {
                end.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            return true;
        });
        Thread storing = new Thread(() -> store(path));
        storing.start();
        begun.await();
        FutureTask<Void> waits = new FutureTask<>(() -> {
            work.run();
            return null;
        });
        Thread waiting = new Thread(waits);
        waiting.start();
        while (waiting.getState() != Thread.State.WAITING) {
            assertNotEquals(Thread.State.TERMINATED, waiting.getState());
            Thread.onSpinWait();
        }
        overlay.release(lower.id("d/three"), open("d/three", O_RDWR));
        end.countDown();
        waits.get();
        storing.join();
    }

    @Test
    void aUnionOverADirectoryFillsNoPages() throws FsException {
        lower.pages = null;
        Overlay part = TestStore.current().over(lower, lower.id("d"), 1 << 20, 100);
        part.fill((id, offset, bytes) -> true);
        assertNull(lower.pages);
        part.close();
    }
}
