package liveroot.cache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/**
 * Memory in pieces whose sizes are powers of two, handed out up to a limit and used again: what was given back is cut or
 * joined for the next that asks. Only where that does not make one large enough, RAM of smaller pieces is given back to
 * the operating system for that of a larger one.
 *
 * <p>The limit is of RAM. Address space is taken in slabs, and may be a multiple of that. Where huge pages are used, what
 * is left of the last one is RAM on top of the limit.
 */
final class BlockPool {

    private static final int PAGE_SHIFT = 12;
    private static final int LARGEST_SHIFT = 30;
    private static final int SLAB_SHIFT = 25;
    /** What is larger than a slab has a mapping of its own, and is not kept. */
    private static final int LARGEST_ORDER = SLAB_SHIFT - PAGE_SHIFT;

    private static final int NO_PAGE = -1;

    private final long limit;
    /** Slabs from which on another is mapped only if all that is free makes up no piece that is large enough. */
    private final long mostSlabs;

    private final IntFunction<ByteBuffer> mapper;
    /** Of pages that are numbered through all of them. */
    private final List<ByteBuffer> slabs = new ArrayList<>();
    /** Free pieces that have RAM, and free pieces that are but addresses. */
    private final Buddies kept = new Buddies(LARGEST_ORDER);

    private final Buddies bare = new Buddies(LARGEST_ORDER);
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

    /**
     * In a limit of 64 MiB or more, a huge page is not missed.
     *
     * @param limit bytes handed out and kept, at the most
     */
    BlockPool(long limit) {
        this(limit, length -> MappedMemory.map(length, limit >= 64 << 20));
    }

    /** With a {@code mapper} of {@link MappedMemory}, that may throw {@link OutOfMemoryError}. */
    BlockPool(long limit, IntFunction<ByteBuffer> mapper) {
        this.limit = limit;
        this.mostSlabs = 1 + ((2 * limit) >> SLAB_SHIFT);
        this.mapper = mapper;
    }

    /** What a block of {@code length} bytes takes from the pool. */
    static int footprint(int length) {
        return 1 << shift(length);
    }

    private static int shift(int length) {
        if (length < 0 || length > 1 << LARGEST_SHIFT) {
            throw new IllegalArgumentException("a block of " + length + " bytes");
        }
        return length <= 1 << PAGE_SHIFT ? PAGE_SHIFT : 32 - Integer.numberOfLeadingZeros(length - 1);
    }

    /**
     * A block of {@code length} bytes of any content, or null if it cannot be had now.
     *
     * @throws IOException if it cannot be had at all: the host refuses it though nothing is handed out
     */
    Block tryTake(int length) throws IOException {
        int shift = shift(length);
        int size = 1 << shift;
        synchronized (this) {
            if (used + size > limit) {
                return null;
            }
            int page = NO_PAGE;
            ByteBuffer memory;
            try {
                if (shift > SLAB_SHIFT) {
                    makeRoom(size);
                    memory = mapper.apply(size);
                    allocated += size;
                } else {
                    page = piece(shift - PAGE_SHIFT);
                    memory = memory(page, size);
                }
            } catch (OutOfMemoryError e) {
                if (used == 0) {
                    throw new IOException(
                            "the host has no address space for the block cache, which has none in use: raise the limit"
                                    + " (ulimit -v)",
                            e);
                }
                return null;
            }
            used += size;
            mostUsed = Math.max(mostUsed, used);
            return new Block(this, page, memory, length);
        }
    }

    private int piece(int order) {
        int page = kept.take(order);
        if (page < 0) {
            int size = 1 << (order + PAGE_SHIFT);
            makeRoom(size);
            page = bare.take(order);
            if (page < 0 && slabs.size() >= mostSlabs) {
                page = joined(order);
            }
            if (page < 0) {
                page = mapped(order);
            }
            allocated += size;
        }
        return page;
    }

    /** What is kept and what is bare join only if both are bare. */
    private int joined(int order) {
        returnKept();
        return bare.take(order);
    }

    private int mapped(int order) {
        try {
            slabs.add(mapper.apply(1 << SLAB_SHIFT));
        } catch (OutOfMemoryError e) {
            int page = joined(order);
            if (page < 0) {
                throw e;
            }
            return page;
        }
        bare.add((slabs.size() - 1) << LARGEST_ORDER, LARGEST_ORDER);
        return bare.take(order);
    }

    private ByteBuffer memory(int page, int size) {
        ByteBuffer slab = slabs.get(page >> LARGEST_ORDER);
        return slab.slice((page & ((1 << LARGEST_ORDER) - 1)) << PAGE_SHIFT, size);
    }

    /** Gives back RAM that is kept until there is room for {@code size} bytes of it. */
    private void makeRoom(int size) {
        while (allocated + size > limit) {
            returnOneKept();
        }
    }

    private void returnKept() {
        while (allocated > used) {
            returnOneKept();
        }
    }

    private void returnOneKept() {
        int order = kept.largest();
        if (order < 0) {
            throw new AssertionError(
                    "pool counts " + allocated + " bytes allocated, " + used + " used, and keeps none");
        }
        returnRam(kept.take(order), order);
    }

    private void returnRam(int page, int order) {
        int size = 1 << (order + PAGE_SHIFT);
        MappedMemory.discard(memory(page, size));
        bare.add(page, order);
        allocated -= size;
    }

    synchronized void giveBack(int page, ByteBuffer memory) {
        int size = memory.capacity();
        used -= size;
        if (page == NO_PAGE) {
            MappedMemory.unmap(memory);
            allocated -= size;
        } else if (closed) {
            returnRam(page, shift(size) - PAGE_SHIFT);
        } else {
            kept.add(page, shift(size) - PAGE_SHIFT);
        }
        unmapAfterClose();
        happened();
    }

    private void unmapAfterClose() {
        if (closed && allocated == 0) {
            slabs.forEach(MappedMemory::unmap);
            slabs.clear();
            bare.clear();
        }
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

    /** Keeps nothing from now on. */
    synchronized void close() {
        closed = true;
        returnKept();
        unmapAfterClose();
        happened();
    }
}
