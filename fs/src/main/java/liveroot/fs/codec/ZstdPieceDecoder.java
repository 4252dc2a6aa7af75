package liveroot.fs.codec;

import com.github.luben.zstd.ZstdDecompressCtx;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A zstd frame per block. Where the memory for all that a frame unpacks to is there, the library unpacks it in one step and
 * allocates no window; otherwise one, of a size that is limited.
 */
public final class ZstdPieceDecoder implements PieceDecoder {

    private final ZstdDecompressCtx zstd = new ZstdDecompressCtx();
    private final ByteBuffer more = ByteBuffer.allocateDirect(1);
    private final int windowLog;
    private ByteBuffer packed;
    private int left;
    private boolean isAll;
    private boolean ended;

    /** @param windowLog logarithm of the bytes that a frame may reach back, 10 at least */
    public ZstdPieceDecoder(int windowLog) {
        this.windowLog = windowLog;
    }

    @Override
    public void begin(ByteBuffer block, int length, boolean all) {
        zstd.reset();
        zstd.setLongMax(windowLog);
        packed = block;
        left = length;
        isAll = all;
        ended = false;
    }

    @Override
    public void next(ByteBuffer plain) throws IOException {
        left -= plain.remaining();
        while (plain.hasRemaining()) {
            int before = plain.remaining() + packed.remaining();
            if (ended || fill(plain) == before) {
                throw new IOException("it ends " + (left + plain.remaining()) + " bytes too early");
            }
        }
        if (left > 0 || !isAll) {
            return;
        }
        for (more.clear(); !ended; ) {
            int before = more.remaining() + packed.remaining();
            if (fill(more) == before || !more.hasRemaining()) {
                throw new IOException("it does not end where it should");
            }
        }
    }

    /** @return bytes of input and of room that are left afterwards */
    private int fill(ByteBuffer plain) {
        ended = zstd.decompressDirectByteBufferStream(plain, packed);
        return plain.remaining() + packed.remaining();
    }

    @Override
    public void close() {
        zstd.close();
    }
}
