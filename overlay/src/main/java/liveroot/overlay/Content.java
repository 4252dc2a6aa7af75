package liveroot.overlay;

import static liveroot.overlay.StoredFile.PAGE;
import static liveroot.overlay.StoredFile.PAGE_SHIFT;

import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReadWriteLock;
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

    private final Quota quota;

    final StoredFile stored;
    private final LowerRanges visible;
    private boolean deleted;

    /**
     * @param visible all of the lower file; nothing for a new file
     * @param lock the file's data lock
     */
    Content(LowerRanges visible, Store store, Quota quota, ReadWriteLock lock) {
        this.quota = quota;
        this.visible = visible;
        stored = store.newFile(lock);
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
        if (pageOf(offset + data.remaining() - 1) > pageOf(offset)) {
            uncover();
        }
        stored.write(offset, data, (page, dst) -> merge(page, dst, edges));
    }

    private int merge(long page, ByteBuffer dst, Edges edges) {
        long start = page << PAGE_SHIFT;
        int shown = (int) (Math.min(visible.endFrom(start), start + PAGE) - start);
        ByteBuffer bytes = shown > 0 ? edges.get(page) : null;
        if (bytes == null) {
            // The write covers all that shows of the lower file in this page, or nothing shows.
            shown = 0;
        } else {
            dst.put(0, bytes, 0, shown);
        }
        dst.put(shown, ZEROS, 0, PAGE - shown);
        return shown;
    }

    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(PAGE).asReadOnlyBuffer();

    /**
     * Writes what still shows of the lower file. All or none.
     *
     * @param lowerBytes all of the lower file, at least as far as it shows
     */
    void fill(ByteBuffer lowerBytes) throws FsException {
        long size = Math.min(lowerBytes.capacity(), visible.isEmpty() ? 0 : visible.end());
        if (size > 0 && pieceAt(0, size).equals(new Piece(Kind.LOWER, size))) {
            // In one piece, as nearly always: writing it takes the space too.
            uncover();
            stored.write(0, lowerBytes.slice(0, (int) size), NOTHING);
            return;
        }
        reserve(0, pageFrom(size));
        for (long at = 0; at < size; ) {
            Piece piece = pieceAt(at, size);
            if (piece.kind == Kind.LOWER) {
                int length = (int) (piece.end - at);
                stored.write(at, lowerBytes.slice((int) at, length), NOTHING);
            }
            at = piece.end;
        }
    }

    private static final StoredFile.Beneath NOTHING = (page, dst) -> {
        dst.put(0, ZEROS, 0, PAGE);
        return 0;
    };

    /** Drops what lies behind {@code size}. Never fails. */
    void truncate(long size) {
        cut(size);
        stored.truncate(size);
    }

    private void cut(long size) {
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

    /** Space for all of a range, all or none. @throws FsException ENOSPC */
    void allocate(long offset, long end) throws FsException {
        reserve(pageOf(offset), pageFrom(end));
    }

    private long reserve(long first, long end) throws FsException {
        uncover();
        return stored.reserve(first, end);
    }

    /** What is reserved of a page and what is written to it can be told apart in the store's file alone, not behind it. */
    private void uncover() {
        if (!visible.isEmpty()) {
            stored.extend(visible.end());
        }
    }

    /**
     * Makes a range zero, all or none. Its whole pages become holes, and keep their space or not; of pages that are only
     * partly in it the rest stays.
     *
     * @param edges those of {@link #clearedEdges}
     * @throws FsException ENOSPC: a page that is cleared partly must be here, and so must the space that is to be kept.
     *     What shows of the lower file may be in more pieces then, which take memory
     */
    void clear(long offset, long end, boolean keepSpace, Edges edges) throws FsException {
        long first = pageFrom(offset);
        long last = Math.max(first, pageOf(end));
        long from = first << PAGE_SHIFT;
        long to = last << PAGE_SHIFT;
        if (visible.endFrom(to) <= end && pageFrom(end) > last && to >= offset) {
            // All that shows in the last page goes.
            to = pageFrom(end) << PAGE_SHIFT;
        }
        boolean splits = from < to && visible.isSplitBy(from, to);
        if (splits) {
            quota.take(LowerRanges.RANGE_BYTES, 0, 0, false);
        }
        try {
            if (keepSpace) {
                reserve(pageOf(offset), pageFrom(end));
            } else {
                reserve(edges);
            }
        } catch (FsException | RuntimeException e) {
            if (splits) {
                quota.give(LowerRanges.RANGE_BYTES, 0, 0);
            }
            throw e;
        }
        clearEdge(edges.firstPage, offset, end, edges);
        clearEdge(edges.lastPage, offset, end, edges);
        int before = visible.ranges();
        visible.remove(from, to);
        if (!splits) {
            giveRanges(before);
        }
        if (!keepSpace) {
            stored.free(first, last);
        }
        stored.zero(offset, end);
    }

    private void clearEdge(long page, long offset, long end, Edges edges) throws FsException {
        if (page >= 0) {
            long start = page << PAGE_SHIFT;
            long from = Math.max(offset, start);
            long shown = Math.min(visible.endFrom(start), start + PAGE);
            write(from, ZEROS.slice(0, (int) (Math.min(end, shown) - from)), edges);
        }
    }

    /** Which pages of the lower file {@link #clear} will make zero in part. */
    Edges clearedEdges(long offset, long end) {
        Edges edges = new Edges();
        if (isClearedInPart(pageOf(offset), offset, end)) {
            edges.firstPage = pageOf(offset);
        }
        if (pageOf(end - 1) > pageOf(offset) && isClearedInPart(pageOf(end - 1), offset, end)) {
            edges.lastPage = pageOf(end - 1);
        }
        return edges;
    }

    private boolean isClearedInPart(long page, long offset, long end) {
        long start = page << PAGE_SHIFT;
        return needsEdge(page, offset, end) && visible.endFrom(start) > offset;
    }

    private void reserve(Edges edges) throws FsException {
        long taken = edges.firstPage < 0 ? 0 : reserve(edges.firstPage, edges.firstPage + 1);
        try {
            if (edges.lastPage >= 0) {
                reserve(edges.lastPage, edges.lastPage + 1);
            }
        } catch (FsException | RuntimeException e) {
            if (taken > 0) {
                stored.free(edges.firstPage, edges.firstPage + 1);
            }
            throw e;
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

    /** Whether all of the file is in the store, so that it needs the lower file no more. */
    boolean isWhole() {
        long start = visible.nextFrom(0);
        while (start < Long.MAX_VALUE) {
            long end = visible.endFrom(start);
            if (stored.nextAbsent(pageOf(start), pageFrom(end)) < pageFrom(end)) {
                return false;
            }
            start = visible.nextFrom(end);
        }
        cut(0);
        return true;
    }

    /** Units of 512 bytes: those in the store, and those of the lower file that still show. */
    long blocks(long size) {
        long inStore = stored.pages() << (PAGE_SHIFT - 9);
        return Math.max(inStore, Math.min(inStore + visible.blocks(), pageFrom(size) << (PAGE_SHIFT - 9)));
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
