package liveroot.overlay;

import static liveroot.overlay.OverlayTest.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import org.junit.jupiter.api.Test;

/** What lies on the heap is bounded by the number of inodes, however large the union is. */
class HeapLimitTest {

    private static final long SIZE = 1L << 40;
    private static final int VALUE = 60_000;
    private static final int HELD = (int) (Overlay.LEAST_TEXT / VALUE);

    private final Overlay overlay = union();
    private final Client client = new Client(overlay);

    private static Overlay union() {
        try {
            return TestStore.current().over(new PlainTree().dir("d"), FileTree.ROOT, SIZE, 100);
        } catch (FsException e) {
            throw new AssertionError(e);
        }
    }

    private static String value() {
        char[] value = new char[VALUE];
        Arrays.fill(value, 'v');
        return new String(value);
    }

    @Test
    void extendedAttributesStopLongBeforeTheUnionIsFullAndFilesGoOn() throws FsException {
        client.create("f");
        for (int i = 0; i < HELD; i++) {
            client.setxattr("f", "user.a" + i, value());
        }
        assertFails(Errno.ENOSPC, () -> client.setxattr("f", "user.more", value()));
        client.create("g");
        client.write("g", 0, "content");
        client.unlink("f");
        client.setxattr("g", "user.more", value());
        Invariants.check(overlay);
    }

    @Test
    void longSymlinkTargetsCountToo() throws FsException {
        String target = "t".repeat(4000);
        FsException full = assertThrows(FsException.class, () -> {
            for (int i = 0; ; i++) {
                client.symlink(target, "s" + i);
            }
        });
        assertEquals(Errno.ENOSPC, full.errno());
        Invariants.check(overlay);
    }
}
