package liveroot.fs.udif;

import java.util.Arrays;

/** Finds what stands in a block a second time, greedily: for the writers of codecs that have no library. */
final class Repeats {

    private static final int SHORTEST = 4;
    private static final int HASH_BITS = 15;

    /** What a block is put together from. */
    interface Sink {

        /** Bytes {@code from} to {@code to} of the block as they are; then, if any, a match that begins at {@code to}. */
        void add(int from, int to, int match, int distance);
    }

    private Repeats() {}

    /** @param reach how far back a match may begin */
    static void find(byte[] block, int reach, Sink sink) {
        int[] last = new int[1 << HASH_BITS];
        Arrays.fill(last, -1);
        int literals = 0;
        int at = 0;
        while (at + SHORTEST <= block.length) {
            int hash = hash(block, at);
            int before = last[hash];
            last[hash] = at;
            int length = before < 0 || at - before > reach ? 0 : alike(block, before, at);
            if (length < SHORTEST) {
                at++;
                continue;
            }
            sink.add(literals, at, length, at - before);
            at += length;
            literals = at;
        }
        sink.add(literals, block.length, 0, 0);
    }

    private static int hash(byte[] block, int at) {
        int word =
                (block[at] & 0xff) | (block[at + 1] & 0xff) << 8 | (block[at + 2] & 0xff) << 16 | block[at + 3] << 24;
        return (word * 0x9e3779b1) >>> (Integer.SIZE - HASH_BITS);
    }

    private static int alike(byte[] block, int before, int at) {
        int end = Arrays.mismatch(block, before, block.length - (at - before), block, at, block.length);
        return end < 0 ? block.length - at : end;
    }
}
