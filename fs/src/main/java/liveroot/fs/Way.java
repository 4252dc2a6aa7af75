package liveroot.fs;

/**
 * One reader's way through the files of a tree: where it has come to, and the files ahead of it that were pushed to the
 * kernel's page cache or left to be demanded.
 *
 * <p>Guarded by the monitor of {@link Pusher}.
 */
final class Way {

    /** Files that may lie between a reader and where the walk ahead of it has come to. */
    private static final int MOST_FILES = 256;

    /** Bytes of such files, and of those between two that are left to be demanded. */
    private static final int MOST_BYTES = 8 << 20;

    private static final int MOST_BYTES_UNSEEN = MOST_BYTES / 4;

    /** Files that a step may leave out: they may be empty, of which nobody demands anything, or in the cache already. */
    private static final int LEFT_OUT = 8;

    private final Listings listings;
    private final PushPace pace = new PushPace();

    /** Where the walk goes on: behind the reader, or ahead of it. */
    private Listings.Place end;

    /** The file that was demanded last. */
    private long here;

    /** When that was, by the count of demands. */
    private long time;

    /** Demands that were foreseen. */
    private int used;

    /** The files ahead, oldest first; made for a reader that proves steady. */
    private long[] ids;

    private int[] sizes;
    private boolean[] pushed;
    private int start;
    private int count;
    private int bytes;
    /** Files passed, or no longer looked at, before the first one ahead. */
    private long before;

    /** @param end place behind {@code here} */
    Way(Listings listings, long here, Listings.Place end, long time) {
        this.listings = listings;
        this.here = here;
        this.end = end;
        this.time = time;
    }

    long time() {
        return time;
    }

    /** Whether a demand is this reader's; it has come there then. */
    boolean isFollowed(long file, long now) {
        if (file == here || comesTo(file) || stepsTo(file, true) || stepsTo(file, false)) {
            here = file;
            time = now;
            return true;
        }
        return false;
    }

    private boolean comesTo(long file) {
        for (int i = 0; i < count; i++) {
            if (ids[slot(i)] == file) {
                pass(i + 1, file);
                used++;
                return true;
            }
        }
        return false;
    }

    private int slot(int i) {
        return (start + i) % MOST_FILES;
    }

    /** @param file that is demanded, one of these or behind them */
    private void pass(int n, long file) {
        boolean all = true;
        for (int i = 0; i < n; i++) {
            int slot = slot(i);
            all &= pushed[slot] || ids[slot] == file;
            bytes -= sizes[slot];
        }
        start = slot(n);
        count -= n;
        before += n;
        if (!all) {
            pace.pause(used);
        }
    }

    /** Whether a file comes close behind those that were walked past. */
    private boolean stepsTo(long file, boolean enters) {
        Listings.Place at = end.copy();
        for (int i = 0; i <= LEFT_OUT; i++) {
            long next = listings.next(at, enters);
            if (next == Listings.UNKNOWN) {
                return false;
            }
            if (next == file) {
                end = at;
                pass(count, file);
                used++;
                return true;
            }
        }
        return false;
    }

    /** Whether the walk may go on. */
    boolean hasRoom() {
        return pace.mayPush(used) && count < MOST_FILES && bytes < MOST_BYTES;
    }

    /** The next file on the walk, or {@link Listings#UNKNOWN} if it is not known what that is. */
    long walk() {
        return listings.next(end, true);
    }

    /**
     * Puts the file that the walk has come to among those ahead.
     *
     * @return whether it is to be pushed
     */
    boolean add(long file, long size) {
        if (size <= 0 || !hasRoom()) {
            return false;
        }
        if (ids == null) {
            ids = new long[MOST_FILES];
            sizes = new int[MOST_FILES];
            pushed = new boolean[MOST_FILES];
        }
        int weight = (int) Math.min(size, PushPace.LARGEST);
        int slot = slot(count++);
        ids[slot] = file;
        sizes[slot] = weight;
        pushed[slot] = pace.push(size, weight, MOST_BYTES_UNSEEN);
        bytes += weight;
        if (!pushed[slot]) {
            pace.leave(file);
        }
        return pushed[slot];
    }

    /** The number of the file that was added last. */
    long last() {
        return before + count;
    }

    /** Whether the reader has not passed a file yet, by its number. */
    boolean isAhead(long number) {
        return number > before;
    }

    /** The kernel took what was pushed, or did not. */
    void stored(boolean taken) {
        pace.stored(taken, used);
    }
}
