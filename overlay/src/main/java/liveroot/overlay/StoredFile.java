package liveroot.overlay;

import java.nio.ByteBuffer;
import liveroot.fs.FsException;

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

        /** Fills {@code dst}, a page of direct memory of any content, wholly. */
        void fill(long page, ByteBuffer dst) throws FsException;
    }

    boolean has(long page);

    /** The first page at or behind {@code page} that is here, or {@code end} if there is none before that. */
    long nextPresent(long page, long end);

    /** The first page at or behind {@code page} that is not here, or {@code end} if there is none before that. */
    long nextAbsent(long page, long end);

    /** How many pages are here. */
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
     * Makes those of the pages from {@code first} to before {@code end} be here that are not.
     *
     * @throws FsException ENOSPC, or what {@code beneath} throws; some of the pages may be here then
     */
    void fill(long first, long end, Beneath beneath) throws FsException;

    /** Takes over from another file of the same store what is not here; the other file ends. */
    void adopt(StoredFile other);

    /** Makes bytes zero that lie in pages that are here; others do not matter. */
    void zero(long offset, long end);

    /** Gives the pages from {@code first} to before {@code end} back to the store. */
    void free(long first, long end);

    /** Gives all back. */
    default void delete() {
        free(0, Long.MAX_VALUE);
    }
}
