package liveroot.fs.sparse;

import java.io.IOException;
import java.nio.ByteBuffer;
import liveroot.cache.BlockSource;

/** A disk in bands of one size. */
abstract class SparseDisk implements BlockSource {

    private final String name;
    private final long size;
    private final long bandSize;

    SparseDisk(String name, long size, long bandSize) {
        this.name = name;
        this.size = size;
        this.bandSize = bandSize;
    }

    /** Fills {@code dst} with bytes of a band from {@code offset} on; those that were never written are zeros. */
    abstract void readBand(long band, long offset, ByteBuffer dst) throws IOException;

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final long size() {
        return size;
    }

    @Override
    public final void read(long position, ByteBuffer dst) throws IOException {
        requireWithin(position, dst.remaining());
        long at = position;
        while (dst.hasRemaining()) {
            long within = at % bandSize;
            int n = (int) Math.min(dst.remaining(), bandSize - within);
            readBand(at / bandSize, within, dst.slice(dst.position(), n));
            dst.position(dst.position() + n);
            at += n;
        }
    }

    @Override
    public void close() {}

    @Override
    public final String toString() {
        return name;
    }
}
