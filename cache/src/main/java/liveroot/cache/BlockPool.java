package liveroot.cache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/**
 * Direct memory in pieces whose sizes are powers of two, handed out up to a limit and used again. What was given back is
 * kept for its own size; when another size needs the room it is freed at once, not when the garbage collector gets to it.
 *
 * <p>Whether what is freed leaves the process is the C library's affair. glibc's malloc stops giving large pieces back
 * once it has seen some of them freed; with MALLOC_MMAP_THRESHOLD_=65536 in the environment it does not, and resident
 * memory stays within the limit (docs/benchmarks.md).
 */
final class BlockPool {

    private static final int SMALLEST_SHIFT = 12;
    private static final int LARGEST_SHIFT = 30;

    private final long limit;
    private final IntFunction<ByteBuffer> memorySource;
    private final ArrayDeque<ByteBuffer>[] free;
    /** Bytes handed out and kept. */
    private long allocated;
    /** Bytes handed out. */
    private long used;

    private long mostUsed;
    private boolean closed;

    /** Threads that look for memory to evict or wait for it. Written before they look, read after a block is let go. */
    private final AtomicInteger seekers = new AtomicInteger();
    /** Events that may let a seeker get on. */
    private long events;

    /** @param limit bytes handed out and kept, at the most */
    BlockPool(long limit) {
        this(limit, ByteBuffer::allocateDirect);
    }

    /** With a {@code memorySource} that may throw {@link OutOfMemoryError}. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    BlockPool(long limit, IntFunction<ByteBuffer> memorySource) {
        this.limit = limit;
        this.memorySource = memorySource;
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

    /**
     * A block of {@code length} bytes of any content, or null if it cannot be had now.
     *
     * @throws IOException if it cannot be had at all: the JVM refuses it though nothing is handed out
     */
    Block tryTake(int length) throws IOException {
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
            memory = allocate(size);
            if (memory == null) {
                synchronized (this) {
                    allocated -= size;
                    used -= size;
                    happened();
                    if (used == 0) {
                        throw new IOException("the JVM has no " + size + " bytes of direct memory for the block cache,"
                                + " which has none in use: raise -XX:MaxDirectMemorySize");
                    }
                }
                return null;
            }
        }
        return new Block(this, memory, length);
    }

    /** Null if the JVM's own limit (-XX:MaxDirectMemorySize) or the machine does not allow it, whatever is kept. */
    private ByteBuffer allocate(int size) {
        try {
            return memorySource.apply(size);
        } catch (OutOfMemoryError e) {
            trim();
        }
        try {
            return memorySource.apply(size);
        } catch (OutOfMemoryError e) {
            return null;
        }
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
        if (closed) {
            allocated -= memory.capacity();
            DirectMemory.free(memory);
        } else {
            free[shift(memory.capacity()) - SMALLEST_SHIFT].addLast(memory);
        }
        happened();
    }

    /** Tells seekers that a block has lost all its references but one, which may be the cache's. */
    void mayBeEvictable() {
        if (seekers.get() > 0) {
            synchronized (this) {
                happened();
            }
        }
    }

    private void happened() {
        events++;
        notifyAll();
    }

    /** The caller is going to look for memory, in rounds of {@link #events}, a search and {@link #awaitEvent}. */
    void startSeeking() {
        seekers.incrementAndGet();
    }

    void stopSeeking() {
        seekers.decrementAndGet();
    }

    boolean isSought() {
        return seekers.get() > 0;
    }

    /** Events so far: to be asked before the search, so that none is lost between search and wait. */
    synchronized long events() {
        return events;
    }

    /** Waits for an event after {@code seen}, or for {@code millis}. */
    @SuppressWarnings("WaitNotInLoop") // the caller searches again after every return, whatever woke it
    synchronized void awaitEvent(long seen, long millis) throws InterruptedException {
        if (events == seen) {
            wait(millis);
        }
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

    /** Keeps nothing from now on. */
    synchronized void close() {
        closed = true;
        trim();
        happened();
    }
}
