package liveroot.fs.cpio;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import liveroot.cache.BlockSource;
import liveroot.cache.DirectMemory;

/** What a packed member unpacks to, in RAM until it is closed. */
final class Unpacked implements BlockSource {

    private static final int CHUNK = 1 << 20;

    private final String name;
    private final List<ByteBuffer> chunks = new ArrayList<>();
    private long size;

    Unpacked(String name) {
        this.name = name;
    }

    /**
     * Adds bytes until there are {@code length}, or the stream ends.
     *
     * @throws OutOfMemoryError if there is no memory for them
     */
    void fill(InputStream plain, long length) throws IOException {
        byte[] piece = new byte[64 << 10];
        while (size < length) {
            int within = (int) (size % CHUNK);
            int room = (int) Math.min(Math.min(piece.length, CHUNK - within), length - size);
            int n = plain.read(piece, 0, room);
            if (n < 0) {
                return;
            }
            if (within == 0 && n > 0) {
                chunks.add(ByteBuffer.allocateDirect(CHUNK));
            }
            if (n > 0) {
                chunks.get(chunks.size() - 1).put(within, piece, 0, n);
            }
            size += n;
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void read(long position, ByteBuffer dst) throws IOException {
        requireWithin(position, dst.remaining());
        long at = position;
        while (dst.hasRemaining()) {
            int within = (int) (at % CHUNK);
            int n = Math.min(dst.remaining(), CHUNK - within);
            dst.put(chunks.get((int) (at / CHUNK)).slice(within, n));
            at += n;
        }
    }

    @Override
    public void close() {
        chunks.forEach(DirectMemory::free);
        chunks.clear();
        size = 0;
    }
}
