package liveroot.fs.fuse.kernel;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import liveroot.fs.fuse.Mounter;
import liveroot.fs.sys.Libc;
import liveroot.fs.sys.NativeMemory;

/**
 * Where the requests of a mount come in: the descriptor that was mounted, on which a worker sleeps, and a clone of it
 * (FUSE_DEV_IOC_CLONE) that does not block, on which one may look for a while before it sleeps. Both get the requests of
 * one queue; a reply goes the way its request came.
 *
 * <p>No more than {@link #MOST_AWAKE} look at the same time, and none on a machine of one core: it would keep that from
 * the client.
 */
final class Entrance {

    private static final int MOST_AWAKE = 2;

    /** For comparison: {@code -Dliveroot.spin=0} has all workers sleep at once. */
    static final int SPIN_MICROSECONDS = Integer.getInteger("liveroot.spin", 50);

    /** The descriptor that was mounted. */
    final int fuse;

    /** Its clone, or -1. */
    final int clone;

    private final AtomicInteger awake = new AtomicInteger();

    /** @param clone of {@code fuse} that does not block, or -1 */
    Entrance(int fuse, int clone) {
        this.fuse = fuse;
        this.clone = clone;
    }

    /** Takes the descriptor over; a clone is made where there may be a core to spare. */
    static Entrance of(int fuse) {
        boolean mayLook = SPIN_MICROSECONDS > 0 && Runtime.getRuntime().availableProcessors() > 1;
        return new Entrance(fuse, mayLook ? cloneOf(fuse) : -1);
    }

    private static int cloneOf(int fuse) {
        int clone = Libc.open(Mounter.DEVICE, Libc.O_RDWR | Libc.O_NONBLOCK, 0);
        if (clone < 0) {
            return -1;
        }
        ByteBuffer argument = NativeMemory.allocate(Integer.BYTES);
        try {
            argument.putInt(0, fuse);
            if (Libc.ioctl(clone, Wire.DEVICE_CLONE, NativeMemory.address(argument)) == 0) {
                return clone;
            }
        } finally {
            NativeMemory.free(argument);
        }
        Libc.close(clone);
        return -1;
    }

    /** Whether one more may look for requests without sleeping; {@link #leave} ends that. */
    boolean enter() {
        if (clone < 0) {
            return false;
        }
        if (awake.incrementAndGet() > MOST_AWAKE) {
            awake.decrementAndGet();
            return false;
        }
        return true;
    }

    void leave() {
        awake.decrementAndGet();
    }

    void close() {
        if (clone >= 0) {
            Libc.close(clone);
        }
        Libc.close(fuse);
    }
}
