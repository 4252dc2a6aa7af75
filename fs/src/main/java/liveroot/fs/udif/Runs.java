package liveroot.fs.udif;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import liveroot.fs.BadImageException;

/**
 * The runs of all tables: as they were added, for the tables' checksums, by their place on the disk, for reading, and the packed
 * ones by that of their bytes, for playlists. 41 bytes of heap each.
 */
final class Runs {

    /** Bytes that a packed run may unpack to. hdiutil makes runs of 256 KiB or 1 MiB. */
    static final int LARGEST = 8 << 20;

    private int count;
    private byte[] types = new byte[64];
    private long[] starts = new long[64];
    private long[] lengths = new long[64];
    private long[] offsets = new long[64];
    private long[] stored = new long[64];
    /** Indexes by start. */
    private int[] order;
    /** Packed ones by offset; empty unless each can be told by that. */
    private int[] stock = {};

    void add(RunType type, long start, long length, long offset, long storedBytes) {
        if (count == types.length) {
            int more = count * 2;
            types = Arrays.copyOf(types, more);
            starts = Arrays.copyOf(starts, more);
            lengths = Arrays.copyOf(lengths, more);
            offsets = Arrays.copyOf(offsets, more);
            stored = Arrays.copyOf(stored, more);
        }
        types[count] = type.code();
        starts[count] = start;
        lengths[count] = length;
        offsets[count] = offset;
        stored[count] = storedBytes;
        count++;
    }

    /** Brings them into order. @throws BadImageException if two of them are of the same sectors */
    void sort(String source, long at) throws BadImageException {
        boolean sorted = true;
        for (int i = 1; i < count && sorted; i++) {
            sorted = starts[i - 1] <= starts[i];
        }
        order = new int[count];
        if (sorted) {
            for (int i = 0; i < count; i++) {
                order[i] = i;
            }
        } else {
            Integer[] boxed = new Integer[count];
            Arrays.setAll(boxed, i -> i);
            Arrays.sort(boxed, (a, b) -> Long.compare(starts[a], starts[b]));
            for (int i = 0; i < count; i++) {
                order[i] = boxed[i];
            }
        }
        for (int i = 1; i < count; i++) {
            int before = order[i - 1];
            if (starts[order[i]] < starts[before] + lengths[before]) {
                throw new BadImageException(
                        source,
                        at,
                        "two runs of the same sectors: " + lengths[before] + " from " + starts[before] + " on, and "
                                + lengths[order[i]] + " from " + starts[order[i]] + " on");
            }
        }
    }

    int count() {
        return count;
    }

    /** Has {@link #startingAt} find the packed runs. @return whether it does: each has bytes that begin at an offset of their own */
    boolean indexStored() {
        int[] packed = IntStream.range(0, count)
                .filter(run -> type(run).isPacked())
                .boxed()
                .sorted(Comparator.comparingLong(run -> offsets[run]))
                .mapToInt(Integer::intValue)
                .toArray();
        for (int i = 0; i < packed.length; i++) {
            if (stored[packed[i]] == 0 || (i > 0 && offsets[packed[i]] == offsets[packed[i - 1]])) {
                return false;
            }
        }
        stock = packed;
        return packed.length > 0;
    }

    /** The packed run whose bytes begin at {@code offset}; -1 if there is none. */
    int startingAt(long offset) {
        int low = 0;
        int high = stock.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (offsets[stock[middle]] == offset) {
                return stock[middle];
            } else if (offsets[stock[middle]] < offset) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -1;
    }

    /** The place in order of the last run that begins at {@code sector} or before it; -1 if there is none. */
    int find(long sector) {
        int low = 0;
        int high = count - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (starts[order[middle]] <= sector) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    /** The run at a place in order. */
    int at(int place) {
        return order[place];
    }

    RunType type(int run) {
        return RunType.byCode(types[run]);
    }

    /** First sector on the disk. */
    long start(int run) {
        return starts[run];
    }

    /** Sectors. */
    long length(int run) {
        return lengths[run];
    }

    /** Where its bytes begin in the data fork. */
    long offset(int run) {
        return offsets[run];
    }

    /** Bytes in the data fork. */
    long stored(int run) {
        return stored[run];
    }
}
