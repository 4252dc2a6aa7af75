package liveroot.fs;

import java.nio.ByteBuffer;
import liveroot.cache.Block;
import liveroot.cache.Zeros;

/**
 * Fills a buffer from its position on; what lies in no block is read right into it.
 *
 * @param dst direct memory with room for all that is asked for
 */
public record BufferSink(ByteBuffer dst) implements ReadSink {

    @Override
    public void block(Block block, int offset, int length) {
        dst.put(block.slice(offset, length));
    }

    @Override
    public void zeros(int length) {
        Zeros.put(dst, length);
    }

    @Override
    public ByteBuffer space(int length) {
        ByteBuffer space = dst.slice(dst.position(), length);
        dst.position(dst.position() + length);
        return space;
    }
}
