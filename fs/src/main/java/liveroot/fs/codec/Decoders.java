package liveroot.fs.codec;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/** The decoders of an image that are not in use; there are as many as threads ever unpacked blocks at one time. */
public final class Decoders implements AutoCloseable {

    private final String codec;
    private final Maker maker;
    private final ArrayDeque<Decoder> idle = new ArrayDeque<>();
    private boolean closed;

    /** Makes one more. */
    @FunctionalInterface
    public interface Maker {
        Decoder decoder();
    }

    /** @param codec what people call it */
    public Decoders(String codec, Maker maker) {
        this.codec = codec;
        this.maker = maker;
    }

    /** See {@link Decoder#unpack}. */
    public int unpack(ByteBuffer packed, ByteBuffer plain) throws DamagedBlockException {
        Decoder decoder;
        synchronized (idle) {
            decoder = idle.pollLast();
        }
        if (decoder == null) {
            decoder = maker.decoder();
        }
        try {
            return decoder.unpack(packed, plain);
        } catch (IOException | RuntimeException e) {
            throw new DamagedBlockException("bad " + codec + " data: " + e.getMessage(), e);
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
