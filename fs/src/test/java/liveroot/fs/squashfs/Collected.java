package liveroot.fs.squashfs;

import java.nio.ByteBuffer;
import liveroot.cache.Block;
import liveroot.fs.ReadSink;

/** What reads put into it, one behind the other. */
public final class Collected implements ReadSink {

    private final ByteBuffer memory;

    public Collected(ByteBuffer memory) {
        this.memory = memory;
    }

    @Override
    public void block(Block block, int offset, int length) {
        memory.put(block.slice(offset, length));
    }

    @Override
    public void zeros(int length) {
        for (int i = 0; i < length; i++) {
            memory.put((byte) 0);
        }
    }

    @Override
    public ByteBuffer space(int length) {
        ByteBuffer space = memory.slice(memory.position(), length);
        memory.position(memory.position() + length);
        return space;
    }

    public void clear() {
        memory.clear();
    }

    public byte[] bytes() {
        byte[] bytes = new byte[memory.position()];
        memory.get(0, bytes);
        return bytes;
    }
}
