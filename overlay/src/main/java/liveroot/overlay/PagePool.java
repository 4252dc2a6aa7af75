package liveroot.overlay;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import liveroot.cache.DirectMemory;
import liveroot.fs.Errno;
import liveroot.fs.FsException;

/**
 * Pages of direct memory, cut from slabs of 1 MiB and counted in the {@link Quota}. A page is known by a number: its slab
 * times {@link #SLAB_PAGES}, plus its place there.
 *
 * <p>Pages come from the first slab that has one, so that the last slabs empty first. An empty slab goes back to the
 * operating system, except for one that is kept so that a single page that comes and goes costs no slab each time.
 *
 * <p>The monitor guards the books. The bytes of a page belong to whoever took it.
 */
final class PagePool {

    static final int SLAB_SHIFT = 8;
    static final int SLAB_PAGES = 1 << SLAB_SHIFT;

    private final Quota quota;
    /** By number; null where a slab went back. Replaced, not changed, so that pages are found without the monitor. */
    private volatile ByteBuffer[] slabs = new ByteBuffer[0];

    private long[][] taken = new long[0][];
    private int[] free = new int[0];
    private final BitSet withRoom = new BitSet();
    private int empty;

    /** Null if none is compressed, and so is the next. */
    private final PackedPages packed;

    private final Compressor compressor;

    PagePool(Quota quota, Compressor compressor) {
        this.quota = quota;
        this.compressor = compressor;
        packed = compressor == null ? null : new PackedPages(this);
    }

    Compressor compressor() {
        return compressor;
    }

    PackedPages packed() {
        return packed;
    }

    /**
     * Pages of any content.
     *
     * @throws FsException ENOSPC; then none is taken
     */
    int[] take(int count) throws FsException {
        long bytes = (long) count << StoredFile.PAGE_SHIFT;
        quota.takeBytes(bytes, packed == null ? 0 : packed.saved());
        int[] pages = new int[count];
        int done = 0;
        try {
            synchronized (this) {
                while (done < count) {
                    pages[done] = takeOne();
                    done++;
                }
            }
        } catch (OutOfMemoryError e) {
            give(pages, done);
            quota.giveBytes(bytes - ((long) done << StoredFile.PAGE_SHIFT));
            throw new FsException(
                    Errno.ENOSPC,
                    "the process has no more direct memory for a union's pages: raise -XX:MaxDirectMemorySize or make"
                            + " unions smaller",
                    e);
        }
        return pages;
    }

    /** One page, also if there is none left: for what must not fail and gives more back soon. */
    int takeAnyway() {
        int page;
        synchronized (this) {
            page = takeOne();
        }
        quota.takeBytesAnyway(StoredFile.PAGE);
        return page;
    }

    private int takeOne() {
        int slab = withRoom.nextSetBit(0);
        if (slab < 0) {
            slab = newSlab();
        }
        long[] words = taken[slab];
        for (int w = 0; ; w++) {
            if (words[w] != -1) {
                int bit = Long.numberOfTrailingZeros(~words[w]);
                words[w] |= 1L << bit;
                if (free[slab] == SLAB_PAGES) {
                    empty--;
                }
                if (--free[slab] == 0) {
                    withRoom.clear(slab);
                }
                return slab << SLAB_SHIFT | w << 6 | bit;
            }
        }
    }

    private int newSlab() {
        ByteBuffer memory = ByteBuffer.allocateDirect(SLAB_PAGES << StoredFile.PAGE_SHIFT);
        ByteBuffer[] now = slabs;
        int slab = 0;
        while (slab < now.length && now[slab] != null) {
            slab++;
        }
        int capacity = slab < now.length ? now.length : now.length + (now.length >> 1) + 1;
        now = Arrays.copyOf(now, capacity);
        taken = Arrays.copyOf(taken, capacity);
        free = Arrays.copyOf(free, capacity);
        now[slab] = memory;
        taken[slab] = new long[SLAB_PAGES / Long.SIZE];
        free[slab] = SLAB_PAGES;
        withRoom.set(slab);
        empty++;
        slabs = now;
        return slab;
    }

    /** How many pages can be taken. */
    int free() {
        return (int) Math.min(Integer.MAX_VALUE >> 1, quota.freeBytes() >>> StoredFile.PAGE_SHIFT);
    }

    /** Gives the first {@code count} of {@code pages} back. */
    void give(int[] pages, int count) {
        synchronized (this) {
            for (int i = 0; i < count; i++) {
                giveOne(pages[i]);
            }
        }
        quota.giveBytes((long) count << StoredFile.PAGE_SHIFT);
    }

    private void giveOne(int page) {
        int slab = page >>> SLAB_SHIFT;
        int place = page & SLAB_PAGES - 1;
        long bit = 1L << place;
        if ((taken[slab][place >> 6] & bit) == 0) {
            throw new IllegalStateException("page " + page + " is given back twice");
        }
        taken[slab][place >> 6] &= ~bit;
        if (free[slab]++ == 0) {
            withRoom.set(slab);
        }
        if (free[slab] == SLAB_PAGES && ++empty > 1) {
            empty--;
            withRoom.clear(slab);
            taken[slab] = null;
            ByteBuffer[] now = slabs.clone();
            DirectMemory.free(now[slab]);
            now[slab] = null;
            slabs = now;
        }
    }

    /** The slab in which a taken page lies. Only its absolute methods may be used. */
    ByteBuffer slab(int page) {
        return slabs[page >>> SLAB_SHIFT];
    }

    /** Where in its slab a page starts. */
    static int position(int page) {
        return (page & SLAB_PAGES - 1) << StoredFile.PAGE_SHIFT;
    }

    /** Bytes that the pool holds from the operating system. */
    synchronized long memory() {
        long count = Arrays.stream(slabs).filter(slab -> slab != null).count();
        return (count * SLAB_PAGES) << StoredFile.PAGE_SHIFT;
    }

    /** Returns all memory. Not while a page is in use. */
    synchronized void close() {
        for (ByteBuffer slab : slabs) {
            if (slab != null) {
                DirectMemory.free(slab);
            }
        }
        slabs = new ByteBuffer[0];
        taken = new long[0][];
        free = new int[0];
        withRoom.clear();
        empty = 0;
    }
}
