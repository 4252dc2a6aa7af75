package liveroot.fs.fuse.jnr;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;
import liveroot.cache.Block;
import liveroot.fs.ReadSink;

/**
 * Puts what a read finds into the buffer that libfuse answers from: one copy from direct memory to native memory, none
 * for what is produced in {@link #space}.
 */
final class BufferSink implements ReadSink {

    private final ByteBuffer buffer;

    BufferSink(long address, int length) {
        buffer = MemoryIO.getInstance().newDirectByteBuffer(address, length);
    }

    /** Bytes taken so far. */
    int length() {
        return buffer.position();
    }

    @Override
    public void block(Block block, int offset, int length) {
        buffer.put(block.slice(offset, length));
    }

    @Override
    public void zeros(int length) {
        ByteBuffer hole = space(length);
        MemoryIO memory = MemoryIO.getInstance();
        memory.setMemory(memory.getDirectBufferAddress(hole), length, (byte) 0);
    }

    @Override
    public ByteBuffer space(int length) {
        ByteBuffer piece = buffer.slice(buffer.position(), length);
        buffer.position(buffer.position() + length);
        return piece;
    }
}
