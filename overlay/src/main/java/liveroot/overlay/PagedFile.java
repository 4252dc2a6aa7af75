package liveroot.overlay;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReadWriteLock;
import liveroot.fs.Errno;
import liveroot.fs.FsException;

/** A file in a {@link PagePool}. Its pages are in groups of 64; most files have the first group and no other. */
final class PagedFile implements StoredFile {

    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(PAGE).asReadOnlyBuffer();

    private final PagePool pool;
    private final ReadWriteLock lock;

    /** Whether the compressor has it. */
    private boolean waits;

    /** Whether it has got a page since the compressor's pass over it began. */
    private boolean grew;

    private PageGroup first;
    /** The other groups, by number; null as long as there is none. */
    private TreeMap<Long, PageGroup> others;

    private int count;

    /** Pages that have not been written, so that they are not here; null if there are none. */
    private PagedFile reserved;

    /** @param lock null if its pages are never compressed */
    PagedFile(PagePool pool, ReadWriteLock lock) {
        this.pool = pool;
        this.lock = lock;
    }

    private PageGroup group(long number) {
        if (number == 0) {
            return first;
        }
        return others == null ? null : others.get(number);
    }

    private PageGroup groupToAdd(long number) {
        PageGroup group = group(number);
        if (group == null) {
            group = new PageGroup();
            if (number == 0) {
                first = group;
            } else {
                if (others == null) {
                    others = new TreeMap<>();
                }
                others.put(number, group);
            }
        }
        return group;
    }

    private static int place(long page) {
        return (int) page & PageGroup.PAGES - 1;
    }

    @Override
    public boolean has(long page) {
        PageGroup group = group(page >>> PageGroup.SHIFT);
        return group != null && group.has(place(page));
    }

    @Override
    public long nextPresent(long page, long end) {
        if (page >= end) {
            return end;
        }
        long number = page >>> PageGroup.SHIFT;
        PageGroup group = group(number);
        if (group != null) {
            int at = group.nextPresent(place(page));
            if (at < PageGroup.PAGES) {
                return Math.min(end, (number << PageGroup.SHIFT) + at);
            }
        }
        // Groups without pages do not stay, so that the next one has a page.
        Map.Entry<Long, PageGroup> next = others == null ? null : others.higherEntry(number);
        if (next == null) {
            return end;
        }
        return Math.min(
                end, (next.getKey() << PageGroup.SHIFT) + next.getValue().nextPresent(0));
    }

    @Override
    public long nextAbsent(long page, long end) {
        long at = page;
        while (at < end) {
            long number = at >>> PageGroup.SHIFT;
            PageGroup group = group(number);
            if (group == null) {
                return at;
            }
            int place = group.nextAbsent(place(at));
            at = (number << PageGroup.SHIFT) + place;
            if (place < PageGroup.PAGES) {
                return Math.min(at, end);
            }
        }
        return end;
    }

    @Override
    public long pages() {
        return (long) count + (reserved == null ? 0 : reserved.count);
    }

    private int number(long page) {
        PageGroup group = group(page >>> PageGroup.SHIFT);
        touch(group);
        return group.number(place(page));
    }

    /** Null if its pages are never compressed. */
    private Compressor compressor() {
        return lock == null ? null : pool.compressor();
    }

    private void touch(PageGroup group) {
        Compressor compressor = compressor();
        if (compressor != null) {
            group.touched = compressor.now();
        }
    }

    private void add(long page, int number) {
        PageGroup group = groupToAdd(page >>> PageGroup.SHIFT);
        group.add(place(page), number);
        count++;
        grown(group);
    }

    /** There is a page that may be compressed, and was not or not so before. */
    private void grown(PageGroup group) {
        Compressor compressor = compressor();
        if (compressor == null) {
            return;
        }
        group.touched = compressor.now();
        grew = true;
        if (!waits) {
            waits = true;
            compressor.add(this);
        }
    }

    @Override
    public void read(long offset, ByteBuffer dst) {
        long at = offset;
        while (dst.hasRemaining()) {
            int within = (int) at & PAGE - 1;
            int length = Math.min(PAGE - within, dst.remaining());
            int number = number(at >>> PAGE_SHIFT);
            if (number >= 0) {
                dst.put(dst.position(), pool.slab(number), PagePool.position(number) + within, length);
            } else if (length == PAGE) {
                pool.packed().unpack(number, dst, dst.position());
            } else {
                dst.put(dst.position(), pool.packed().unpacked(number), within, length);
            }
            dst.position(dst.position() + length);
            at += length;
        }
    }

    /** How many of these pages are neither here nor reserved. */
    private long missing(long firstPage, long end) {
        long missing = 0;
        for (long page = nextAbsent(firstPage, end); page < end; page = nextAbsent(page, end)) {
            long present = nextPresent(page, end);
            missing += present - page;
            page = present;
        }
        if (reserved != null) {
            long page = reserved.nextPresent(firstPage, end);
            while (page < end) {
                long absent = reserved.nextAbsent(page, end);
                missing -= absent - page;
                page = reserved.nextPresent(absent, end);
            }
        }
        return missing;
    }

    /** Whether it is here and compressed. */
    private boolean isPacked(long page) {
        return compressor() != null && has(page) && number(page) < 0;
    }

    /** How many of these pages are compressed, so that they need a page again to be written. */
    private int packed(long firstPage, long end) {
        int packed = 0;
        if (compressor() != null) {
            for (long page = firstPage; page < end; page++) {
                packed += isPacked(page) ? 1 : 0;
            }
        }
        return packed;
    }

    private boolean isReserved(long page) {
        return reserved != null && reserved.has(page);
    }

    @Override
    public void write(long offset, ByteBuffer data, Beneath beneath) throws FsException {
        long end = offset + data.remaining();
        long firstPage = offset >>> PAGE_SHIFT;
        long endPage = (end + PAGE - 1) >>> PAGE_SHIFT;
        int missing = (int) missing(firstPage, endPage) + packed(firstPage, endPage);
        int[] pages = missing == 0 ? null : pool.take(missing);
        try {
            prepareEdge(firstPage, offset, end, pages, 0, beneath);
            if (endPage - 1 > firstPage) {
                prepareEdge(endPage - 1, offset, end, pages, missing - 1, beneath);
            }
        } catch (FsException | RuntimeException e) {
            if (pages != null) {
                pool.give(pages, missing);
            }
            throw e;
        }
        int next = 0;
        int source = data.position();
        for (long page = firstPage; page < endPage; page++) {
            long start = page << PAGE_SHIFT;
            int from = (int) (Math.max(offset, start) - start);
            int length = (int) (Math.min(end, start + PAGE) - start) - from;
            int number;
            if (isPacked(page)) {
                number = pages[next++];
                unpacked(page, number);
            } else if (has(page)) {
                number = number(page);
                grown(group(page >>> PageGroup.SHIFT));
            } else {
                number = isReserved(page) ? takeReserved(page) : pages[next++];
                add(page, number);
            }
            pool.slab(number).put(PagePool.position(number) + from, data, source, length);
            source += length;
        }
    }

    /** A compressed page is in this one from now on. */
    private void unpacked(long page, int number) {
        PageGroup group = group(page >>> PageGroup.SHIFT);
        pool.packed().free(group.number(place(page)));
        group.replace(place(page), number);
        grown(group);
    }

    /** Gives a page that is new and will be written partly its first content. */
    private void prepareEdge(long page, long offset, long end, int[] pages, int at, Beneath beneath)
            throws FsException {
        long start = page << PAGE_SHIFT;
        boolean isPart = offset > start || end < start + PAGE;
        if (isPart && isPacked(page)) {
            pool.packed().unpack(number(page), pool.slab(pages[at]), PagePool.position(pages[at]));
        } else if (isPart && !has(page)) {
            int number = isReserved(page) ? reserved.number(page) : pages[at];
            beneath.fill(page, pool.slab(number).slice(PagePool.position(number), PAGE));
        }
    }

    @Override
    public long reserve(long firstPage, long end) throws FsException {
        long missing = missing(firstPage, end);
        if (missing > pool.free()) {
            throw new FsException(Errno.ENOSPC);
        }
        if (missing == 0) {
            return 0;
        }
        int[] numbers = pool.take((int) missing);
        if (reserved == null) {
            // Nothing has been written to it: there is nothing to be compressed.
            reserved = new PagedFile(pool, null);
        }
        int next = 0;
        for (long page = nextAbsent(firstPage, end); page < end; page = nextAbsent(page + 1, end)) {
            if (!reserved.has(page)) {
                reserved.add(page, numbers[next++]);
            }
        }
        return missing;
    }

    private int takeReserved(long page) {
        int[] number = new int[1];
        reserved.take(page, number);
        dropReservedIfEmpty();
        return number[0];
    }

    private void dropReservedIfEmpty() {
        if (reserved != null && reserved.count == 0) {
            reserved = null;
        }
    }

    private void take(long page, int[] to) {
        PageGroup group = group(page >>> PageGroup.SHIFT);
        group.remove(place(page), place(page) + 1, to);
        count--;
        dropIfEmpty(page >>> PageGroup.SHIFT, group);
    }

    private void dropIfEmpty(long number, PageGroup group) {
        if (group.isEmpty()) {
            if (number == 0) {
                first = null;
            } else {
                others.remove(number);
                if (others.isEmpty()) {
                    others = null;
                }
            }
        }
    }

    @Override
    public void zero(long offset, long end) {
        long endPage = (end + PAGE - 1) >>> PAGE_SHIFT;
        for (long page = nextPresent(offset >>> PAGE_SHIFT, endPage);
                page < endPage;
                page = nextPresent(page + 1, endPage)) {
            long start = page << PAGE_SHIFT;
            int from = (int) (Math.max(offset, start) - start);
            int length = (int) Math.min(end - start, PAGE) - from;
            int number = number(page);
            if (number >= 0) {
                pool.slab(number).put(PagePool.position(number) + from, ZEROS, 0, length);
            } else {
                int now = pool.packed().zero(number, from, from + length, ZEROS);
                group(page >>> PageGroup.SHIFT).replace(place(page), now);
            }
        }
    }

    @Override
    public void free(long firstPage, long end) {
        if (reserved != null) {
            reserved.free(firstPage, end);
            dropReservedIfEmpty();
        }
        int[] numbers = new int[PageGroup.PAGES];
        long page = nextPresent(firstPage, end);
        while (page < end) {
            long number = page >>> PageGroup.SHIFT;
            PageGroup group = group(number);
            long groupEnd = (number + 1) << PageGroup.SHIFT;
            int gone =
                    group.remove(place(page), (int) (Math.min(end, groupEnd) - (number << PageGroup.SHIFT)), numbers);
            count -= gone;
            dropIfEmpty(number, group);
            give(numbers, gone);
            page = nextPresent(Math.min(end, groupEnd), end);
        }
    }

    private void give(int[] numbers, int count) {
        int plain = 0;
        for (int i = 0; i < count; i++) {
            if (numbers[i] >= 0) {
                numbers[plain++] = numbers[i];
            } else {
                pool.packed().free(numbers[i]);
            }
        }
        pool.give(numbers, plain);
    }

    /** Begins to compress what was last touched at {@code touchedBefore} or earlier. */
    Pass beginPass(int touchedBefore) {
        lock.writeLock().lock();
        try {
            grew = false;
            return new Pass(touchedBefore);
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** One walk of the compressor over the pages. The lock is held for a few pages at a time. */
    final class Pass {

        private static final int STEP = 8;

        private final int touchedBefore;
        private long page;
        private boolean sawUsed;
        private boolean done;
        private long packed;

        private Pass(int touchedBefore) {
            this.touchedBefore = touchedBefore;
        }

        /** Compresses a few. @return whether there may be more */
        boolean step() {
            lock.writeLock().lock();
            try {
                int left = STEP;
                while (left > 0) {
                    page = nextPresent(page, Long.MAX_VALUE);
                    if (page == Long.MAX_VALUE) {
                        done = !sawUsed && !grew;
                        waits = !done;
                        return false;
                    }
                    left -= look(group(page >>> PageGroup.SHIFT));
                }
                return true;
            } finally {
                lock.writeLock().unlock();
            }
        }

        /** At one page, or at a group that is to be skipped. @return how many pages this counts for */
        private int look(PageGroup group) {
            boolean settled = group.touched == PageGroup.SETTLED;
            if (settled || group.touched > touchedBefore) {
                sawUsed |= !settled;
                page = ((page >>> PageGroup.SHIFT) + 1) << PageGroup.SHIFT;
                return 1;
            }
            int place = place(page);
            int number = group.number(place);
            if (number >= 0) {
                int now = pool.packed().pack(number);
                group.replace(place, now);
                packed += now < 0 ? 1 : 0;
            }
            if (place == PageGroup.PAGES - 1 || group.nextPresent(place + 1) == PageGroup.PAGES) {
                group.touched = PageGroup.SETTLED;
            }
            page++;
            return number >= 0 ? 1 : 0;
        }

        /** Whether nothing is left to be done until the file gets pages again; the compressor has it no more then. */
        boolean isDone() {
            return done;
        }

        /** How many pages it has compressed. */
        long packed() {
            return packed;
        }
    }
}
