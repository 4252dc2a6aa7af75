package liveroot.fs.codec;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Unpacks blocks of one compressor. Used by one thread at a time. */
public interface Decoder extends AutoCloseable {

    /**
     * Unpacks one block.
     *
     * @param packed direct memory, the whole of it: position 0, limit at its end
     * @param plain direct memory, position 0; its limit is the most that the block may unpack to
     * @return bytes put into {@code plain}
     * @throws IOException if the packed bytes are damaged; the message says how, and leaves the place to the caller. A
     *     library's RuntimeException is taken for the same by {@link Decoders}
     */
    int unpack(ByteBuffer packed, ByteBuffer plain) throws IOException;

    @Override
    default void close() {}
}
