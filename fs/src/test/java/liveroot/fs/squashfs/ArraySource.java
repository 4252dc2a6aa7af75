package liveroot.fs.squashfs;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import liveroot.cache.BlockSource;

/** An image in an array, on a medium that may be unreadable from some place on. */
public class ArraySource implements BlockSource {

    private final byte[] bytes;
    private final long scratch;

    public ArraySource(byte[] bytes) {
        this(bytes, bytes.length);
    }

    /** @param scratch reads that touch this byte or one behind it fail */
    public ArraySource(byte[] bytes, long scratch) {
        this.bytes = bytes;
        this.scratch = scratch;
    }

    @Override
    public String name() {
        return "array";
    }

    @Override
    public long size() {
        return bytes.length;
    }

    @Override
    public void read(long position, ByteBuffer dst) throws IOException {
        int length = dst.remaining();
        if (position < 0 || position > bytes.length - length) {
            throw new EOFException("array: " + length + " bytes wanted at byte " + position);
        }
        if (position + length > scratch) {
            throw new IOException("array: cannot be read at byte " + scratch);
        }
        dst.put(bytes, (int) position, length);
    }

    @Override
    public void close() {}
}
