package liveroot.fs.squashfs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/** The decoders of an image that are not in use; there are as many as threads ever unpacked blocks at one time. */
final class Decoders implements AutoCloseable {

    private final Compressor compressor;
    private final int blockSize;
    private final ArrayDeque<Decoder> idle = new ArrayDeque<>();
    private boolean closed;

    Decoders(Compressor compressor, int blockSize) {
        this.compressor = compressor;
        this.blockSize = blockSize;
    }

    /** See {@link Decoder#unpack}. */
    int unpack(ByteBuffer packed, ByteBuffer plain) throws DamagedBlockException {
        Decoder decoder;
        synchronized (idle) {
            decoder = idle.pollLast();
        }
        if (decoder == null) {
            decoder = compressor.decoder(blockSize);
        }
        try {
            return decoder.unpack(packed, plain);
        } catch (IOException | RuntimeException e) {
            throw new DamagedBlockException("bad " + compressor + " data: " + e.getMessage(), e);
        } finally {
            giveBack(decoder);
        }
    }

    private void giveBack(Decoder decoder) {
        synchronized (idle) {
            if (!closed) {
                idle.addLast(decoder);
                return;
            }
        }
        decoder.close();
    }

    /** A decoder at work, for a block read ahead, is closed when it has ended. */
    @Override
    public void close() {
        synchronized (idle) {
            closed = true;
            for (Decoder decoder; (decoder = idle.pollLast()) != null; ) {
                decoder.close();
            }
        }
    }
}
