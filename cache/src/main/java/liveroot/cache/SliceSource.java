package liveroot.cache;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A part of another source: a partition, a file inside an image. Closing it leaves the other source open. */
public final class SliceSource implements BlockSource {

    private final BlockSource whole;
    private final long start;
    private final long size;

    /**
     * @throws EOFException if the part does not lie within {@code whole}
     */
    public SliceSource(BlockSource whole, long start, long size) throws EOFException {
        if (start < 0 || size < 0 || start > whole.size() - size) {
            throw new EOFException(
                    whole.name() + ": no room for " + size + " bytes at " + start + ", it ends at " + whole.size());
        }
        this.whole = whole;
        this.start = start;
        this.size = size;
    }

    @Override
    public String name() {
        return whole.name() + "[" + start + ".." + (start + size) + ")";
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void read(long position, ByteBuffer dst) throws IOException {
        requireWithin(position, dst.remaining());
        whole.read(start + position, dst);
    }

    @Override
    public void close() {}

    @Override
    public String toString() {
        return name();
    }
}
