package liveroot.fs.lzfse;

import java.nio.ByteBuffer;

/** Copies within the unpacked bytes. */
final class Matches {

    private Matches() {}

    /** Copies {@code length} bytes from {@code distance} before {@code at} to there; the two may overlap, then they repeat. */
    static void copy(ByteBuffer out, int at, int distance, int length) {
        int to = at;
        int end = at + length;
        if (distance >= Long.BYTES) {
            for (; to <= end - Long.BYTES; to += Long.BYTES) {
                out.putLong(to, out.getLong(to - distance));
            }
        }
        for (; to < end; to++) {
            out.put(to, out.get(to - distance));
        }
    }
}
