package liveroot.overlay;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;
import liveroot.fs.Errno;
import liveroot.fs.FsException;

/** A file in a {@link PagePool}. Its pages are in groups of 64; most files have the first group and no other. */
final class PagedFile implements StoredFile {

    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(PAGE).asReadOnlyBuffer();

    private final PagePool pool;
    private PageGroup first;
    /** The other groups, by number; null as long as there is none. */
    private TreeMap<Long, PageGroup> others;

    private long count;

    /** Pages that have not been written, so that they are not here; null if there are none. */
    private PagedFile reserved;

    PagedFile(PagePool pool) {
        this.pool = pool;
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
        return count + (reserved == null ? 0 : reserved.count);
    }

    private int number(long page) {
        return group(page >>> PageGroup.SHIFT).number(place(page));
    }

    private void add(long page, int number) {
        groupToAdd(page >>> PageGroup.SHIFT).add(place(page), number);
        count++;
    }

    @Override
    public void read(long offset, ByteBuffer dst) {
        long at = offset;
        while (dst.hasRemaining()) {
            int within = (int) at & PAGE - 1;
            int length = Math.min(PAGE - within, dst.remaining());
            int number = number(at >>> PAGE_SHIFT);
            dst.put(dst.position(), pool.slab(number), PagePool.position(number) + within, length);
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

    private boolean isReserved(long page) {
        return reserved != null && reserved.has(page);
    }

    @Override
    public void write(long offset, ByteBuffer data, Beneath beneath) throws FsException {
        long end = offset + data.remaining();
        long firstPage = offset >>> PAGE_SHIFT;
        long endPage = (end + PAGE - 1) >>> PAGE_SHIFT;
        int missing = (int) missing(firstPage, endPage);
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
            if (has(page)) {
                number = number(page);
            } else {
                number = isReserved(page) ? takeReserved(page) : pages[next++];
                add(page, number);
            }
            pool.slab(number).put(PagePool.position(number) + from, data, source, length);
            source += length;
        }
    }

    /** Gives a page that is new and will be written partly its first content. */
    private void prepareEdge(long page, long offset, long end, int[] pages, int at, Beneath beneath)
            throws FsException {
        long start = page << PAGE_SHIFT;
        if (!has(page) && (offset > start || end < start + PAGE)) {
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
            reserved = new PagedFile(pool);
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
            pool.slab(number).put(PagePool.position(number) + from, ZEROS, 0, length);
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
            pool.give(numbers, gone);
            page = nextPresent(Math.min(end, groupEnd), end);
        }
    }
}
