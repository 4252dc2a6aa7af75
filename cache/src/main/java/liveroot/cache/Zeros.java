package liveroot.cache;

import java.nio.ByteBuffer;

/** Zeros for what no image stores: holes, free space, the rest of a short file. */
public final class Zeros {

    private static final ByteBuffer PIECE = ByteBuffer.allocateDirect(64 << 10).asReadOnlyBuffer();

    private Zeros() {}

    /** Puts {@code length} zeros into {@code dst} from its position on. */
    public static void put(ByteBuffer dst, int length) {
        for (int left = length; left > 0; ) {
            int n = Math.min(left, PIECE.capacity());
            dst.put(PIECE.slice(0, n));
            left -= n;
        }
    }
}
