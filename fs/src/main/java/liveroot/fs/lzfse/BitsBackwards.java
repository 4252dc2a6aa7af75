package liveroot.fs.lzfse;

import java.io.IOException;
import liveroot.fs.sys.DirectBytes;

/** Bits that are read from the last byte to the first, in each byte from the highest bit to the lowest. */
final class BitsBackwards {

    private final DirectBytes in;
    /** Bytes from here on may be held, though none that belongs to a header is ever asked for in a good block. */
    private final int start;

    private int at;
    private long held;
    private int count;

    /**
     * @param unused how many bits of the last byte are not used: 0 to 7, negative
     */
    BitsBackwards(DirectBytes in, int start, int end, int unused) throws IOException {
        this.in = in;
        this.start = start;
        this.at = end;
        refillBytes(unused == 0 ? 7 : 8);
        count += unused;
        if (count < 56 || held >>> count != 0) {
            throw new IOException("a stream whose last byte has bits where there should be none");
        }
    }

    private void refillBytes(int bytes) throws IOException {
        if (bytes > at - start) {
            throw new IOException("a stream of bits that is read beyond its first byte");
        }
        for (int i = 0; i < bytes; i++) {
            held = (held << 8) | in.u8(--at);
        }
        count += 8 * bytes;
    }

    /** Makes sure that at least 56 bits are held. */
    void refill() throws IOException {
        int bytes = (63 - count) >> 3;
        if (bytes == 0) {
            return;
        }
        if (bytes > at - start) {
            throw new IOException("a stream of bits that is read beyond its first byte");
        }
        if (at >= Long.BYTES) {
            at -= bytes;
            held = (held << (8 * bytes)) | (in.i64(at + bytes - Long.BYTES) >>> (64 - 8 * bytes));
            count += 8 * bytes;
        } else {
            refillBytes(bytes);
        }
    }

    /** The next {@code n} of the bits held, 0 to 56 between two refills. */
    int take(int n) {
        count -= n;
        int bits = (int) (held >>> count);
        held &= (1L << count) - 1;
        return bits;
    }
}
