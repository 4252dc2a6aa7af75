package liveroot.overlay;

import static liveroot.overlay.OverlayTest.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import liveroot.fs.Caller;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import org.junit.jupiter.api.Test;

/** The bytes of files: copy-up by pages, holes, and the limit. */
class DataTest {

    private static final int PAGE = 4096;
    private static final Caller CALLER = new Caller(0, 0, 1, 022);

    private final byte[] big = random(100 * PAGE + 100);
    private final PlainTree lower = new PlainTree().file("big", 0644, big).file("small", "small");
    private final Overlay overlay = union(64 * PAGE);
    private final Client client = new Client(overlay);

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private Overlay union(long bytes) {
        try {
            return TestStore.current().over(lower, FileTree.ROOT, bytes, 100);
        } catch (FsException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aByteWrittenInTheMiddleCopiesOnePageUp() throws FsException {
        client.write("big", 50 * PAGE + 7, "X");
        byte[] expected = big.clone();
        expected[50 * PAGE + 7] = 'X';
        assertArrayEquals(expected, client.read("big"));
        assertEquals(PAGE, overlay.use().bytes());
    }

    @Test
    void aByteAppendedToALargeFileTakesOnePage() throws FsException {
        client.write("big", big.length, "X");
        assertEquals(big.length + 1, client.stat("big").size());
        byte[] end = client.read("big", big.length - 2, 10);
        assertArrayEquals(new byte[] {big[big.length - 2], big[big.length - 1], 'X'}, end);
        assertEquals(PAGE, overlay.use().bytes());
    }

    @Test
    void spaceThatIsAllocatedAgainHidesNothingOfTheLower() throws FsException {
        byte[] expected = big.clone();
        client.write("big", 50 * PAGE, new byte[PAGE]);
        Arrays.fill(expected, 50 * PAGE, 51 * PAGE, (byte) 0);
        client.fallocate("big", 0, 10, 0);
        client.fallocate("big", 5, 9, FileData.PUNCH_HOLE | FileData.KEEP_SIZE);
        Arrays.fill(expected, 5, 14, (byte) 0);
        assertArrayEquals(expected, client.read("big"));
        client.fallocate("big", 2 * PAGE, 4 * PAGE, 0);
        client.fallocate("big", PAGE, 4 * PAGE, FileData.KEEP_SIZE);
        assertArrayEquals(expected, client.read("big"));
        client.write("big", 3 * PAGE - 10, new byte[PAGE]);
        Arrays.fill(expected, 3 * PAGE - 10, 4 * PAGE - 10, (byte) 0);
        assertArrayEquals(expected, client.read("big"));
        assertEquals(7 * PAGE, overlay.use().bytes());
    }

    @Test
    void spaceThatIsAllocatedAgainHidesNothingOfAFileThatIsNotWrittenToUntilLater() throws FsException {
        client.fallocate("big", 2 * PAGE, 4 * PAGE, FileData.KEEP_SIZE);
        client.fallocate("big", PAGE, 4 * PAGE, FileData.KEEP_SIZE);
        assertArrayEquals(big, client.read("big"));
        client.write("big", 90 * PAGE, Arrays.copyOfRange(big, 90 * PAGE, 91 * PAGE));
        assertArrayEquals(big, client.read("big"));
        assertEquals(6 * PAGE, overlay.use().bytes());
    }

    @Test
    void spaceThatCannotBeAllocatedHidesNothingOfTheLowerWhereSomeWasBefore() throws FsException {
        client.fallocate("big", 2 * PAGE, 4 * PAGE, FileData.KEEP_SIZE);
        client.create("rest");
        client.write("rest", 0, random(40 * PAGE));
        long used = overlay.use().bytes();
        assertFails(Errno.ENOSPC, () -> client.fallocate("big", 0, 30 * PAGE, 0));
        assertFails(Errno.ENOSPC, () -> client.write("big", PAGE, random(30 * PAGE)));
        assertFails(Errno.ENOSPC, () -> client.fallocate("big", 1, 30 * PAGE, FileData.ZERO_RANGE));
        assertArrayEquals(big, client.read("big"));
        assertEquals(used, overlay.use().bytes());
        client.write("big", 90 * PAGE, Arrays.copyOfRange(big, 90 * PAGE, 91 * PAGE));
        assertArrayEquals(big, client.read("big"));
    }

    @Test
    void pagesWrittenWholeAreNotReadFromTheLower() throws FsException {
        client.write("big", 2 * PAGE, new byte[3 * PAGE]);
        assertEquals(0, lower.reads.get());
    }

    @Test
    void whatWasCutOffDoesNotComeBack() throws FsException {
        client.truncate("big", 10 * PAGE + 5);
        client.truncate("big", 20 * PAGE);
        byte[] expected = Arrays.copyOf(Arrays.copyOf(big, 10 * PAGE + 5), 20 * PAGE);
        assertArrayEquals(expected, client.read("big"));
        assertEquals(0, overlay.use().bytes());
        client.write("big", 10 * PAGE + 10, "X");
        expected[10 * PAGE + 10] = 'X';
        assertArrayEquals(expected, client.read("big"));
    }

    @Test
    void spaceEndsOnTheExactPage() throws FsException {
        client.create("full");
        for (int page = 0; page < 64; page++) {
            client.write("full", (long) page * PAGE, new byte[PAGE]);
        }
        assertEquals(0, overlay.statfs().free());
        assertFails(Errno.ENOSPC, () -> client.write("full", 64 * PAGE, "X"));
        assertFails(Errno.ENOSPC, () -> client.write("small", 0, "X"));
        assertEquals(64 * PAGE, client.stat("full").size());
        assertEquals("small", client.text("small"));
        client.write("full", 5, "still writable");
        client.unlink("full");
        assertEquals(64, overlay.statfs().free());
        client.write("small", 0, "S");
        assertEquals("Small", client.text("small"));
    }

    @Test
    void aWriteOfManyPagesThatDoesNotFitWritesNone() throws FsException {
        assertFails(Errno.ENOSPC, () -> client.write("big", 1, new byte[64 * PAGE]));
        assertArrayEquals(big, client.read("big"));
        assertEquals(0, overlay.use().bytes());
        assertEquals(0, overlay.use().inodes());
    }

    @Test
    void aHoleInALowerFileReadsAsZerosAndTakesNoSpace() throws FsException {
        client.fallocate("big", 10 * PAGE, 20 * PAGE, FileData.PUNCH_HOLE | FileData.KEEP_SIZE);
        byte[] expected = big.clone();
        Arrays.fill(expected, 10 * PAGE, 30 * PAGE, (byte) 0);
        assertArrayEquals(expected, client.read("big"));
        assertTrue(overlay.use().bytes() < PAGE);
        assertEquals(10 * PAGE, client.lseek("big", 0, FileTree.SEEK_HOLE));
        assertEquals(30 * PAGE, client.lseek("big", 10 * PAGE, FileTree.SEEK_DATA));
    }

    @Test
    void holesOfANewFileStayHoles() throws FsException {
        client.create("sparse");
        client.write("sparse", 1L << 40, "end");
        assertEquals(PAGE, overlay.use().bytes());
        assertEquals(8, client.stat("sparse").blocks());
        assertEquals(1L << 40, client.lseek("sparse", 0, FileTree.SEEK_DATA));
        assertEquals(0, client.lseek("sparse", 0, FileTree.SEEK_HOLE));
        assertFails(Errno.ENXIO, () -> client.lseek("sparse", (1L << 40) + 3, FileTree.SEEK_DATA));
    }

    @Test
    void allocatedSpaceIsThereWhenItIsWrittenLater() throws FsException {
        client.fallocate("big", 0, 40 * PAGE, 0);
        assertEquals(40 * PAGE, overlay.use().bytes());
        assertArrayEquals(big, client.read("big"));
        client.create("rest");
        client.write("rest", 0, new byte[24 * PAGE]);
        client.write("big", PAGE, random(39 * PAGE));
        assertFails(Errno.ENOSPC, () -> client.fallocate("big", 0, 41 * PAGE, 0));
        assertFails(Errno.ENOSPC, () -> client.fallocate("rest", 0, 1L << 60, FileData.KEEP_SIZE));
        assertEquals(64 * PAGE, overlay.use().bytes());
    }

    @Test
    void sizesBeyondTheLargestAreRefused() {
        assertFails(Errno.EFBIG, () -> client.write("big", Long.MAX_VALUE - 10, "X"));
        assertFails(Errno.EFBIG, () -> client.truncate("big", Long.MAX_VALUE));
        assertFails(Errno.EFBIG, () -> client.fallocate("big", Long.MAX_VALUE - 10, 100, 0));
        assertFails(Errno.EOPNOTSUPP, () -> client.fallocate("big", 0, PAGE, 8));
    }

    @Test
    void memoryGoesBackToTheSystemWhenFilesGo() throws FsException {
        Overlay large = union(64L << 20);
        Client inside = new Client(large);
        inside.create("f");
        for (int i = 0; i < 32; i++) {
            inside.write("f", (long) i << 20, new byte[1 << 20]);
        }
        Store store = large.upper().store;
        assertEquals(32L << 20, memory(store));
        inside.truncate("f", 0);
        assertEquals(store instanceof MemoryStore ? 1L << 20 : 0, memory(store), "one slab is kept");
        large.close();
        if (store instanceof MemoryStore) {
            assertEquals(0, memory(store));
        }
    }

    private static long memory(Store store) {
        return store instanceof MemoryStore memory
                ? memory.pool().memory()
                : ((TmpfsStore) store).tmpfs().usedPages() * PAGE;
    }

    /** @return the id of "full", which has all the space and stays looked up */
    private long fillAndLookUp() throws FsException {
        client.create("full");
        client.write("full", 0, random(64 * PAGE));
        return client.lookup("full").id();
    }

    /** The kernel sends RELEASE and FORGET after close(2) and unlink(2) have returned. */
    @Test
    void spaceIsThereOnceAFileIsDeletedThoughTheKernelLetsGoOfItLater() throws Exception {
        long id = fillAndLookUp();
        long handle = overlay.open(id, 1, CALLER).handle();
        client.unlink("full");
        Thread kernel = new Thread(() -> {
            LockSupport.parkNanos(30_000_000);
            overlay.release(id, handle);
            LockSupport.parkNanos(10_000_000);
            overlay.forget(id, 1);
        });
        kernel.start();
        client.create("new");
        client.write("new", 0, random(64 * PAGE));
        kernel.join();
        assertEquals(64 * PAGE, overlay.use().bytes());
    }

    @Test
    void anInodeIsThereOnceAFileIsDeletedThoughTheKernelLetsGoOfItLater() throws Exception {
        int made = 0;
        for (; overlay.statfs().filesFree() > 0; made++) {
            client.create("f" + made);
        }
        assertFails(Errno.ENOSPC, () -> client.create("one more"));
        long id = client.lookup("f0").id();
        client.unlink("f0");
        Thread kernel = new Thread(() -> {
            LockSupport.parkNanos(30_000_000);
            overlay.forget(id, 1);
        });
        kernel.start();
        client.mkdir("one more");
        kernel.join();
    }

    @Test
    void aDeletedFileThatStaysOpenKeepsItsSpace() throws FsException {
        long id = fillAndLookUp();
        long handle = overlay.open(id, 0, CALLER).handle();
        client.unlink("full");
        client.create("new");
        assertFails(Errno.ENOSPC, () -> client.write("new", 0, "x"));
        overlay.release(id, handle);
        overlay.forget(id, 1);
        client.write("new", 0, "x");
    }
}
