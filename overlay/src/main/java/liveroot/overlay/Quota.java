package liveroot.overlay;

import liveroot.fs.Capacity;
import liveroot.fs.Errno;
import liveroot.fs.FsException;

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

    private final long bytesLimit;
    private final long inodesLimit;
    private final long textLimit;
    private long bytes;
    private long textBytes;
    private long mostBytes;
    private long inodes;
    private long mostInodes;
    private long entries;

    Quota(long bytesLimit, long inodesLimit) {
        if (bytesLimit < 0 || inodesLimit < 1 || inodesLimit > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("a union of " + bytesLimit + " bytes and " + inodesLimit + " inodes");
        }
        this.bytesLimit = bytesLimit;
        this.inodesLimit = inodesLimit;
        textLimit = Math.max(Overlay.LEAST_TEXT, inodesLimit * Overlay.TEXT_PER_INODE);
    }

    /** What a name or symlink target of this length counts in bytes. */
    static int textBytes(int length) {
        return Math.max(0, length - SHORT);
    }

    /** For pages. @throws FsException ENOSPC */
    synchronized void takeBytes(long count) throws FsException {
        if (count > bytesLimit - bytes) {
            throw new FsException(Errno.ENOSPC);
        }
        bytes += count;
        mostBytes = Math.max(mostBytes, bytes);
    }

    synchronized void giveBytes(long count) {
        bytes -= count;
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
        textBytes += moreBytes;
        inodes += moreInodes;
        entries += moreEntries;
        mostBytes = Math.max(mostBytes, bytes);
        mostInodes = Math.max(mostInodes, inodes);
    }

    synchronized void give(long fewerBytes, int fewerInodes, int fewerEntries) {
        bytes -= fewerBytes;
        textBytes -= fewerBytes;
        inodes -= fewerInodes;
        entries -= fewerEntries;
    }

    synchronized long freeBytes() {
        return Math.max(0, bytesLimit - bytes);
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

    /** @param noBetter see {@link UnionUse#noBetter} */
    synchronized UnionUse use(String store, String noBetter) {
        return new UnionUse(bytesLimit, bytes, mostBytes, inodesLimit, inodes, mostInodes, entries, store, noBetter);
    }
}
