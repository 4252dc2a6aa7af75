package liveroot.fs.squashfs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.locks.LockSupport;
import liveroot.cache.BlockCache;

/** What must be true of a cache that was closed: sooner or later all of its memory is released. */
public final class ReleasedMemory {

    private static final long LONGEST_WAIT = 60_000_000_000L;

    private ReleasedMemory() {}

    /** Waits for loads ahead of demand that are under way. */
    public static void await(BlockCache closed) {
        long deadline = System.nanoTime() + LONGEST_WAIT;
        while (closed.stats().used() > 0 && System.nanoTime() < deadline) {
            LockSupport.parkNanos(100_000);
        }
        assertEquals(0, closed.stats().used(), "bytes of blocks that were never released");
    }
}
