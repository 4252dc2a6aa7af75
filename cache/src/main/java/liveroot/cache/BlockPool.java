package liveroot.cache;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * Direct memory in pieces whose sizes are powers of two, handed out up to a limit and used again. What was given back is
 * kept for its own size; when another size needs the room it is returned to the operating system at once, not when the
 * garbage collector gets to it.
 */
final class BlockPool {

    private static final int SMALLEST_SHIFT = 12;
    private static final int LARGEST_SHIFT = 30;

    private final long limit;
    private final ArrayDeque<ByteBuffer>[] free;
    /** Bytes handed out and kept. */
    private long allocated;
    /** Bytes handed out. */
    private long used;

    private long mostUsed;

    /** @param limit bytes handed out and kept, at the most */
    @SuppressWarnings({"unchecked", "rawtypes"})
    BlockPool(long limit) {
        this.limit = limit;
        this.free = new ArrayDeque[LARGEST_SHIFT - SMALLEST_SHIFT + 1];
        for (int i = 0; i < free.length; i++) {
            free[i] = new ArrayDeque<>();
        }
    }

    /** What a block of {@code length} bytes takes from the pool. */
    static int footprint(int length) {
        return 1 << shift(length);
    }

    private static int shift(int length) {
        if (length < 0 || length > 1 << LARGEST_SHIFT) {
            throw new IllegalArgumentException("a block of " + length + " bytes");
        }
        return length <= 1 << SMALLEST_SHIFT ? SMALLEST_SHIFT : 32 - Integer.numberOfLeadingZeros(length - 1);
    }

    /** A block of {@code length} bytes of any content, or null if the limit does not allow it now. */
    Block tryTake(int length) {
        int shift = shift(length);
        int size = 1 << shift;
        ByteBuffer memory;
        synchronized (this) {
            memory = free[shift - SMALLEST_SHIFT].pollLast();
            if (memory == null) {
                if (used + size > limit) {
                    return null;
                }
                while (allocated + size > limit) {
                    returnOneKept();
                }
                allocated += size;
            }
            used += size;
            mostUsed = Math.max(mostUsed, used);
        }
        if (memory == null) {
            try {
                memory = ByteBuffer.allocateDirect(size);
            } catch (OutOfMemoryError e) {
                synchronized (this) {
                    allocated -= size;
                    used -= size;
                }
                return null;
            }
        }
        return new Block(this, memory, length);
    }

    private void returnOneKept() {
        for (int i = free.length - 1; i >= 0; i--) {
            ByteBuffer memory = free[i].pollFirst();
            if (memory != null) {
                allocated -= memory.capacity();
                DirectMemory.free(memory);
                return;
            }
        }
        throw new AssertionError("pool counts " + allocated + " bytes allocated, " + used + " used, and keeps none");
    }

    synchronized void giveBack(ByteBuffer memory) {
        used -= memory.capacity();
        free[shift(memory.capacity()) - SMALLEST_SHIFT].addLast(memory);
        notifyAll();
    }

    /** Waits until a block is given back, or for {@code millis}. */
    @SuppressWarnings("WaitNotInLoop") // the caller tries again after every return, whatever woke it
    synchronized void awaitRelease(long millis) throws InterruptedException {
        wait(millis);
    }

    long limit() {
        return limit;
    }

    /** Bytes handed out now. */
    synchronized long used() {
        return used;
    }

    /** The most bytes that were handed out at one time. */
    synchronized long mostUsed() {
        return mostUsed;
    }

    /** Bytes handed out or kept. */
    synchronized long allocated() {
        return allocated;
    }

    /** Returns everything that is kept to the operating system. */
    synchronized void trim() {
        while (allocated > used) {
            returnOneKept();
        }
    }
}
