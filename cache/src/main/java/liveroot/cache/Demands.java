package liveroot.cache;

/** Hears of every block that is asked for, before it is looked for, on the thread that asks. */
public interface Demands {

    /**
     * A block of a region that has a name was asked for.
     *
     * @param position within the region
     * @param stored bytes that are read for it from there on
     * @param capacity the most bytes that it may unpack to
     */
    void demanded(BlockCache.Region region, long position, int stored, int capacity);

    /** A demanded block of any region has come, or could not be loaded. */
    default void loaded() {}
}
