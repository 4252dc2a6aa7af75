package liveroot.overlay;

import java.nio.ByteBuffer;
import liveroot.fs.FsException;
import liveroot.fs.sys.Tmpfs;

/**
 * What a store keeps of one file: some of its pages. Which of the others are holes and which show the lower file is for
 * {@link Content} to know.
 *
 * <p>Guarded by the data lock of the file: its read lock suffices for what changes nothing. Offsets and numbers of pages
 * are not negative.
 */
interface StoredFile {

    int PAGE_SHIFT = 12;
    /** Bytes of a page. */
    int PAGE = 1 << PAGE_SHIFT;

    /** What a page holds before it is written for the first time. */
    @FunctionalInterface
    interface Beneath {

        /**
         * Fills {@code dst}, a page of direct memory of any content, wholly.
         *
         * @return how many bytes of it may differ from zero
         */
        int fill(long page, ByteBuffer dst) throws FsException;
    }

    /**
     * Goes before everything but {@link #delete} and {@link #pages}, and is paired with {@link #close}.
     *
     * @throws FsException ENFILE
     */
    default void open() throws FsException {}

    default void close() {}

    boolean has(long page);

    /** The first page at or behind {@code page} that is here, or {@code end} if there is none before that. */
    long nextPresent(long page, long end);

    /** The first page at or behind {@code page} that is not here, or {@code end} if there is none before that. */
    long nextAbsent(long page, long end);

    /** How many pages are here or have their space. */
    long pages();

    /** Reads bytes that lie in pages that are here. */
    void read(long offset, ByteBuffer dst) throws FsException;

    /**
     * Writes the remaining bytes of {@code data}, and makes the pages that it touches be here. All or none.
     *
     * @param beneath asked for pages that are not here and are written partly. It does no I/O
     * @throws FsException ENOSPC
     */
    void write(long offset, ByteBuffer data, Beneath beneath) throws FsException;

    /**
     * Makes sure that there is space for all pages from {@code first} to before {@code end}. Those that were not here are
     * not here yet, but can be written without fail. All or none.
     *
     * @return for how many pages space was taken
     * @throws FsException ENOSPC
     */
    long reserve(long first, long end) throws FsException;

    /** Makes bytes zero that lie in pages that are here; others do not matter. */
    void zero(long offset, long end);

    /** Gives the pages from {@code first} to before {@code end} back to the store, and space that was reserved there. */
    void free(long first, long end);

    /** Gives back what lies behind {@code size}, and makes the rest of its page zero. */
    default void truncate(long size) {
        long page = (size + PAGE - 1) >>> PAGE_SHIFT;
        free(page, Long.MAX_VALUE);
        if ((size & PAGE - 1) != 0) {
            zero(size, page << PAGE_SHIFT);
        }
    }

    /** The file is that long now, and is zero where it has grown. */
    default void extend(long size) {}

    /**
     * A descriptor that holds the whole data of a file that is open, if the store has such a thing.
     *
     * @param size of the file
     * @return -1 if not
     */
    default int descriptor(long size) throws FsException {
        return -1;
    }

    /** What the operating system knows of a file that has a {@link #descriptor}. */
    default Tmpfs.Stat stat() {
        throw new UnsupportedOperationException();
    }

    /**
     * Makes the operating system believe that a file with a {@link #descriptor} has not been read.
     *
     * @return what it knows of it then
     */
    default Tmpfs.Stat forgetAccess() {
        throw new UnsupportedOperationException();
    }

    /** Gives all back. */
    default void delete() {
        free(0, Long.MAX_VALUE);
    }
}
