package liveroot.fs.erofs;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Unpacks the beginning of a raw LZ4 block, which the library does not: its decoder takes all of a block or nothing. Needed
 * where files share what is stored but not all of it, and where the end of what is stored is not known ("LZ4 Block Format
 * Description" of lz4's documentation).
 */
final class PartialLz4 {

    private static final int SMALLEST_MATCH = 4;
    /** A length of this goes on in the next byte. */
    private static final int LONG = 15;

    private static final int LONGER = 255;

    /** Bytes that a match reaches back, at most, and one more. */
    static final int WINDOW = 64 << 10;

    private final ByteBuffer packed;
    private int at;

    private PartialLz4(ByteBuffer packed) {
        this.packed = packed;
    }

    /** Fills {@code plain} from position 0 up to its limit. */
    static void unpack(ByteBuffer packed, ByteBuffer plain) throws IOException {
        new PartialLz4(packed).unpack(plain, 0, plain.limit(), plain.limit());
    }

    /**
     * Unpacks all bytes up to {@code end}, a window's worth and a piece at a time, and keeps the last piece.
     *
     * @param memory room for {@link #WINDOW} and behind it for {@code piece} bytes, no less than a window; there the last
     *     piece is in the end, which is shorter if {@code end} is no multiple of it
     */
    static void unpackLastPiece(ByteBuffer packed, ByteBuffer memory, int piece, int end) throws IOException {
        new PartialLz4(packed).unpack(memory, WINDOW, piece, end);
    }

    /** @param from where in {@code plain} each piece is put */
    private void unpack(ByteBuffer plain, int from, int piece, int end) throws IOException {
        int base = -from;
        int done = 0;
        while (done < end) {
            int token = next();
            int literals = Math.min(length((token >>> 4) & LONG), end - done);
            if (literals > packed.limit() - at) {
                throw new IOException("literals run over the end of the packed bytes");
            }
            while (literals > 0) {
                base = moved(plain, from, piece, base, done);
                int n = Math.min(literals, base + from + piece - done);
                plain.put(done - base, packed, at, n);
                at += n;
                done += n;
                literals -= n;
            }
            if (done == end) {
                return;
            }
            int distance = next() | (next() << Byte.SIZE);
            if (distance == 0 || distance > done) {
                throw new IOException("a match at distance " + distance + " behind " + done + " bytes");
            }
            int match = Math.min(length(token & LONG) + SMALLEST_MATCH, end - done);
            while (match > 0) {
                base = moved(plain, from, piece, base, done);
                int n = Math.min(match, base + from + piece - done);
                int to = done - base;
                // Source and target may overlap: what was copied is then copied again.
                for (int i = 0; i < n; i++, to++) {
                    plain.put(to, plain.get(to - distance));
                }
                done += n;
                match -= n;
            }
        }
    }

    /**
     * Starts the next piece if this one is full: its end becomes the window of the next.
     *
     * @param base which of all bytes the first of {@code plain} is
     * @return the same afterwards
     */
    private static int moved(ByteBuffer plain, int from, int piece, int base, int done) {
        if (done - base < from + piece) {
            return base;
        }
        plain.put(0, plain, piece, from);
        return base + piece;
    }

    private int length(int start) throws IOException {
        int length = start;
        if (start == LONG) {
            int more;
            do {
                more = next();
                length += more;
            } while (more == LONGER);
        }
        return length;
    }

    private int next() throws IOException {
        if (at == packed.limit()) {
            throw new IOException("packed bytes end too early");
        }
        return packed.get(at++) & 0xff;
    }
}
