package liveroot.fs.hfsplus;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** The zlib decoders of a volume that are not in use; there are as many as threads ever unpacked chunks at one time. */
final class Inflaters implements AutoCloseable {

    private final ArrayDeque<Inflater> idle = new ArrayDeque<>();
    private boolean closed;

    /** Unpacks one stream. */
    void inflate(ByteBuffer packed, ByteBuffer plain) throws IOException {
        Inflater inflater;
        synchronized (idle) {
            inflater = idle.pollLast();
        }
        inflater = inflater == null ? new Inflater() : inflater;
        try {
            inflater.setInput(packed);
            while (!inflater.finished()) {
                if (inflater.inflate(plain) == 0 && !inflater.finished()) {
                    throw new IOException(
                            plain.hasRemaining() ? "zlib stream ends too early" : "zlib stream is too long");
                }
            }
        } catch (DataFormatException e) {
            throw new IOException("zlib stream: " + e.getMessage(), e);
        } finally {
            giveBack(inflater);
        }
    }

    private void giveBack(Inflater inflater) {
        inflater.reset();
        synchronized (idle) {
            if (!closed) {
                idle.addLast(inflater);
                return;
            }
        }
        inflater.end();
    }

    /** A decoder at work, for a chunk unpacked ahead, is ended when it has done that. */
    @Override
    public void close() {
        synchronized (idle) {
            closed = true;
            for (Inflater inflater; (inflater = idle.pollLast()) != null; ) {
                inflater.end();
            }
        }
    }
}
