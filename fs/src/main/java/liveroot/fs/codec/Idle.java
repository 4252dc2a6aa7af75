package liveroot.fs.codec;

import java.util.ArrayDeque;

/** Decoders of an image that are not in use; there are as many as threads ever unpacked blocks at one time. */
abstract class Idle<D> implements AutoCloseable {

    private final ArrayDeque<D> idle = new ArrayDeque<>();
    private boolean closed;

    abstract D make();

    abstract void end(D decoder);

    final D take() {
        D decoder;
        synchronized (idle) {
            decoder = idle.pollLast();
        }
        return decoder == null ? make() : decoder;
    }

    final void giveBack(D decoder) {
        synchronized (idle) {
            if (!closed) {
                idle.addLast(decoder);
                return;
            }
        }
        end(decoder);
    }

    /** A decoder at work, for a block read ahead, is closed when it has ended. */
    @Override
    public final void close() {
        synchronized (idle) {
            closed = true;
            for (D decoder; (decoder = idle.pollLast()) != null; ) {
                end(decoder);
            }
        }
    }
}
