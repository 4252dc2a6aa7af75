package liveroot.overlay;

import java.nio.ByteBuffer;
import java.util.Arrays;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

/**
 * Compressed pages, several in a page of the pool. Such a page has slots of one size, a sixteenth to a half of it; what
 * does not fit into a half is not worth it and stays as it is. So what is compressed is counted in the quota by the pages
 * it lies in, and by nothing else. The first page of its size that is compressed becomes the one in which others follow:
 * compressing takes no space first, and cannot fail.
 *
 * <p>A compressed page is known by a negative number: its slot and the page of that. A page with slots begins with 16
 * bytes: the next and the previous page of this slot size that has room (-1: none), a bit for each slot in use, and how
 * many slots there are. A slot begins with two bytes for the length of the LZ4 block in it.
 *
 * <p>The monitor guards these beginnings, the lists and the counts. What is in a slot belongs to the file whose page it
 * is, and is guarded by its data lock.
 */
final class PackedPages {

    private static final int HEAD = 16;
    private static final int NEXT = 0;
    private static final int PREVIOUS = 4;
    private static final int USED = 8;
    private static final int SLOTS = 12;

    private static final int LENGTH = 2;
    private static final int MOST_SLOTS = 16;
    private static final int SLOT_BITS = 4;

    /** How many slots a page may have, by descending size. */
    private static final int[] KINDS = {2, 3, 4, 5, 6, 8, 12, MOST_SLOTS};

    /** Pages whose numbers do not fit beside a slot's stay as they are. */
    private static final int LAST_PAGE = Integer.MAX_VALUE >>> SLOT_BITS;

    private static final LZ4Compressor COMPRESSOR = LZ4Factory.fastestInstance().fastCompressor();
    private static final LZ4SafeDecompressor DECOMPRESSOR =
            LZ4Factory.fastestInstance().safeDecompressor();

    /** A page, and behind it what becomes of one at the worst. */
    private static final ThreadLocal<ByteBuffer> SCRATCH = ThreadLocal.withInitial(
            () -> ByteBuffer.allocateDirect(StoredFile.PAGE + COMPRESSOR.maxCompressedLength(StoredFile.PAGE)));

    private final PagePool pool;
    /** By how many slots they have: the first page with room, -1 if there is none. */
    private final int[] withRoom = new int[MOST_SLOTS + 1];

    private long pages;
    private long packed;

    PackedPages(PagePool pool) {
        this.pool = pool;
        Arrays.fill(withRoom, -1);
    }

    private static int slotSize(int slots) {
        return (StoredFile.PAGE - HEAD) / slots & -Long.BYTES;
    }

    private ByteBuffer slab(int page) {
        return pool.slab(page);
    }

    private int head(int page, int field) {
        return slab(page).getInt(PagePool.position(page) + field);
    }

    private void head(int page, int field, int value) {
        slab(page).putInt(PagePool.position(page) + field, value);
    }

    private static int pageOf(int number) {
        return ~number >>> SLOT_BITS;
    }

    /** Where in its slab a slot begins. */
    private int position(int number) {
        int page = pageOf(number);
        int slot = ~number & MOST_SLOTS - 1;
        return PagePool.position(page) + HEAD + slot * slotSize(head(page, SLOTS));
    }

    /**
     * Compresses a page. It is used up then, unless it gets its own number back.
     *
     * @return the number of the compressed page, or {@code page} if it is not worth it
     */
    int pack(int page) {
        ByteBuffer scratch = SCRATCH.get();
        int length = COMPRESSOR.compress(
                slab(page),
                PagePool.position(page),
                StoredFile.PAGE,
                scratch,
                StoredFile.PAGE,
                scratch.capacity() - StoredFile.PAGE);
        int slots = slotsFor(length);
        if (slots == 0 || page > LAST_PAGE) {
            return page;
        }
        synchronized (this) {
            int home = withRoom[slots];
            boolean isFirst = home < 0;
            if (isFirst) {
                home = page;
                head(home, USED, 0);
                head(home, SLOTS, slots);
                link(home);
                pages++;
            }
            int used = head(home, USED);
            int slot = Integer.numberOfTrailingZeros(~used);
            head(home, USED, used | 1 << slot);
            if (Integer.bitCount(used) + 1 == slots) {
                unlink(home);
            }
            packed++;
            int number = ~(home << SLOT_BITS | slot);
            put(number, scratch, length);
            if (!isFirst) {
                pool.give(new int[] {page}, 1);
            }
            return number;
        }
    }

    /** 0 if the block is too long for any. */
    private static int slotsFor(int length) {
        int fitting = 0;
        for (int slots : KINDS) {
            fitting = length + LENGTH <= slotSize(slots) ? slots : fitting;
        }
        return fitting;
    }

    private void put(int number, ByteBuffer scratch, int length) {
        ByteBuffer slab = slab(pageOf(number));
        int at = position(number);
        slab.putShort(at, (short) length);
        slab.put(at + LENGTH, scratch, StoredFile.PAGE, length);
    }

    /** Puts the content of a compressed page into {@code dst}, from its byte {@code at} on. */
    void unpack(int number, ByteBuffer dst, int at) {
        ByteBuffer slab = slab(pageOf(number));
        int from = position(number);
        int length = DECOMPRESSOR.decompress(slab, from + LENGTH, slab.getShort(from), dst, at, StoredFile.PAGE);
        if (length != StoredFile.PAGE) {
            throw new IllegalStateException("a compressed page of a union has " + length + " bytes");
        }
    }

    /** The content of a compressed page, until the next call of this thread. */
    ByteBuffer unpacked(int number) {
        ByteBuffer scratch = SCRATCH.get();
        unpack(number, scratch, 0);
        return scratch.slice(0, StoredFile.PAGE);
    }

    /**
     * Makes bytes of a compressed page zero. It has less in it then, and so fits where it was; if not, it becomes a page
     * again, beyond the quota if need be.
     *
     * @return its number from now on
     */
    int zero(int number, int from, int end, ByteBuffer zeros) {
        ByteBuffer scratch = SCRATCH.get();
        unpack(number, scratch, 0);
        scratch.put(from, zeros, 0, end - from);
        int length = COMPRESSOR.compress(
                scratch, 0, StoredFile.PAGE, scratch, StoredFile.PAGE, scratch.capacity() - StoredFile.PAGE);
        if (length + LENGTH <= slotSize(head(pageOf(number), SLOTS))) {
            put(number, scratch, length);
            return number;
        }
        int page = pool.takeAnyway();
        slab(page).put(PagePool.position(page), scratch, 0, StoredFile.PAGE);
        free(number);
        return page;
    }

    /** Gives a compressed page back. */
    synchronized void free(int number) {
        int home = pageOf(number);
        int used = head(home, USED);
        int bit = 1 << (~number & MOST_SLOTS - 1);
        if ((used & bit) == 0) {
            throw new IllegalStateException("compressed page " + number + " is given back twice");
        }
        head(home, USED, used & ~bit);
        packed--;
        boolean wasFull = Integer.bitCount(used) == head(home, SLOTS);
        if (used == bit) {
            unlink(home);
            pages--;
            pool.give(new int[] {home}, 1);
        } else if (wasFull) {
            link(home);
        }
    }

    private void link(int page) {
        int slots = head(page, SLOTS);
        int next = withRoom[slots];
        head(page, NEXT, next);
        head(page, PREVIOUS, -1);
        if (next >= 0) {
            head(next, PREVIOUS, page);
        }
        withRoom[slots] = page;
    }

    private void unlink(int page) {
        int next = head(page, NEXT);
        int previous = head(page, PREVIOUS);
        if (next >= 0) {
            head(next, PREVIOUS, previous);
        }
        if (previous >= 0) {
            head(previous, NEXT, next);
        } else {
            withRoom[head(page, SLOTS)] = next;
        }
    }

    /** What they are, and what they take. */
    synchronized UnionUse.Compression use() {
        return new UnionUse.Compression(packed << StoredFile.PAGE_SHIFT, pages << StoredFile.PAGE_SHIFT);
    }

    /** Bytes that there would be more if nothing was compressed. */
    synchronized long saved() {
        return (packed - pages) << StoredFile.PAGE_SHIFT;
    }
}
