package liveroot.cache;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The bytes of an image, by position. They do not change while the source is open. Safe for use by many threads at
 * once; no implementation lets one read wait for another longer than its medium does.
 */
public interface BlockSource extends Closeable {

    /** What people call these bytes in messages: a path, or "FILE[offset..end)" for a part of one. */
    String name();

    /** Length in bytes. */
    long size();

    /**
     * Fills {@code dst} from its position to its limit with the bytes that begin at {@code position}.
     *
     * @param position first byte, 0 up to {@link #size()}
     * @param dst direct memory (a heap buffer works, at the price of a copy)
     * @throws EOFException if the range does not lie within the source; the message names it
     * @throws IOException if the medium cannot be read; the message names source and position
     */
    void read(long position, ByteBuffer dst) throws IOException;

    /**
     * The check that every read begins with.
     *
     * @param position byte offset
     * @param length in bytes, not negative
     * @throws EOFException if the range does not lie within the source; the message names both
     */
    default void requireWithin(long position, long length) throws EOFException {
        if (position < 0 || position > size() - length) {
            throw new EOFException(
                    name() + ": " + length + " bytes wanted at byte " + position + ", but it ends at " + size());
        }
    }

    /** Ends the use of the bytes. Reads that other threads have begun, or begin later, bring their bytes or an IOException. */
    @Override
    void close() throws IOException;
}
