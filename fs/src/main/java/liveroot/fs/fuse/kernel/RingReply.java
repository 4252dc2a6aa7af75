package liveroot.fs.fuse.kernel;

import java.nio.ByteBuffer;
import liveroot.cache.Block;

/** A reply that is put together where it is shared with the kernel, in the memory of a {@link RingEntry}. */
final class RingReply extends Reply {

    private final ByteBuffer memory;

    /**
     * @param fuse descriptor of /dev/fuse
     * @param memory of the entry, in native order
     */
    RingReply(int fuse, ByteBuffer memory) {
        super(fuse, RingEntry.payloadWithHeader(memory));
        this.memory = memory;
    }

    /** The kernel takes it when the entry is committed; it cannot be told here whether that will succeed. */
    @Override
    long send(long unique) {
        notifyStale();
        finish(unique, 0, payload());
        return length;
    }

    @Override
    void sendError(long unique, int errno) {
        finish(unique, -errno, 0);
    }

    /** struct fuse_out_header, whose length nobody reads, and the size of the payload. */
    private void finish(long unique, int error, int size) {
        memory.putInt(0, Wire.OUT_HEADER + size).putInt(4, error).putLong(8, unique);
        memory.putInt(RingEntry.PAYLOAD_LENGTH, size);
    }

    @Override
    public void block(Block block, int offset, int count) {
        space(count).put(block.slice(offset, count));
    }

    @Override
    public void zeros(int count) {
        for (int left = count; left > 0; ) {
            int n = Math.min(left, ZEROS.capacity());
            space(n).put(ZEROS.slice(0, n));
            left -= n;
        }
    }
}
