package liveroot.overlay;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import liveroot.fs.Errno;
import liveroot.fs.FsException;

/**
 * Inodes without a name that the kernel still knows. It says that a file is closed (RELEASE) and that it is forgotten
 * (FORGET) after close(2) and unlink(2) have returned, but a program counts on the space from then on: so what lacks space
 * waits a moment for what was deleted a moment ago. Nothing waits longer than that, whatever others delete meanwhile.
 */
final class Orphans {

    /** How long the kernel may take to let go of an inode. Nanoseconds. */
    private static final long LETTING_GO = 100_000_000;

    private volatile int count;

    /** When the last of them became one. */
    private volatile long last = System.nanoTime() - LETTING_GO;

    /** Begin of a span of {@link #LETTING_GO}, and the bytes of those that became orphans in it and in the one before. */
    private long since = last;

    private long bytes;
    private long bytesBefore;

    /** How many inodes have gone, counted round and round. */
    private final AtomicInteger deletions = new AtomicInteger();

    interface Operation<T> {
        T run() throws FsException;
    }

    synchronized void add(long size) {
        long now = System.nanoTime();
        if (now - since >= LETTING_GO) {
            bytesBefore = now - since < 2 * LETTING_GO ? bytes : 0;
            bytes = 0;
            since = now;
        }
        bytes += size;
        last = now;
        count++;
    }

    /** One has gone, or got a name. */
    synchronized void remove(long size) {
        long late = Math.min(size, bytes);
        bytes -= late;
        bytesBefore = Math.max(0, bytesBefore - (size - late));
        count--;
    }

    /** An inode has gone, whether it was an orphan or not, and its space is free. */
    void deleted() {
        deletions.incrementAndGet();
    }

    /** Whether there are inodes that the kernel may be about to let go of. */
    private boolean mayHaveMore() {
        return count > 0 && System.nanoTime() - last < LETTING_GO;
    }

    private synchronized long lateBytes() {
        return bytes + bytesBefore;
    }

    /** Does what needs space; if there is none, tries again after each deletion, as what fails has changed nothing. */
    <T> T patiently(Operation<T> operation) throws FsException {
        long end = 0;
        for (; ; ) {
            int before = deletions.get();
            try {
                return operation.run();
            } catch (FsException e) {
                if (e.errno() != Errno.ENOSPC) {
                    throw e;
                }
                end = end == 0 ? System.nanoTime() + LETTING_GO : end;
                while (deletions.get() == before) {
                    if (!mayHaveMore() || !pause(end)) {
                        throw e;
                    }
                }
                if (System.nanoTime() - end >= 0) {
                    throw e;
                }
            }
        }
    }

    /**
     * Goes before the kernel is given a file that it will write to by itself: when that fails for want of space, nobody is
     * asked. Waits a moment if most of the space was deleted just now.
     */
    void await(LongSupplier freeBytes) {
        long end = System.nanoTime() + LETTING_GO;
        while (mayHaveMore() && freeBytes.getAsLong() < lateBytes()) {
            if (!pause(end)) {
                return;
            }
        }
    }

    /** @return false, at once, if it is {@code end} or the thread is interrupted */
    private static boolean pause(long end) {
        if (System.nanoTime() - end >= 0) {
            return false;
        }
        try {
            Thread.sleep(1);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
