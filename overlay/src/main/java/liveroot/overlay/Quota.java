package liveroot.overlay;

import liveroot.fs.Capacity;
import liveroot.fs.Errno;
import liveroot.fs.FsException;
import liveroot.fs.sys.Tmpfs;

/**
 * The limits of a union and what of them is used. Bytes: pages of file data, long names, long symlink targets, extended
 * attributes. Inodes: changed and new ones. Directory entries (names and whiteouts in memory) are bounded too, as hard
 * links could otherwise take memory without end; and so is what of the bytes lies on the heap, all but the pages.
 *
 * <p>A full union must stay deletable, and the removal of a lower file may need a whiteout and changed inodes. So what a
 * removal needs may go beyond the limit that stops everything else, up to as much again.
 */
final class Quota {

    /** Bytes of a name or symlink target that are part of what its inode or entry costs anyway. */
    private static final int SHORT = 64;

    /** Inodes and entries that removals may take beyond the limit even of the smallest union. */
    private static final int SMALLEST_RESERVE = 1024;

    private long bytesLimit;
    private long inodesLimit;
    private long textLimit;

    /** Where the pages are, which the kernel then counts: {@link #bytes} are those of the rest. Null if they are here. */
    private final Tmpfs tmpfs;

    private long pageLimit;
    /** What of {@link #pageLimit} the tmpfs may not use. */
    private long withheld;

    private long bytes;
    private long textBytes;
    private long mostBytes;
    private long inodes;
    private long mostInodes;
    private long entries;

    /** @param tmpfs that has {@code bytesLimit} in whole pages for its size; null if pages are counted here */
    Quota(long bytesLimit, long inodesLimit, Tmpfs tmpfs) {
        if (bytesLimit < 0 || inodesLimit < 1 || inodesLimit > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("a union of " + bytesLimit + " bytes and " + inodesLimit + " inodes");
        }
        this.bytesLimit = bytesLimit;
        this.inodesLimit = inodesLimit;
        textLimit = textLimit(inodesLimit);
        this.tmpfs = tmpfs;
        this.pageLimit = bytesLimit >>> StoredFile.PAGE_SHIFT;
    }

    private static long textLimit(long inodes) {
        return Math.max(Overlay.LEAST_TEXT, inodes * Overlay.TEXT_PER_INODE);
    }

    /** New limits, both or none. @throws FsException ENOSPC if more is in use */
    synchronized void resize(long newBytes, long newInodes) throws FsException {
        long pages = newBytes >>> StoredFile.PAGE_SHIFT;
        long newWithheld = tmpfs == null ? 0 : withheld(pages);
        boolean fits = bytes + pageBytes() <= newBytes
                && inodes <= newInodes
                && entries <= 2 * newInodes
                && textBytes <= textLimit(newInodes);
        // The kernel may have written meanwhile: the tmpfs has the last word.
        if (!fits || (tmpfs != null && tmpfs.resize((pages - newWithheld) << StoredFile.PAGE_SHIFT) < 0)) {
            throw new FsException(Errno.ENOSPC, "more is in use");
        }
        bytesLimit = newBytes;
        pageLimit = pages;
        withheld = newWithheld;
        inodesLimit = newInodes;
        textLimit = textLimit(newInodes);
    }

    /** Of that many pages, as many as the rest uses. A size of no pages would be none at all to tmpfs. */
    private long withheld(long pages) {
        return Math.min(pages - 1, (bytes + StoredFile.PAGE - 1) >>> StoredFile.PAGE_SHIFT);
    }

    /** What a name or symlink target of this length counts in bytes. */
    static int textBytes(int length) {
        return Math.max(0, length - SHORT);
    }

    /**
     * For pages.
     *
     * @param saved bytes that there would be more if nothing was compressed: what keeps the books of the pages is on the
     *     heap, compressed or not
     * @throws FsException ENOSPC
     */
    synchronized void takeBytes(long count, long saved) throws FsException {
        if (count > bytesLimit - bytes || saved > (Overlay.MOST_COMPRESSION - 1) * bytesLimit) {
            throw new FsException(Errno.ENOSPC);
        }
        takeBytesAnyway(count);
    }

    synchronized void takeBytesAnyway(long count) {
        bytes += count;
        mostBytes = Math.max(mostBytes, bytes);
    }

    synchronized void giveBytes(long count) {
        bytes -= count;
    }

    /**
     * Takes from the tmpfs's size what the rest uses, so that both together keep to the limit.
     *
     * @return whether it could be done
     */
    private boolean withhold(boolean anyway) {
        if (tmpfs == null) {
            return true;
        }
        long wanted = withheld(pageLimit);
        if (wanted == withheld) {
            return true;
        }
        if (tmpfs.resize((pageLimit - wanted) << StoredFile.PAGE_SHIFT) < 0) {
            return anyway;
        }
        withheld = wanted;
        return true;
    }

    private long pageBytes() {
        return tmpfs == null ? 0 : tmpfs.usedPages() << StoredFile.PAGE_SHIFT;
    }

    /** Notes how much is used, if it is the most. */
    synchronized void look() {
        mostBytes = Math.max(mostBytes, bytes + pageBytes());
    }

    /**
     * All or none.
     *
     * @param moreBytes on the heap
     * @throws FsException ENOSPC
     */
    synchronized void take(long moreBytes, int moreInodes, int moreEntries, boolean removal) throws FsException {
        long reserve = removal ? Math.max(inodesLimit, SMALLEST_RESERVE) : 0;
        boolean fits = (moreBytes <= 0
                        || (removal && moreBytes <= 2 * textLimit - textBytes)
                        || (moreBytes <= bytesLimit - bytes && moreBytes <= textLimit - textBytes))
                && (moreInodes == 0 || inodes + moreInodes <= inodesLimit + reserve)
                && (moreEntries == 0 || entries + moreEntries <= 2 * inodesLimit + reserve);
        if (!fits) {
            throw new FsException(Errno.ENOSPC);
        }
        bytes += moreBytes;
        if (moreBytes != 0 && !withhold(moreBytes < 0 || removal)) {
            bytes -= moreBytes;
            throw new FsException(Errno.ENOSPC);
        }
        textBytes += moreBytes;
        inodes += moreInodes;
        entries += moreEntries;
        if (tmpfs == null) {
            mostBytes = Math.max(mostBytes, bytes);
        }
        mostInodes = Math.max(mostInodes, inodes);
    }

    synchronized void give(long fewerBytes, int fewerInodes, int fewerEntries) {
        bytes -= fewerBytes;
        textBytes -= fewerBytes;
        inodes -= fewerInodes;
        entries -= fewerEntries;
        if (fewerBytes != 0) {
            withhold(true);
        }
    }

    synchronized long freeBytes() {
        return Math.max(0, bytesLimit - bytes - pageBytes());
    }

    /** In units of a page. */
    synchronized Capacity capacity() {
        long free = freeBytes() >>> StoredFile.PAGE_SHIFT;
        return new Capacity(
                StoredFile.PAGE,
                bytesLimit >>> StoredFile.PAGE_SHIFT,
                free,
                free,
                inodesLimit,
                Math.max(0, inodesLimit - inodes));
    }

    /**
     * @param noBetter see {@link UnionUse#noBetter}
     * @param compression see {@link UnionUse#compression}
     */
    synchronized UnionUse use(String store, String noBetter, UnionUse.Compression compression) {
        look();
        return new UnionUse(
                bytesLimit,
                bytes + pageBytes(),
                mostBytes,
                inodesLimit,
                inodes,
                mostInodes,
                entries,
                store,
                noBetter,
                compression);
    }
}
