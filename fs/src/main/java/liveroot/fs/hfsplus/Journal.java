package liveroot.fs.hfsplus;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.BadImageException;

/**
 * The journal (TN1150, "Journal"): a ring of transactions behind a header, in the byte order of who wrote it. The header is
 * {"JNLx", 0x12345678, first byte u64, byte behind the last u64, size u64, size of a block list u32, checksum u32, size of
 * the header and of a device block u32}. A transaction is one or more block lists {most u16, blocks u16, bytes u32, checksum
 * u32, flags u32, blocks times {device block u64, bytes u32, checksum u32}}, each with the blocks' contents behind it; the
 * first stands for no block and has the number of its transaction in place of a checksum, 0 by old writers.
 *
 * <p>A writer puts the end into the header after what it has written, so transactions may go on behind it; as newer ones
 * they count, or others of their blocks, which are in place already, would be covered by the older ones in the journal.
 * Where they end is found as Darwin does (xnu, bsd/vfs/vfs_journal.c, replay_journal()): where a list has another checksum
 * than its own, or is not numbered as the one before it or as the next, being of an earlier round.
 */
final class Journal {

    private static final int INFO = 52;
    private static final int IN_VOLUME = 1;
    private static final int ON_OTHER_DEVICE = 2;
    private static final int NOT_MADE_YET = 4;

    private static final int HEADER = 44;
    private static final int MAGIC = 0x4a4e4c78;
    private static final int ENDIAN = 0x12345678;
    private static final int HEADER_CHECKSUM = 36;

    private static final int LIST_HEADER = 16;
    private static final int BLOCK_INFO = 16;
    private static final int LIST_CHECKSUM = 8;
    private static final int LIST_NUMBER = LIST_HEADER + 12;
    /** Bytes of a list that its checksum is of. */
    private static final int LIST_CHECKED = 32;

    private static final int BLOCKS_CHECKED = 1;
    private static final int LARGEST_LIST = 1 << 20;
    private static final int LARGEST_SECTOR = 65_536;
    private static final int PIECE = 65_536;
    /** Of replayed blocks, which take about 100 bytes each: more than the largest journals have. */
    private static final int MOST_RANGES = 1 << 18;

    /** Who mounted last replays it; others may have changed the volume without it (TN1150, "lastMountedVersion"). */
    private static final String JOURNALING_WRITER = "HFSJ";

    private final BlockSource source;
    private final BlockCache cache;
    private final long start;
    private final long size;
    private final ByteOrder order;
    private final int listSize;
    private final int sectorSize;

    private Journal(BlockSource source, BlockCache cache, long start, ByteBuffer header) throws IOException {
        this.source = source;
        this.cache = cache;
        this.start = start;
        this.order = header.order();
        size = header.getLong(24);
        listSize = header.getInt(32);
        sectorSize = header.getInt(40);
        if (size <= 0 || size > source.size() - start) {
            throw damage(0, "is of " + size + " bytes, outside of the image's " + source.size());
        }
        if (sectorSize < 512
                || sectorSize > LARGEST_SECTOR
                || Integer.bitCount(sectorSize) != 1
                || sectorSize >= size) {
            throw damage(0, "has a header of " + sectorSize + " bytes, expected the size of a device block");
        }
        if (listSize < LIST_CHECKED || listSize > LARGEST_LIST || listSize >= size - sectorSize) {
            throw damage(0, "has block lists of " + listSize + " bytes");
        }
    }

    /**
     * The image with what the journal of its volume holds, if that was not written to its places yet.
     *
     * @param volumeStart byte of the image at which the volume begins; the journal counts from the image's first byte
     * @return {@code source} itself if there is nothing to replay
     * @throws BadImageException if the journal is damaged, or on another device, while it is needed
     */
    static BlockSource replay(BlockSource source, BlockCache cache, long volumeStart, VolumeHeader volume)
            throws IOException {
        if (!volume.isJournaled()
                || volume.journalInfoBlock() == 0
                || !volume.writer().equals(JOURNALING_WRITER)) {
            return source;
        }
        long info = volumeStart + volume.journalInfoBlock() * volume.blockSize();
        checkWithin(source, info, INFO, "the journal's info block");
        long start;
        Block memory = cache.take(INFO);
        try {
            source.read(info, memory.slice(0, INFO));
            ByteBuffer in = memory.memory();
            int flags = in.getInt(0);
            if ((flags & NOT_MADE_YET) != 0) {
                return source;
            }
            if ((flags & ON_OTHER_DEVICE) != 0 || (flags & IN_VOLUME) == 0) {
                if (volume.isCleanlyUnmounted()) {
                    return source;
                }
                throw new BadImageException(
                        source.name(),
                        info,
                        "the volume was not unmounted, and its journal is on another device; mount and unmount it on a"
                                + " Mac first");
            }
            start = volumeStart + in.getLong(36);
        } finally {
            memory.release();
        }
        checkWithin(source, start, HEADER, "the journal's header");
        return replay(source, cache, start);
    }

    private static BlockSource replay(BlockSource source, BlockCache cache, long start) throws IOException {
        Block memory = cache.take(HEADER);
        try {
            source.read(start, memory.slice(0, HEADER));
            ByteBuffer header = memory.slice(0, HEADER);
            if (header.getInt(0) != MAGIC) {
                header.order(ByteOrder.LITTLE_ENDIAN);
            }
            if (header.getInt(0) != MAGIC || header.getInt(4) != ENDIAN) {
                throw new BadImageException(
                        source.name(), start, "the journal does not begin with JNLx and 0x12345678");
            }
            int recorded = header.getInt(HEADER_CHECKSUM);
            header.putInt(HEADER_CHECKSUM, 0);
            int found = ~sum(header, 0, HEADER, 0);
            if (found != recorded) {
                throw checksum(source, start, "the journal's header", found, recorded);
            }
            long first = header.getLong(8);
            long end = header.getLong(16);
            return first == end ? source : new Journal(source, cache, start, header).replay(first, end);
        } finally {
            memory.release();
        }
    }

    /**
     * Where a block belongs, and where its copy is.
     *
     * @param to byte of the image
     * @param from byte of the ring, behind whose end the copy may go on at its start
     */
    private record Copy(long to, int length, long from) {}

    private BlockSource replay(long first, long end) throws IOException {
        checkPlace(first);
        checkPlace(end);
        ReplayedSource.Ranges ranges = new ReplayedSource.Ranges();
        List<Copy> copies = new ArrayList<>();
        long at = wrapped(first);
        long last = wrapped(end);
        if (at == last) {
            return source;
        }
        int number = 0;
        boolean isBehind = false;
        // Each list moves on by its own size at least; all of them together are no larger than the ring.
        long left = size - sectorSize;
        Block list = cache.take(listSize);
        try {
            for (; left >= listSize || !isBehind; isBehind |= at == last) {
                left -= listSize;
                if (left < 0) {
                    throw damage(at, "has transactions that do not end at " + end);
                }
                read(at, list.slice(0, listSize));
                ByteBuffer in = list.slice(0, listSize).order(order);
                if (!follows(in, at, number, isBehind)) {
                    break;
                }
                // Behind the end a transaction counts as a whole.
                if (!isBehind || in.getInt(LIST_NUMBER) != number || at == last) {
                    move(copies, ranges);
                }
                number = in.getInt(LIST_NUMBER);
                long data = wrapped(at + listSize);
                long bytes;
                try {
                    bytes = collect(in, at, data, left, copies);
                } catch (BadImageException e) {
                    if (!isBehind) {
                        throw e;
                    }
                    // It was not written to its end, so nothing of its transaction is in the volume yet.
                    copies.clear();
                    break;
                }
                if (ranges.count() + copies.size() > MOST_RANGES) {
                    throw damage(
                            at,
                            "has more than " + MOST_RANGES + " blocks to replay; mount and unmount it on a Mac first");
                }
                left -= bytes;
                at = wrapped(data + bytes);
            }
        } finally {
            list.release();
        }
        move(copies, ranges);
        return ranges.over(source);
    }

    /**
     * Whether a list goes on with what was read before.
     *
     * @param number of the transaction before, 0 if it has none
     */
    private boolean follows(ByteBuffer list, long at, int number, boolean isBehind) throws BadImageException {
        int recorded = list.getInt(LIST_CHECKSUM);
        list.putInt(LIST_CHECKSUM, 0);
        int found = ~sum(list, 0, LIST_CHECKED, 0);
        if (found != recorded && !isBehind) {
            throw checksum(source, start + at, "a block list of the journal", found, recorded);
        }
        int next = list.getInt(LIST_NUMBER);
        // Behind the end nothing else tells what is newer from what is left of an earlier round.
        boolean isNumbered = number != 0 && next != 0;
        boolean isNext = isNumbered ? next == number || next == number + 1 : !isBehind;
        return found == recorded && isNext;
    }

    private void move(List<Copy> copies, ReplayedSource.Ranges ranges) {
        for (Copy copy : copies) {
            long head = Math.min(copy.length, size - copy.from);
            ranges.add(copy.to, head, start + copy.from);
            if (head < copy.length) {
                ranges.add(copy.to + head, copy.length - head, start + sectorSize);
            }
        }
        copies.clear();
    }

    /** Adds the blocks of one list. @return bytes of their contents */
    private long collect(ByteBuffer list, long at, long data, long most, List<Copy> copies) throws IOException {
        int count = list.getShort(2) & 0xffff;
        if (count == 0 || LIST_HEADER + count * BLOCK_INFO > listSize) {
            throw damage(at, "has a block list of " + count + " blocks");
        }
        boolean checked = (list.getInt(12) & BLOCKS_CHECKED) != 0;
        long bytes = 0;
        for (int i = 1; i < count; i++) {
            int info = LIST_HEADER + i * BLOCK_INFO;
            long block = list.getLong(info);
            int length = list.getInt(info + 8);
            int recorded = list.getInt(info + 12);
            if (length <= 0 || length % 512 != 0 || length > most - bytes) {
                throw damage(at, "has a block of " + Integer.toUnsignedString(length) + " bytes");
            }
            long copy = wrapped(data + bytes);
            bytes += length;
            if (block == -1) {
                continue; // dropped before it was written
            }
            if (block < 0 || block > (source.size() - length) / sectorSize) {
                throw damage(at, "has a block for device block " + block + ", outside of the image");
            }
            // A checksum of 0 is none, for Darwin.
            if (checked && recorded != 0) {
                checkContent(copy, length, recorded);
            }
            copies.add(new Copy(block * sectorSize, length, copy));
        }
        return bytes;
    }

    private void checkContent(long copy, int length, int recorded) throws IOException {
        Block memory = cache.take(Math.min(length, PIECE));
        try {
            int sum = 0;
            for (int done = 0; done < length; ) {
                int n = Math.min(length - done, memory.length());
                read(wrapped(copy + done), memory.slice(0, n));
                sum = sum(memory.memory(), 0, n, sum);
                done += n;
            }
            if (~sum != recorded) {
                throw checksum(source, start + copy, "a block in the journal", ~sum, recorded);
            }
        } finally {
            memory.release();
        }
    }

    /** Reads from the ring, which goes on behind its header after its last byte. */
    private void read(long at, ByteBuffer dst) throws IOException {
        int head = (int) Math.min(dst.remaining(), size - at);
        source.read(start + at, dst.slice(0, head));
        if (head < dst.remaining()) {
            source.read(start + sectorSize, dst.slice(head, dst.remaining() - head));
        }
    }

    private long wrapped(long at) {
        return at >= size ? at - size + sectorSize : at;
    }

    private void checkPlace(long at) throws BadImageException {
        if (at < sectorSize || at > size || at % 512 != 0) {
            throw damage(0, "has transactions from or to byte " + at + " of " + size);
        }
    }

    /** The checksum of Darwin's vfs_journal.c, before its bits are turned over. */
    private static int sum(ByteBuffer in, int from, int length, int before) {
        int sum = before;
        for (int i = from; i < from + length; i++) {
            sum = (sum << 8) ^ (sum + (in.get(i) & 0xff));
        }
        return sum;
    }

    private static void checkWithin(BlockSource source, long position, int length, String what)
            throws BadImageException {
        if (position < 0 || position > source.size() - length) {
            throw new BadImageException(
                    source.name(), position, what + " is expected here, the image ends at " + source.size());
        }
    }

    private static BadImageException checksum(BlockSource source, long position, String what, int found, int recorded) {
        return new BadImageException(
                source.name(),
                position,
                what + " has the checksum 0x" + Integer.toHexString(found) + ", recorded is 0x"
                        + Integer.toHexString(recorded) + "; mount and unmount the volume on a Mac first");
    }

    private BadImageException damage(long at, String fault) {
        return new BadImageException(source.name(), start + at, "the journal " + fault);
    }
}
