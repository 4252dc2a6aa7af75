package liveroot.fs.lzfse;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The header of an entropy-coded block: sizes, the states and bits with which its two streams begin, and how often each
 * symbol occurs (20 lengths of literal runs, 20 of matches, 64 distances, 256 literals).
 */
final class FseHeader {

    static final int LENGTHS = 20;
    static final int DISTANCES = 64;
    static final int LITERALS = 256;

    private static final int PLAIN_SIZE = 772;
    private static final int PLAIN_FREQUENCIES = 50;
    private static final int PACKED_SIZE = 32;

    /** Limits of the reference implementation. */
    private static final int MOST_MATCHES = 10_000;

    private static final int MOST_LITERALS = 4 * MOST_MATCHES;

    int plainBytes;
    int size;
    int literals;
    int literalBytes;
    int matches;
    int matchBytes;
    /** Bits that the last byte of each stream is short of, 0 to 7, negative. */
    int literalBits;

    int matchBits;
    final int[] literalStates = new int[4];
    int literalRunState;
    int matchState;
    int distanceState;
    final int[] literalRunFrequencies = new int[LENGTHS];
    final int[] matchFrequencies = new int[LENGTHS];
    final int[] distanceFrequencies = new int[DISTANCES];
    final int[] literalFrequencies = new int[LITERALS];

    private FseHeader() {}

    /** {@code bvx1}. */
    static FseHeader plain(ByteBuffer in) throws IOException {
        int at = in.position();
        FseHeader h = new FseHeader();
        h.size = PLAIN_SIZE;
        h.need(in);
        h.plainBytes = in.getInt(at + 4);
        h.literals = in.getInt(at + 12);
        h.matches = in.getInt(at + 16);
        h.literalBytes = in.getInt(at + 20);
        h.matchBytes = in.getInt(at + 24);
        h.literalBits = in.getInt(at + 28);
        for (int i = 0; i < 4; i++) {
            h.literalStates[i] = in.getShort(at + 32 + 2 * i) & 0xffff;
        }
        h.matchBits = in.getInt(at + 40);
        h.literalRunState = in.getShort(at + 44) & 0xffff;
        h.matchState = in.getShort(at + 46) & 0xffff;
        h.distanceState = in.getShort(at + 48) & 0xffff;
        int from = at + PLAIN_FREQUENCIES;
        for (int[] table : h.tables()) {
            for (int i = 0; i < table.length; i++, from += 2) {
                table[i] = in.getShort(from) & 0xffff;
            }
        }
        h.check(in);
        return h;
    }

    /** {@code bvx2}. */
    static FseHeader packed(ByteBuffer in) throws IOException {
        int at = in.position();
        FseHeader h = new FseHeader();
        h.size = PACKED_SIZE;
        h.need(in);
        h.plainBytes = in.getInt(at + 4);
        long sizes = in.getLong(at + 8);
        long states = in.getLong(at + 16);
        long rest = in.getLong(at + 24);
        h.literals = bits(sizes, 0, 20);
        h.literalBytes = bits(sizes, 20, 20);
        h.matches = bits(sizes, 40, 20);
        h.literalBits = bits(sizes, 60, 3) - 7;
        for (int i = 0; i < 4; i++) {
            h.literalStates[i] = bits(states, 10 * i, 10);
        }
        h.matchBytes = bits(states, 40, 20);
        h.matchBits = bits(states, 60, 3) - 7;
        h.size = (int) rest;
        h.literalRunState = bits(rest, 32, 10);
        h.matchState = bits(rest, 42, 10);
        h.distanceState = bits(rest, 52, 10);
        if (h.size < PACKED_SIZE) {
            throw new IOException(
                    "a header of " + Integer.toUnsignedString(h.size) + " bytes, expected " + PACKED_SIZE);
        }
        h.need(in);
        h.unpackFrequencies(in, at + PACKED_SIZE, at + h.size);
        h.check(in);
        return h;
    }

    private static int bits(long word, int from, int count) {
        return (int) (word >>> from) & ((1 << count) - 1);
    }

    private int[][] tables() {
        return new int[][] {literalRunFrequencies, matchFrequencies, distanceFrequencies, literalFrequencies};
    }

    /**
     * Frequencies are of 2 to 14 bits, lowest bits first: 0 is 00, 1 is 10, 2 and 3 are x01, 4 to 7 are xx011, 8 to 23
     * are 0111 and 4 bits, more are 1111 and 10 bits. If there are none, all are 0.
     */
    private void unpackFrequencies(ByteBuffer in, int start, int end) throws IOException {
        if (start == end) {
            return;
        }
        int from = start;
        long held = 0;
        int count = 0;
        for (int[] table : tables()) {
            for (int i = 0; i < table.length; i++) {
                for (; count <= 24 && from < end; from++, count += 8) {
                    held |= (in.get(from) & 0xffL) << count;
                }
                int word = (int) held;
                int length;
                if ((word & 1) == 0) {
                    length = 2;
                    table[i] = (word >>> 1) & 1;
                } else if ((word & 2) == 0) {
                    length = 3;
                    table[i] = 2 + ((word >>> 2) & 1);
                } else if ((word & 4) == 0) {
                    length = 5;
                    table[i] = 4 + ((word >>> 3) & 3);
                } else if ((word & 8) == 0) {
                    length = 8;
                    table[i] = 8 + ((word >>> 4) & 15);
                } else {
                    length = 14;
                    table[i] = 24 + ((word >>> 4) & 0x3ff);
                }
                if (length > count) {
                    throw new IOException("its header of " + size + " bytes ends within the table of frequencies");
                }
                held >>>= length;
                count -= length;
            }
        }
        if (count >= 8 || from != end) {
            throw new IOException("its header has " + (end - from + count / 8) + " bytes too many");
        }
    }

    private void need(ByteBuffer in) throws IOException {
        if (size > in.remaining()) {
            throw new IOException("a header of " + size + " bytes, the stream has only " + in.remaining() + " more");
        }
    }

    private void check(ByteBuffer in) throws IOException {
        if (literals < 0 || literals > MOST_LITERALS || literals % 4 != 0) {
            throw new IOException(literals + " literals, expected a multiple of 4 up to " + MOST_LITERALS);
        }
        if (matches < 0 || matches > MOST_MATCHES) {
            throw new IOException(matches + " matches, expected at most " + MOST_MATCHES);
        }
        if (literalBits < -7 || literalBits > 0 || matchBits < -7 || matchBits > 0) {
            throw new IOException(
                    "streams that begin " + literalBits + " and " + matchBits + " bits off, expected -7 to 0");
        }
        if (literalBytes < 0 || matchBytes < 0 || (long) literalBytes + matchBytes > in.remaining() - size) {
            throw new IOException("streams of " + literalBytes + " and " + matchBytes + " bytes, there are only "
                    + (in.remaining() - size) + " more");
        }
    }

    /** Bytes of the block, this header included. */
    int end() {
        return size + literalBytes + matchBytes;
    }
}
