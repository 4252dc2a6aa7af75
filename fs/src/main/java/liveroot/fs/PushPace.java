package liveroot.fs;

/**
 * How many files ahead of one reader are pushed to the kernel's page cache, and how many are left to be demanded. Who reads a
 * file that was pushed is not seen; so some are left, which tell where their reader is and whether it leaves files out.
 *
 * <p>Guarded by whoever has it.
 */
public final class PushPace {

    /** Bytes of the largest file that is pushed: what one read may ask for. */
    public static final int LARGEST = 1 << 20;

    /** Demands of a reader that were foreseen, after which files ahead of it are pushed. */
    private static final int PROVEN = 8;

    /** Pushes in a row that the kernel did not take, because it knows no such inode, after which there is a pause. */
    private static final int MOST_REFUSED = 64;

    /** Demands that have to be foreseen then, or after a file was left out, until files are pushed again. */
    private static final int PAUSE = 64;

    /** Files pushed between two that are not, at least; at most 31 more. */
    private static final int FEWEST = 32;

    private int from = PROVEN;
    private int refused;
    private int files;
    private int weight;
    private int span;

    /** @param used demands that were foreseen */
    public boolean mayPush(int used) {
        return used >= from;
    }

    /**
     * The kernel took what was pushed, or did not.
     *
     * @param used demands that were foreseen
     * @return false if there is a pause from now on
     */
    public boolean stored(boolean taken, int used) {
        refused = taken ? 0 : refused + 1;
        if (refused < MOST_REFUSED) {
            return true;
        }
        pause(used);
        return false;
    }

    public void pause(int used) {
        refused = 0;
        from = used + PAUSE;
    }

    /**
     * Whether the next file on the way is pushed; it counts as that then.
     *
     * @param more what it weighs
     * @param room what files between two that are left may weigh
     */
    public boolean push(long size, int more, int room) {
        if (size > LARGEST || files >= span || weight + more > room) {
            return false;
        }
        files++;
        weight += more;
        return true;
    }

    /**
     * The next file on the way is left to be demanded.
     *
     * @param number of its inode, or what else differs from file to file
     */
    public void leave(long number) {
        files = 0;
        weight = 0;
        // Not at regular distances: one who reads files at just these would be taken for one who reads all.
        span = FEWEST + (int) ((number * 0x9E3779B97F4A7C15L) >>> 59);
    }
}
