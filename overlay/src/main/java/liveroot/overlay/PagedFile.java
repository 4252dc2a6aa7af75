package liveroot.overlay;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;
import liveroot.fs.FsException;

/** A file in a {@link PagePool}. Its pages are in groups of 64; most files have the first group and no other. */
final class PagedFile implements StoredFile {

    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(PAGE).asReadOnlyBuffer();

    private final PagePool pool;
    private PageGroup first;
    /** The other groups, by number; null as long as there is none. */
    private TreeMap<Long, PageGroup> others;

    private long count;

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
        return count;
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

    private int absent(long firstPage, long end) {
        int absent = 0;
        for (long page = nextAbsent(firstPage, end); page < end; page = nextAbsent(page, end)) {
            long present = nextPresent(page, end);
            absent += (int) (present - page);
            page = present;
        }
        return absent;
    }

    @Override
    public void write(long offset, ByteBuffer data, Beneath beneath) throws FsException {
        long end = offset + data.remaining();
        long firstPage = offset >>> PAGE_SHIFT;
        long endPage = (end + PAGE - 1) >>> PAGE_SHIFT;
        int absent = absent(firstPage, endPage);
        int[] pages = absent == 0 ? null : pool.take(absent);
        if (absent > 0) {
            try {
                prepareEdge(firstPage, offset, end, pages[0], beneath);
                if (endPage - 1 > firstPage) {
                    prepareEdge(endPage - 1, offset, end, pages[absent - 1], beneath);
                }
            } catch (FsException | RuntimeException e) {
                pool.give(pages, absent);
                throw e;
            }
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
                number = pages[next++];
                add(page, number);
            }
            pool.slab(number).put(PagePool.position(number) + from, data, source, length);
            source += length;
        }
    }

    /** Gives a page that is new and will be written partly its first content. */
    private void prepareEdge(long page, long offset, long end, int number, Beneath beneath) throws FsException {
        long start = page << PAGE_SHIFT;
        if (!has(page) && (offset > start || end < start + PAGE)) {
            beneath.fill(page, pool.slab(number).slice(PagePool.position(number), PAGE));
        }
    }

    @Override
    public void fill(long firstPage, long end, Beneath beneath) throws FsException {
        long page = nextAbsent(firstPage, end);
        while (page < end) {
            long present = Math.min(nextPresent(page, end), page + PageGroup.PAGES);
            int[] numbers = pool.take((int) (present - page));
            for (int i = 0; i < numbers.length; i++) {
                try {
                    beneath.fill(page + i, pool.slab(numbers[i]).slice(PagePool.position(numbers[i]), PAGE));
                } catch (FsException | RuntimeException e) {
                    System.arraycopy(numbers, i, numbers, 0, numbers.length - i);
                    pool.give(numbers, numbers.length - i);
                    throw e;
                }
                add(page + i, numbers[i]);
            }
            page = nextAbsent(present, end);
        }
    }

    @Override
    public void adopt(StoredFile other) {
        PagedFile from = (PagedFile) other;
        for (long page = from.nextPresent(0, Long.MAX_VALUE);
                page < Long.MAX_VALUE;
                page = from.nextPresent(page, Long.MAX_VALUE)) {
            if (has(page)) {
                from.free(page, page + 1);
            } else {
                int[] number = new int[1];
                from.take(page, number);
                add(page, number[0]);
            }
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
