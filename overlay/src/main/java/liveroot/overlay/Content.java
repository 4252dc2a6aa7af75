package liveroot.overlay;

import static liveroot.overlay.StoredFile.PAGE;
import static liveroot.overlay.StoredFile.PAGE_SHIFT;

import java.nio.ByteBuffer;
import java.util.concurrent.locks.Lock;
import liveroot.fs.Errno;
import liveroot.fs.FsException;

/**
 * The bytes of a changed regular file: pages in the store, and below them what still shows of a lower file. A page that is
 * in neither is a hole. What lies in the store behind the end of the file is zero.
 *
 * <p>A page that has been in the store never shows the lower file again: whatever takes it away takes the lower's bytes
 * there out of sight too. So bytes of the lower that were read without a lock are either still right under the lock or not
 * wanted any more.
 *
 * <p>Guarded by the data lock of the file, or owned by the thread that makes it.
 */
final class Content {

    /** The largest size, as Linux has it on 64-bit hosts (MAX_LFS_FILESIZE of linux/fs.h), to whole pages. */
    static final long MAX_SIZE = Long.MAX_VALUE - PAGE + 1;

    private final Lower lower;
    private final Quota quota;
    /** The union's id of the lower file, if there is one. */
    private final long id;

    final StoredFile stored;
    private final LowerRanges visible;
    private boolean deleted;
    private long losses;

    /** @param lowerSize size of the lower file {@code id}; 0 for a new file */
    Content(long id, long lowerSize, Lower lower, Store store, Quota quota) {
        this.id = id;
        this.lower = lower;
        this.quota = quota;
        stored = store.newFile();
        visible = LowerRanges.of(lowerSize);
    }

    static long pageOf(long offset) {
        return offset >>> PAGE_SHIFT;
    }

    /** The first page that starts at or behind {@code offset}. */
    static long pageFrom(long offset) {
        return (offset + PAGE - 1) >>> PAGE_SHIFT;
    }

    /** @throws FsException ESTALE if the file has gone meanwhile */
    void requireAlive() throws FsException {
        if (deleted) {
            throw new FsException(Errno.ESTALE);
        }
    }

    /** Bytes of the lower file that have been read before the lock was taken, for pages that are written partly. */
    static final class Edges {

        private static final ThreadLocal<ByteBuffer> BUFFER =
                ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(2 * PAGE));

        private long firstPage = -1;
        private long lastPage = -1;

        private static ByteBuffer of(int place) {
            return BUFFER.get().slice(place * PAGE, PAGE);
        }

        private ByteBuffer get(long page) {
            return page == firstPage ? of(0) : page == lastPage ? of(1) : null;
        }

        /** Reads them. No lock is held. */
        void read(Lower lower, long id) throws FsException {
            if (firstPage >= 0) {
                lower.readFully(id, firstPage << PAGE_SHIFT, of(0));
            }
            if (lastPage >= 0) {
                lower.readFully(id, lastPage << PAGE_SHIFT, of(1));
            }
        }
    }

    /** Which pages of the lower file a write of these bytes will have to be merged with. */
    Edges edges(long offset, long end) {
        Edges edges = new Edges();
        if (needsEdge(pageOf(offset), offset, end)) {
            edges.firstPage = pageOf(offset);
        }
        if (pageOf(end - 1) > pageOf(offset) && needsEdge(pageOf(end - 1), offset, end)) {
            edges.lastPage = pageOf(end - 1);
        }
        return edges;
    }

    private boolean needsEdge(long page, long offset, long end) {
        long start = page << PAGE_SHIFT;
        long shown = Math.min(visible.endFrom(start), start + PAGE);
        return shown > start && (offset > start || end < shown) && !stored.has(page);
    }

    /** All or none. */
    void write(long offset, ByteBuffer data, Edges edges) throws FsException {
        stored.write(offset, data, (page, dst) -> merge(page, dst, edges));
    }

    private void merge(long page, ByteBuffer dst, Edges edges) {
        long start = page << PAGE_SHIFT;
        int shown = (int) (Math.min(visible.endFrom(start), start + PAGE) - start);
        ByteBuffer bytes = shown > 0 ? edges.get(page) : null;
        if (bytes == null) {
            // The write covers all that shows of the lower file in this page, or nothing shows.
            shown = 0;
        } else {
            dst.put(0, bytes, 0, shown);
        }
        zero(dst, shown);
    }

    /** Drops what lies behind {@code size}. Never fails. */
    void truncate(long size) {
        cut(size);
        stored.free(pageFrom(size), Long.MAX_VALUE);
        if ((size & PAGE - 1) != 0) {
            stored.zero(size, pageFrom(size) << PAGE_SHIFT);
        }
    }

    private void cut(long size) {
        losses++;
        int before = visible.ranges();
        visible.cut(size);
        giveRanges(before);
    }

    private void giveRanges(int before) {
        int fewer = Math.max(before, 1) - Math.max(visible.ranges(), 1);
        if (fewer > 0) {
            quota.give(fewer * LowerRanges.RANGE_BYTES, 0, 0);
        }
    }

    /** How often something was taken out of sight. A copy of what showed before such a loss must not be adopted after it. */
    long losses() {
        return losses;
    }

    /**
     * The lower file no longer shows in the pages from {@code first} to before {@code end}.
     *
     * @throws FsException ENOSPC: what shows is then in more pieces, which take memory
     */
    void hide(long first, long end) throws FsException {
        if (first >= end) {
            return;
        }
        losses++;
        long from = first << PAGE_SHIFT;
        long to = end << PAGE_SHIFT;
        if (visible.isSplitBy(from, to)) {
            quota.take(LowerRanges.RANGE_BYTES, 0, 0, false);
            visible.remove(from, to);
        } else {
            int before = visible.ranges();
            visible.remove(from, to);
            giveRanges(before);
        }
    }

    /** What bytes from an offset on are. */
    record Piece(Kind kind, long end) {}

    enum Kind {
        STORED,
        LOWER,
        HOLE
    }

    /** The kind of the byte at {@code offset}, and where bytes of that kind end, at {@code limit} at the latest. */
    Piece pieceAt(long offset, long limit) {
        long page = pageOf(offset);
        long endPage = pageFrom(limit);
        if (stored.has(page)) {
            return new Piece(Kind.STORED, Math.min(limit, stored.nextAbsent(page, endPage) << PAGE_SHIFT));
        }
        long present = Math.min(limit, stored.nextPresent(page, endPage) << PAGE_SHIFT);
        long shown = visible.endFrom(offset);
        return shown > offset
                ? new Piece(Kind.LOWER, Math.min(present, shown))
                : new Piece(Kind.HOLE, Math.min(present, visible.nextFrom(offset)));
    }

    /**
     * Puts into {@code copy} what the absent ones of these pages hold now. It asks the lower file, and looks at this file
     * under {@code lock}.
     *
     * @throws FsException ENOSPC, EIO; some pages may have been copied then
     */
    void copyAbsent(long first, long end, StoredFile copy, Lock lock) throws FsException {
        long page = first;
        while (page < end) {
            Piece piece;
            lock.lock();
            try {
                piece = pieceAt(page << PAGE_SHIFT, end << PAGE_SHIFT);
            } finally {
                lock.unlock();
            }
            long shown = piece.end;
            long next = pageFrom(shown);
            if (piece.kind != Kind.STORED) {
                requireRoom(next - page);
                copy.fill(
                        page,
                        next,
                        piece.kind == Kind.HOLE
                                ? ZERO
                                : (at, dst) -> {
                                    long start = at << PAGE_SHIFT;
                                    int length = (int) Math.min(PAGE, shown - start);
                                    lower.readFully(id, start, dst.slice(0, length));
                                    zero(dst, length);
                                });
            }
            page = next;
        }
    }

    /** Puts pages of zeros into {@code copy} for the absent ones of these pages. */
    void copyZeros(long first, long end, StoredFile copy, Lock lock) throws FsException {
        long page = first;
        while (page < end) {
            long absent;
            long present;
            lock.lock();
            try {
                absent = stored.nextAbsent(page, end);
                present = stored.nextPresent(absent, end);
            } finally {
                lock.unlock();
            }
            requireRoom(present - absent);
            copy.fill(absent, present, ZERO);
            page = present;
        }
    }

    /** Whether a page is neither stored nor shows the lower file. */
    boolean isHole(long page) {
        return !stored.has(page) && visible.endFrom(page << PAGE_SHIFT) == page << PAGE_SHIFT;
    }

    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(PAGE).asReadOnlyBuffer();

    /** What a hole holds. */
    static final StoredFile.Beneath ZERO = (page, dst) -> zero(dst, 0);

    /** So that no time is spent on copying what cannot fit. */
    void requireRoom(long pages) throws FsException {
        if (pages > quota.freeBytes() >>> PAGE_SHIFT) {
            throw new FsException(Errno.ENOSPC);
        }
    }

    private static void zero(ByteBuffer dst, int from) {
        dst.put(from, ZEROS, 0, PAGE - from);
    }

    /** Units of 512 bytes: those in the store, and those of the lower file that still show. */
    long blocks(long size, long lowerBlocks) {
        long shown = Math.min(lowerBlocks, (visible.bytes() + 511) >>> 9);
        long inStore = stored.pages() << (PAGE_SHIFT - 9);
        return Math.max(inStore, Math.min(inStore + shown, pageFrom(size) << (PAGE_SHIFT - 9)));
    }

    LowerRanges visible() {
        return visible;
    }

    /** Gives everything back. */
    void delete() {
        if (!deleted) {
            cut(0);
            stored.delete();
            deleted = true;
        }
    }
}
