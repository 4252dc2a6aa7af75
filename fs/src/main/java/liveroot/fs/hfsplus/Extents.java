package liveroot.fs.hfsplus;

import java.nio.ByteBuffer;

/** A record of eight extents: pairs of first block u32 and count u32. */
final class Extents {

    static final int SIZE = 64;

    private static final int COUNT = 8;

    private final int[] words = new int[2 * COUNT];

    private Extents() {}

    static Extents read(ByteBuffer in, int at) {
        Extents extents = new Extents();
        for (int i = 0; i < extents.words.length; i++) {
            extents.words[i] = in.getInt(at + 4 * i);
        }
        return extents;
    }

    /** Blocks that follow each other. */
    record Run(long block, long count) {}

    /**
     * Where block {@code index} of a fork lies, and how many follow it there.
     *
     * @param first block of the fork with which the first extent begins
     * @return null if it is in none of these extents
     */
    Run run(long first, long index) {
        long at = first;
        for (int i = 0; i < words.length && index >= at; i += 2) {
            long count = words[i + 1] & 0xffffffffL;
            if (index < at + count) {
                return new Run((words[i] & 0xffffffffL) + index - at, at + count - index);
            }
            at += count;
        }
        return null;
    }
}
