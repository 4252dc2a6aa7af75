package liveroot.fs.fuse.kernel;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import liveroot.fs.sys.Libc;
import liveroot.fs.sys.NativeMemory;

/**
 * Which inodes are open, and how. The kernel wants all opens of an inode to agree: while one goes through the page cache
 * a passthrough open fails, and while one is passed through all others must be, with the same backing (fs/fuse/iomode.c
 * of Linux). So the first open decides, and the last release makes the choice anew.
 */
final class Backings {

    /** Means that an open is served by the daemon. */
    static final int NONE = 0;

    private static final class Inode {
        int opens;
        int backing;
    }

    private final int fuse;
    private final Map<Long, Inode> inodes = new HashMap<>();
    private long refused;
    private int lastErrno;
    private final ByteBuffer argument = NativeMemory.allocate(16);

    /** @param fuse descriptor of /dev/fuse */
    Backings(int fuse) {
        this.fuse = fuse;
    }

    /**
     * Counts an open.
     *
     * @param fd that holds the whole data of the file, or -1
     * @return backing id to answer with, or {@link #NONE}
     */
    synchronized int open(long id, int fd) {
        Inode inode = inodes.get(id);
        if (inode == null) {
            inode = new Inode();
            inode.backing = fd < 0 ? NONE : register(fd);
            inodes.put(id, inode);
        }
        inode.opens++;
        return inode.backing;
    }

    /** Counts a release. */
    synchronized void release(long id) {
        Inode inode = inodes.get(id);
        if (inode != null && --inode.opens == 0) {
            inodes.remove(id);
            if (inode.backing != NONE) {
                argument.putInt(0, inode.backing);
                Libc.ioctl(fuse, Wire.BACKING_CLOSE, NativeMemory.address(argument));
            }
        }
    }

    private int register(int fd) {
        argument.putInt(0, fd).putInt(4, 0).putLong(8, 0);
        int result = Libc.ioctl(fuse, Wire.BACKING_OPEN, NativeMemory.address(argument));
        if (result < 0) {
            refused++;
            lastErrno = -result;
            return NONE;
        }
        return result;
    }

    /** What the kernel did not take, in a sentence; null if it took all. */
    synchronized String refusal() {
        return refused == 0
                ? null
                : "the kernel did not take " + refused + " open files (" + Libc.error(lastErrno) + ")";
    }

    void free() {
        NativeMemory.free(argument);
    }
}
