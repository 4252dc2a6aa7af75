package liveroot.overlay;

import java.util.Arrays;

/**
 * Which bytes of a lower file still show wherever its changed file has no page: at first all, fewer with each truncation
 * and hole. Every range starts at a page's first byte and ends at a page's end; only the last may end within a page.
 */
final class LowerRanges {

    /** What a range beyond the first counts in the quota, in bytes. */
    static final long RANGE_BYTES = 16;

    /** Start and end of each range in turn, ascending. */
    private long[] bounds;

    private int used;
    /** Of the whole lower file. */
    private final long lowerBlocks;

    /** Shared by all files without a lower one: what is empty stays so. */
    static final LowerRanges NONE = new LowerRanges(new long[0], 0);

    private LowerRanges(long[] bounds, long lowerBlocks) {
        this.bounds = bounds;
        this.used = bounds.length;
        this.lowerBlocks = lowerBlocks;
    }

    /**
     * All of a lower file.
     *
     * @param blocks that it takes, in units of 512 bytes
     */
    static LowerRanges of(long size, long blocks) {
        return size > 0 ? new LowerRanges(new long[] {0, size}, blocks) : NONE;
    }

    boolean isEmpty() {
        return used == 0;
    }

    /** Up to where the lower shows at all. There is something that does. */
    long end() {
        return bounds[used - 1];
    }

    int ranges() {
        return used / 2;
    }

    /** What shows takes that many units of 512 bytes: no more than the lower file does, which may be sparse or packed. */
    long blocks() {
        return Math.min(lowerBlocks, (bytes() + 511) >>> 9);
    }

    private long bytes() {
        long sum = 0;
        for (int i = 0; i < used; i += 2) {
            sum += bounds[i + 1] - bounds[i];
        }
        return sum;
    }

    /** Index of the first range that ends behind {@code offset}, times two. */
    private int at(long offset) {
        int low = 0;
        int high = used / 2;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (bounds[2 * middle + 1] > offset) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return 2 * low;
    }

    /** Up to where the lower shows from {@code offset} on; {@code offset} if it does not show there. */
    long endFrom(long offset) {
        int i = at(offset);
        return i < used && bounds[i] <= offset ? bounds[i + 1] : offset;
    }

    /** The first byte at or behind {@code offset} that shows; {@link Long#MAX_VALUE} if there is none. */
    long nextFrom(long offset) {
        int i = at(offset);
        return i < used ? Math.max(offset, bounds[i]) : Long.MAX_VALUE;
    }

    /** Nothing from {@code size} on shows any more. */
    void cut(long size) {
        int i = at(size);
        if (i < used) {
            if (bounds[i] < size) {
                bounds[i + 1] = size;
                i += 2;
            }
            used = i;
            if (bounds.length > 2 * used) {
                bounds = Arrays.copyOf(bounds, used);
            }
        }
    }

    /** Whether {@link #remove} would make two ranges of one. */
    boolean isSplitBy(long start, long end) {
        int i = at(start);
        return i < used && bounds[i] < start && bounds[i + 1] > end;
    }

    /** Nothing from {@code start} to {@code end} (whole pages) shows any more. */
    void remove(long start, long end) {
        if (start >= end) {
            return;
        }
        int first = at(start);
        if (first >= used || bounds[first] >= end) {
            return;
        }
        int behind = at(end);
        // What stays of the range that `start` cuts, and of the one that `end` cuts.
        long[] rest = new long[4];
        int count = 0;
        if (bounds[first] < start) {
            rest[count++] = bounds[first];
            rest[count++] = start;
        }
        if (behind < used && bounds[behind] < end) {
            rest[count++] = end;
            rest[count++] = bounds[behind + 1];
            behind += 2;
        }
        int size = first + count + used - behind;
        long[] to = size > bounds.length ? Arrays.copyOf(bounds, size + (size >> 2) + (size >> 2) % 2) : bounds;
        System.arraycopy(bounds, behind, to, first + count, used - behind);
        System.arraycopy(rest, 0, to, first, count);
        bounds = to;
        used = size;
    }
}
