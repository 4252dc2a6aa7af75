package liveroot.fs.ext;

/**
 * Blocks of a file, one behind the other.
 *
 * @param block of the volume that has the first, or {@link #HOLE}
 * @param count at least 1
 */
record Run(long block, long count) {

    /** Nothing but zeros: never allocated, or allocated and never written. */
    static final long HOLE = -1;

    static Run hole(long count) {
        return new Run(HOLE, count);
    }

    boolean isHole() {
        return block == HOLE;
    }
}
