package liveroot.overlay;

import static liveroot.overlay.OverlayTest.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.util.Random;
import liveroot.fs.AttributeChange;
import liveroot.fs.Caller;
import liveroot.fs.Created;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Name;
import liveroot.fs.Node;
import liveroot.fs.Opened;
import liveroot.fs.sys.Libc;
import liveroot.fs.sys.NativeMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Files of a union that the kernel reads and writes by their descriptors, without a word to us. */
class TmpfsStoreTest {

    private static final int PAGE = 4096;
    private static final int O_RDWR = 2;

    private final byte[] big = new byte[300 * PAGE];
    private final PlainTree lower = new PlainTree().file("small", "small").file("big", 0644, big);
    private Overlay overlay;
    private Client client;

    @BeforeEach
    void mount() throws FsException {
        assumeTrue(Libc.geteuid() == 0, "a detached tmpfs is for root");
        new Random(1).nextBytes(big);
        overlay = TestStore.TMPFS.over(lower, FileTree.ROOT, 64 * PAGE, 100);
        client = new Client(overlay);
    }

    @AfterEach
    void givesEverythingBack() {
        if (overlay != null) {
            assertEquals(0, overlay.upper().referenced());
            overlay.close();
        }
    }

    private static long kernelWrites(int fd, long offset, int length) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(length);
        return Libc.pwrite(fd, NativeMemory.address(bytes), length, offset);
    }

    private Created create(String name) throws FsException {
        return overlay.create(FileTree.ROOT, Name.of(name), 0644, O_RDWR, Caller.ROOT);
    }

    private void close(long id, Opened opened) {
        overlay.release(id, opened.handle());
        overlay.forget(id, 1);
    }

    @Test
    void aNewFileHasADescriptorAndShowsWhatIsWrittenToIt() throws FsException {
        Created made = create("f");
        long id = made.node().id();
        int fd = made.opened().backing();
        assertTrue(fd >= 0);
        overlay.setattr(id, 0, AttributeChange.ofMode(0600), Caller.ROOT);
        assertEquals(10_000, kernelWrites(fd, 0, 10_000));
        assertEquals(10_000, overlay.getattr(id).size());
        assertEquals(24, overlay.getattr(id).blocks());
        overlay.setattr(id, 0, AttributeChange.ofSize(5000), Caller.ROOT);
        assertEquals(5000, overlay.getattr(id).size());
        close(id, made.opened());
        assertEquals(5000, client.stat("f").size());
        assertEquals(2 * PAGE, overlay.use().bytes());
        client.unlink("f");
        assertEquals(0, overlay.use().bytes());
        assertEquals(3 * PAGE, overlay.use().mostBytes());
    }

    @Test
    void theKernelEndsOnTheExactPageAndTheRestIsUsable() throws FsException {
        Created made = create("f");
        int fd = made.opened().backing();
        assertEquals(64 * PAGE, kernelWrites(fd, 0, 80 * PAGE));
        assertEquals(-Errno.ENOSPC.number(), kernelWrites(fd, 64 * PAGE, 1));
        assertEquals(0, overlay.statfs().free());
        assertFails(Errno.ENOSPC, () -> client.write("small", 0, "S"));
        assertFails(Errno.ENOSPC, () -> client.setxattr("small", "user.a", "value"));
        overlay.setattr(made.node().id(), 0, AttributeChange.ofSize(62 * PAGE), Caller.ROOT);
        client.setxattr("small", "user.a", "value");
        assertEquals(
                -Errno.ENOSPC.number(),
                kernelWrites(fd, 62 * PAGE, 2 * PAGE) == PAGE ? kernelWrites(fd, 63 * PAGE, 1) : 0,
                "what an attribute takes the data cannot have");
        close(made.node().id(), made.opened());
    }

    @Test
    void aSmallFileOfTheImageIsCopiedUpWhenItIsOpenedForWriting() throws FsException {
        Node node = client.lookup("small");
        Opened reading = overlay.open(node.id(), 0, Caller.ROOT);
        assertEquals(-1, reading.backing());
        overlay.release(node.id(), reading.handle());
        Opened writing = overlay.open(node.id(), O_RDWR, Caller.ROOT);
        assertTrue(writing.backing() >= 0);
        assertEquals(node.attributes().mtime(), overlay.getattr(node.id()).mtime(), "nothing was changed");
        assertEquals(1, kernelWrites(writing.backing(), 0, 1));
        assertEquals("\0mall", client.text("small"));
        overlay.release(node.id(), writing.handle());
        Opened again = overlay.open(node.id(), 0, Caller.ROOT);
        assertTrue(again.backing() >= 0);
        close(node.id(), again);
    }

    @Test
    void aLargeFileOfTheImageComesToTheDaemonUntilAllOfItIsInTheUnion() throws FsException {
        Node node = client.lookup("big");
        Opened writing = overlay.open(node.id(), O_RDWR, Caller.ROOT);
        assertEquals(-1, writing.backing());
        client.write("big", 10, "x");
        assertEquals(PAGE, overlay.use().bytes());
        client.truncate("big", 3 * PAGE);
        client.write("big", PAGE, new byte[2 * PAGE]);
        overlay.release(node.id(), writing.handle());
        byte[] before = client.read("big");
        Opened again = overlay.open(node.id(), O_RDWR, Caller.ROOT);
        assertTrue(again.backing() >= 0);
        assertArrayEquals(before, client.read("big"));
        close(node.id(), again);
    }

    @Test
    void timesThatAreSetStayUntilTheKernelWrites() throws FsException {
        Created made = create("f");
        long id = made.node().id();
        kernelWrites(made.opened().backing(), 0, 1);
        AttributeChange change = new AttributeChange(AttributeChange.MTIME, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0);
        overlay.setattr(id, 0, change, Caller.ROOT);
        assertEquals(7, overlay.getattr(id).mtime());
        kernelWrites(made.opened().backing(), 1, 1);
        assertTrue(overlay.getattr(id).mtime() > 7);
        overlay.setattr(id, 0, change, Caller.ROOT);
        close(id, made.opened());
        assertEquals(7, client.stat("f").mtime());
    }
}
