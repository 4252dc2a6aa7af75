package liveroot.fs.fuse.kernel;

import liveroot.fs.sys.Libc;

/**
 * How one worker waits for its next request. To sleep and be woken costs as much as to serve, but to look for requests
 * without sleeping takes a core. So a worker looks only if the last request came soon, and for no longer than one is worth.
 * After a look in vain it sleeps through some waits, twice as many each time; through many more after one that took the
 * core from another thread: on a busy machine that costs a time slice, and sleeping is as good.
 */
final class Patience {

    private static final long SPIN = Entrance.SPIN_MICROSECONDS * 1_000L;

    /** A wait that would have been worth it: with what a sleeper takes to wake up, nanoseconds. */
    private static final long SOON = SPIN + 30_000;

    /** A yield that took so long has let another thread run, nanoseconds. */
    private static final long YIELDED = 100_000;

    private static final int LONGEST_REST = 512;
    private static final int LONGEST_REST_FROM_OTHERS = 1 << 16;

    /** Requests found by looking after which others are taken for less of a nuisance. */
    private static final int QUIET = 1024;

    private final Entrance entrance;
    private int descriptor;
    private boolean requestsKeepComing;
    private int rest;
    private int nextRest = 1;
    private int nextRestFromOthers = LONGEST_REST;
    private int found;

    Patience(Entrance entrance) {
        this.entrance = entrance;
        this.descriptor = entrance.fuse;
    }

    /** The descriptor that the last request came from, and its reply goes to. */
    int descriptor() {
        return descriptor;
    }

    /** Waits for a request. @return its bytes, or -errno */
    long read(long address, int length) {
        long start = System.nanoTime();
        if (rest > 0) {
            rest--;
        } else if (requestsKeepComing && entrance.enter()) {
            try {
                long n = look(address, length, start);
                if (n != -Libc.EAGAIN) {
                    found();
                    return n;
                }
            } finally {
                entrance.leave();
            }
        }
        descriptor = entrance.fuse;
        long n = Libc.read(descriptor, address, length);
        requestsKeepComing = System.nanoTime() - start < SOON;
        return n;
    }

    private long look(long address, int length, long start) {
        descriptor = entrance.clone;
        for (long now = start; now - start < SPIN; ) {
            long n = Libc.read(descriptor, address, length);
            if (n != -Libc.EAGAIN) {
                return n;
            }
            Libc.schedYield();
            long before = now;
            now = System.nanoTime();
            if (now - before > YIELDED) {
                rest = nextRestFromOthers;
                nextRestFromOthers = Math.min(LONGEST_REST_FROM_OTHERS, 2 * nextRestFromOthers);
                return -Libc.EAGAIN;
            }
        }
        rest = nextRest;
        nextRest = Math.min(LONGEST_REST, 2 * nextRest);
        return -Libc.EAGAIN;
    }

    private void found() {
        nextRest = 1;
        if (++found == QUIET) {
            found = 0;
            nextRestFromOthers = Math.max(LONGEST_REST, nextRestFromOthers / 2);
        }
    }
}
