package liveroot.cache;

import java.util.Arrays;
import java.util.BitSet;

/**
 * Free pieces of memory, as pages by number: each a power of two of pages long, and beginning at a multiple of that. Two
 * that make up one of twice their size are joined (the buddy system). Not safe for threads.
 */
final class Buddies {

    /** By order, the binary logarithm of a piece's pages: a bit for each place of that size. */
    private final BitSet[] free;
    /** By order: no piece lies before. */
    private final int[] lowest;

    /** @param largest order up to which pieces are joined */
    Buddies(int largest) {
        free = new BitSet[largest + 1];
        Arrays.setAll(free, order -> new BitSet());
        lowest = new int[largest + 1];
    }

    /** The piece that begins with {@code page} is free from now on. */
    void add(int page, int order) {
        int place = page >> order;
        while (order < free.length - 1 && free[order].get(place ^ 1)) {
            free[order].clear(place ^ 1);
            place >>= 1;
            order++;
        }
        set(place, order);
    }

    private void set(int place, int order) {
        free[order].set(place);
        lowest[order] = Math.min(lowest[order], place);
    }

    /**
     * Takes a piece, cut from the smallest that is large enough; of these from the first, so that the last become free.
     *
     * @return its first page; -1 if there is none
     */
    int take(int order) {
        for (int from = order; from < free.length; from++) {
            int place = first(from);
            if (place >= 0) {
                free[from].clear(place);
                int page = place << from;
                while (from > order) {
                    from--;
                    set((page >> from) + 1, from);
                }
                return page;
            }
        }
        return -1;
    }

    private int first(int order) {
        int place = free[order].nextSetBit(lowest[order]);
        lowest[order] = place >= 0 ? place : free[order].length();
        return place;
    }

    /** The order of the largest piece; -1 if there is none. */
    int largest() {
        int order = free.length - 1;
        while (order >= 0 && free[order].isEmpty()) {
            order--;
        }
        return order;
    }

    void clear() {
        for (BitSet places : free) {
            places.clear();
        }
        Arrays.fill(lowest, 0);
    }
}
