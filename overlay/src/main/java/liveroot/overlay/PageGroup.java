package liveroot.overlay;

import java.util.Arrays;

/** Those of 64 pages in a row that a file has: a bit for each, and the numbers of the present ones in order. */
final class PageGroup {

    static final int SHIFT = 6;
    static final int PAGES = 1 << SHIFT;

    /** {@link #touched} of a group in which nothing is left to be compressed. */
    static final int SETTLED = Integer.MIN_VALUE;

    private long present;

    /** When a page of it was last used, by the {@link Compressor}'s count. Readers set it too, all to the same. */
    int touched;

    /** Null as long as there is one page at most: most files have no more. */
    private int[] numbers;

    private int only;

    boolean isEmpty() {
        return present == 0;
    }

    int count() {
        return Long.bitCount(present);
    }

    boolean has(int at) {
        return (present & 1L << at) != 0;
    }

    /** The first place at or behind {@code at} with a page, {@link #PAGES} if there is none. */
    int nextPresent(int at) {
        return Long.numberOfTrailingZeros(present & -1L << at);
    }

    /** The first place at or behind {@code at} without a page, {@link #PAGES} if there is none. */
    int nextAbsent(int at) {
        return Long.numberOfTrailingZeros(~present & -1L << at);
    }

    /** How many pages there are before place {@code at}. */
    private int rank(int at) {
        return Long.bitCount(present & (1L << at) - 1);
    }

    /** Number in the pool of a page that is present; negative if it is compressed, see {@link PackedPages}. */
    int number(int at) {
        return numbers == null ? only : numbers[rank(at)];
    }

    void replace(int at, int number) {
        if (numbers == null) {
            only = number;
        } else {
            numbers[rank(at)] = number;
        }
    }

    void add(int at, int number) {
        int count = count();
        if (count == 0) {
            numbers = null;
            only = number;
            present = 1L << at;
            return;
        }
        if (numbers == null) {
            numbers = new int[] {only, 0};
        } else if (count == numbers.length) {
            numbers = Arrays.copyOf(numbers, Math.min(PAGES, 2 * count));
        }
        int rank = rank(at);
        System.arraycopy(numbers, rank, numbers, rank + 1, count - rank);
        numbers[rank] = number;
        present |= 1L << at;
    }

    /**
     * Takes out the pages from {@code first} to before {@code end}.
     *
     * @param to gets their numbers
     * @return how many there were
     */
    int remove(int first, int end, int[] to) {
        long mask = -1L << first & (end == PAGES ? -1L : (1L << end) - 1);
        int count = Long.bitCount(present & mask);
        if (count > 0 && numbers == null) {
            to[0] = only;
            present = 0;
        } else if (count > 0) {
            int from = rank(first);
            System.arraycopy(numbers, from, to, 0, count);
            int all = count();
            System.arraycopy(numbers, from + count, numbers, from, all - from - count);
            present &= ~mask;
        }
        return count;
    }
}
