package liveroot.launcher;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import liveroot.cache.Block;
import liveroot.fs.ReadSink;

/** What was read, to be written to a channel. */
final class ChannelSink implements ReadSink, Closeable {

    private final List<ByteBuffer> pieces = new ArrayList<>();
    private final List<Block> held = new ArrayList<>();

    @Override
    public void block(Block block, int offset, int length) {
        block.retain();
        held.add(block);
        pieces.add(block.slice(offset, length));
    }

    @Override
    public void zeros(int length) {
        pieces.add(ByteBuffer.allocate(length));
    }

    @Override
    public ByteBuffer space(int length) {
        ByteBuffer space = ByteBuffer.allocateDirect(length);
        pieces.add(space.duplicate());
        return space;
    }

    /** @return bytes */
    long writeTo(WritableByteChannel channel) throws IOException {
        long written = 0;
        for (ByteBuffer piece : pieces) {
            while (piece.hasRemaining()) {
                written += channel.write(piece);
            }
        }
        return written;
    }

    /** Gives back the blocks. */
    @Override
    public void close() {
        held.forEach(Block::release);
        held.clear();
        pieces.clear();
    }
}
