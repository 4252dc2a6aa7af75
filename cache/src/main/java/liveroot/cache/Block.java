package liveroot.cache;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/**
 * A piece of pooled direct memory with a reference count that starts at one. Whoever holds a reference may look at the
 * bytes; when the last is released the memory goes back to the pool and the block must not be touched again.
 *
 * <p>Content and length are written by the loading thread alone, before its {@link #retain} on behalf of the cache. A
 * reader finds the block only after that, and begins with a successful update of the same volatile count; so it sees them,
 * however the block was handed over. In the same way all that readers did happens before the memory is used again: each
 * ends with an update of the count, and the last of them gives the memory back under the pool's monitor.
 */
public final class Block {

    private static final AtomicIntegerFieldUpdater<Block> REFERENCES =
            AtomicIntegerFieldUpdater.newUpdater(Block.class, "references");
    private static final AtomicIntegerFieldUpdater<Block> UNUSED =
            AtomicIntegerFieldUpdater.newUpdater(Block.class, "unused");

    private final BlockPool pool;
    /** By which the pool knows the memory. */
    private final int page;

    private final ByteBuffer memory;
    private int length;
    private volatile int references = 1;
    /** Loaded ahead of demand, and not asked for since. */
    private volatile int unused;

    Block(BlockPool pool, int page, ByteBuffer memory, int length) {
        this.pool = pool;
        this.page = page;
        this.memory = memory;
        this.length = length;
    }

    /** Bytes of content. */
    public int length() {
        return length;
    }

    /** Bytes of memory that this block takes from the pool: {@link #length()} rounded up. */
    public int footprint() {
        return memory.capacity();
    }

    /**
     * The memory itself, shared by all holders: only its absolute methods may be used, on offsets below {@link
     * #length()}. Big endian, whatever the content is.
     *
     * @throws IllegalStateException if the block has been released
     */
    public ByteBuffer memory() {
        if (references <= 0) {
            throw new IllegalStateException("block is used after its release");
        }
        return memory;
    }

    /** A view of a part of the content with a position and limit of its own. */
    public ByteBuffer slice(int offset, int length) {
        if ((offset | length) < 0 || offset > this.length - length) {
            throw new IndexOutOfBoundsException(offset + " + " + length + " of " + this.length);
        }
        return memory().slice(offset, length);
    }

    /** Makes the content shorter, before the block is shared. */
    void truncate(int newLength) {
        if (newLength < 0 || newLength > length) {
            throw new IndexOutOfBoundsException(newLength + " of " + length);
        }
        length = newLength;
    }

    /** Marks content that nobody has asked for yet, before the block is shared. */
    void prefetched() {
        unused = 1;
    }

    /** Whether this is the first use of a block loaded ahead of demand; true once. */
    boolean isFirstUse() {
        return unused != 0 && UNUSED.compareAndSet(this, 1, 0);
    }

    /** Whether there is but one reference: if the cache holds one, whether no reader does. */
    boolean isUnheld() {
        return references == 1;
    }

    /** Takes one more reference, on top of one that the caller holds. */
    public void retain() {
        if (!tryRetain()) {
            throw new IllegalStateException("block is retained after its release");
        }
    }

    /** Takes a reference unless the last one has been released already. */
    boolean tryRetain() {
        for (; ; ) {
            int now = references;
            if (now <= 0) {
                return false;
            }
            if (REFERENCES.compareAndSet(this, now, now + 1)) {
                return true;
            }
        }
    }

    /** Gives back one reference. */
    public void release() {
        int left = REFERENCES.decrementAndGet(this);
        if (left == 0) {
            pool.giveBack(page, memory);
        } else if (left == 1) {
            pool.mayBeEvictable();
        } else if (left < 0) {
            throw new IllegalStateException("block is released twice");
        }
    }
}
