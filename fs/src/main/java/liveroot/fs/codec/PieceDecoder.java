package liveroot.fs.codec;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Unpacks blocks of one compressor from their beginnings on, as far as it is wanted, a piece at a time. What a block unpacks
 * to is known elsewhere. Used by one thread at a time.
 */
public interface PieceDecoder extends AutoCloseable {

    /**
     * Turns to a block, whatever became of the one before.
     *
     * @param packed direct memory from its position to its limit, not to be changed while pieces of it are unpacked
     * @param length bytes that are wanted of it, in all pieces
     * @param isAll whether these are all that it unpacks to, which the last piece then checks
     */
    void begin(ByteBuffer packed, int length, boolean isAll) throws IOException;

    /**
     * Fills {@code plain} with the next bytes.
     *
     * @param plain direct memory from its position to its limit, no more than is still wanted
     * @throws IOException if the packed bytes are damaged or end too early; the message says how, and leaves the place to
     *     the caller. A library's RuntimeException is taken for the same by {@link PieceDecoders}
     */
    void next(ByteBuffer plain) throws IOException;

    @Override
    default void close() {}
}
