package liveroot.cache;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/**
 * A piece of pooled direct memory with a reference count that starts at one. Whoever holds a reference may look at the
 * bytes; when the last is released the memory goes back to the pool and the block must not be touched again.
 */
public final class Block {

    private static final AtomicIntegerFieldUpdater<Block> REFERENCES =
            AtomicIntegerFieldUpdater.newUpdater(Block.class, "references");

    private final BlockPool pool;
    private final ByteBuffer memory;
    private int length;
    private volatile int references = 1;

    Block(BlockPool pool, ByteBuffer memory, int length) {
        this.pool = pool;
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
            pool.giveBack(memory);
        } else if (left < 0) {
            throw new IllegalStateException("block is released twice");
        }
    }
}
