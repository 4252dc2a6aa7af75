package liveroot.fs;

import java.nio.ByteBuffer;
import liveroot.cache.Block;

/**
 * Where a read puts its bytes, piece after piece, in order. What the pieces do not fill is the end of the file. Used by
 * one thread, during one read.
 */
public interface ReadSink {

    /**
     * Adds bytes of a cached block without copying them. The sink takes a reference of its own for as long as it needs
     * the bytes; the caller's stays the caller's to release.
     *
     * @param offset first byte within the block
     */
    void block(Block block, int offset, int length);

    /** Adds zeros: a hole. */
    void zeros(int length);

    /**
     * Adds {@code length} bytes of the sink's own direct memory and hands them out (position 0, limit {@code length})
     * to be filled before the read returns. If the read fails they are dropped with everything else.
     */
    ByteBuffer space(int length);
}
