package liveroot.fs.squashfs;

import java.io.IOException;
import java.util.Arrays;

/**
 * Where the blocks of one file lie. An image has only their sizes, one word each behind the inode, so the place of a
 * block is the sum of all sizes before. Every so many words a mark is kept: the place of the block, and of its word in
 * the inode table. Marks are made as far as reads have come and are never more than {@link #MOST_MARKS}: when a list is
 * full, every second is dropped and their distance doubled. The words stay in their metadata blocks.
 */
final class FileBlocks {

    /** Words between marks, at first. */
    private static final int DISTANCE = 256;

    private static final int MOST_MARKS = 2048;

    /** Longs in a mark: place of the block, position of the word's metadata block, offset of the word in it. */
    private static final int MARK = 3;

    final Inode inode;
    /** Blocks with a word. */
    final long count;

    private volatile Marks marks;
    private volatile FragmentTable.Fragment fragment;

    /** Never changed after it was made. */
    private static final class Marks {

        final long[] longs;
        final long distance;

        Marks(long[] longs, long distance) {
            this.longs = longs;
            this.distance = distance;
        }

        int count() {
            return longs.length / MARK;
        }
    }

    FileBlocks(Inode inode, int blockSize) {
        this.inode = inode;
        long full = inode.size / blockSize;
        boolean tail = inode.size % blockSize != 0;
        this.count = tail && inode.fragment == Inode.NONE ? full + 1 : full;
        this.marks = new Marks(new long[] {inode.start, inode.restPosition, inode.restOffset}, DISTANCE);
    }

    /** Bytes of heap that this may come to take. */
    int weight() {
        return 256 + (int) Math.min(MOST_MARKS, count / DISTANCE + 1) * MARK * Long.BYTES;
    }

    /**
     * Moves {@code words} to the word of block {@code index}.
     *
     * @return the position of that block
     */
    long locate(long index, Cursor words) throws IOException {
        Marks known = marks;
        int mark = (int) Math.min(index / known.distance, known.count() - 1);
        long at = mark * known.distance;
        long position = known.longs[mark * MARK];
        words.seek(known.longs[mark * MARK + 1], (int) known.longs[mark * MARK + 2]);
        if (index - at < known.distance) {
            return add(position, index - at, words);
        }
        return walk(known, index, words);
    }

    /** Goes on from the last mark, and keeps the marks made on the way. */
    private long walk(Marks known, long index, Cursor words) throws IOException {
        long[] longs =
                Arrays.copyOf(known.longs, (int) Math.min(MOST_MARKS * MARK, (index / known.distance + 1) * MARK));
        long distance = known.distance;
        int made = known.count();
        long at = (made - 1) * distance;
        long position = longs[(made - 1) * MARK];
        while (index - at >= distance) {
            position = add(position, distance, words);
            at += distance;
            if (made == MOST_MARKS) {
                made = thinOut(longs);
                distance *= 2;
                // The mark to come is a multiple of the new distance: MOST_MARKS is even.
            }
            longs[made * MARK] = position;
            longs[made * MARK + 1] = words.position();
            longs[made * MARK + 2] = words.offset();
            made++;
        }
        publish(new Marks(Arrays.copyOf(longs, made * MARK), distance));
        return add(position, index - at, words);
    }

    private static int thinOut(long[] longs) {
        for (int i = 1; i < MOST_MARKS / 2; i++) {
            System.arraycopy(longs, 2 * i * MARK, longs, i * MARK, MARK);
        }
        return MOST_MARKS / 2;
    }

    private synchronized void publish(Marks made) {
        if (made.count() * made.distance > marks.count() * marks.distance) {
            marks = made;
        }
    }

    private static long add(long position, long words, Cursor in) throws IOException {
        long sum = position;
        for (long i = 0; i < words; i++) {
            sum += DataBlocks.storedSize(in.i32());
        }
        return sum;
    }

    /** The fragment block that has the end of the file; only if its inode names one. */
    FragmentTable.Fragment fragment(FragmentTable fragments) throws IOException {
        FragmentTable.Fragment known = fragment;
        if (known == null) {
            known = fragments.get(inode.fragment);
            fragment = known;
        }
        return known;
    }
}
