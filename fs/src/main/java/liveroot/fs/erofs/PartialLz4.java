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

    private final ByteBuffer packed;
    private int at;

    private PartialLz4(ByteBuffer packed) {
        this.packed = packed;
    }

    /** Fills {@code plain} from position 0 up to its limit. */
    static void unpack(ByteBuffer packed, ByteBuffer plain) throws IOException {
        new PartialLz4(packed).unpack(plain);
    }

    private void unpack(ByteBuffer plain) throws IOException {
        int end = plain.limit();
        int done = 0;
        while (done < end) {
            int token = next();
            int literals = Math.min(length((token >>> 4) & LONG), end - done);
            if (literals > packed.limit() - at) {
                throw new IOException("literals run over the end of the packed bytes");
            }
            plain.put(done, packed, at, literals);
            at += literals;
            done += literals;
            if (done == end) {
                return;
            }
            int distance = next() | (next() << Byte.SIZE);
            if (distance == 0 || distance > done) {
                throw new IOException("a match at distance " + distance + " behind " + done + " bytes");
            }
            int match = Math.min(length(token & LONG) + SMALLEST_MATCH, end - done);
            // Source and target may overlap: what was copied is then copied again.
            for (int i = 0; i < match; i++, done++) {
                plain.put(done, plain.get(done - distance));
            }
        }
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
