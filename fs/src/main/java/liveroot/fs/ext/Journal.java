package liveroot.fs.ext;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import liveroot.cache.Block;
import liveroot.fs.BadImageException;

/**
 * The journal ("Journal (jbd2)" of the kernel's documentation), all big endian: a superblock, then a circle of blocks in
 * which transactions stand one behind the other. Each is descriptor blocks, whose tags say what blocks of the file system
 * the blocks behind them are copies of, revoke blocks, which say that older copies are void, and a commit block. What a
 * commit block ends is to be used; the first block that does not go on in sequence is the end.
 *
 * <p>Only descriptor, revoke and commit blocks are read here, and nothing is written.
 */
final class Journal {

    private static final int DESCRIPTOR = 1;
    private static final int COMMIT = 2;
    private static final int SUPERBLOCK_1 = 3;
    private static final int SUPERBLOCK_2 = 4;
    private static final int REVOKE = 5;

    private static final int HEADER = 12;
    private static final int UUID = 16;
    private static final int CHECKSUM_TAIL = 4;
    private static final int COMMIT_CHECKSUM = 16;
    private static final int COMMIT_SECONDS = 48;
    private static final int COMMIT_HEADER = 64;

    private static final int CRC_32 = 1 << Byte.SIZE | Integer.BYTES;

    private static final int CHECKSUM_1 = 0x1;

    private static final int REVOKES = 0x1;
    private static final int BITS_64 = 0x2;
    private static final int ASYNC_COMMIT = 0x4;
    private static final int CHECKSUM_2 = 0x8;
    private static final int CHECKSUM_3 = 0x10;
    private static final int FAST_COMMIT = 0x20;

    private static final int ESCAPED = 1;
    private static final int SAME_UUID = 2;
    private static final int LAST_TAG = 8;

    private static final int FAST_COMMIT_HEAD = 9;
    private static final int DEFAULT_FAST_COMMIT_BLOCKS = 256;

    /** Copies and revocations that are held in memory. A journal of 1 GiB, the largest that mke2fs makes, has 262,144 blocks. */
    private static final int MOST_COPIES = 1 << 20;

    private final Volume volume;
    private final FileData data;
    private final Inode inode;
    private final int blockSize;

    private final long first;
    private final long end;
    private final long fastCommits;
    private final int firstSequence;
    private final long start;
    private final int incompatible;
    private final boolean checksum1;
    private final int seed;

    private final List<Overlay.Copy> committed = new ArrayList<>();
    private int transactions;

    private Journal(Volume volume, FileData data, Inode inode) throws IOException {
        this.volume = volume;
        this.data = data;
        this.inode = inode;
        this.blockSize = volume.blockSize();
        Block memory = volume.cache().take(blockSize);
        try {
            ByteBuffer in = read(0, memory);
            int type = in.getInt(4);
            if (in.getInt(0) != Overlay.MAGIC || (type != SUPERBLOCK_1 && type != SUPERBLOCK_2)) {
                throw damage(0, 0, "no superblock of a journal: " + Superblock.hex(in.getInt(0)));
            }
            if (in.getInt(12) != blockSize) {
                throw damage(0, 12, "a journal with blocks of " + in.getInt(12) + " bytes, not " + blockSize);
            }
            boolean second = type == SUPERBLOCK_2;
            incompatible = second ? in.getInt(40) : 0;
            int unknown = incompatible & ~(REVOKES | BITS_64 | ASYNC_COMMIT | CHECKSUM_2 | CHECKSUM_3 | FAST_COMMIT);
            if (unknown != 0) {
                throw damage(0, 40, "a journal with unknown features " + Superblock.hex(unknown));
            }
            checksum1 = second && (in.getInt(36) & CHECKSUM_1) != 0 && !hasChecksums();
            byte[] uuid = new byte[UUID];
            in.get(48, uuid);
            seed = new Checksum().add(uuid, 0, UUID).value();
            if (hasChecksums()) {
                check(in, 0, 0xfc, Superblock.SIZE, seed(true), "the journal's superblock");
            }
            first = in.getInt(20) & 0xffffffffL;
            long blocks = in.getInt(16) & 0xffffffffL;
            int asked = in.getInt(0x54);
            fastCommits = !has(FAST_COMMIT) ? 0 : asked != 0 ? asked & 0xffffffffL : DEFAULT_FAST_COMMIT_BLOCKS;
            end = blocks - fastCommits;
            firstSequence = in.getInt(24);
            start = in.getInt(28) & 0xffffffffL;
            if (blocks > inode.size / blockSize
                    || first == 0
                    || first >= end
                    || (start != 0 && (start < first || start >= end))) {
                throw damage(
                        0,
                        16,
                        "a journal of " + blocks + " blocks in a file of " + inode.size / blockSize + ", used from "
                                + first + " to " + end + ", that begins at " + start);
            }
        } finally {
            memory.release();
        }
    }

    /** What there is to replay: the last copies, and how many transactions they are from. */
    record Replay(Overlay overlay, int transactions) {}

    /** Finds out what is to be read from the journal {@code inode}. */
    static Replay replay(Volume volume, Inode inode) throws IOException {
        Journal journal = new Journal(volume, new FileData(volume), inode);
        if (journal.start != 0) {
            journal.scan();
        }
        return new Replay(journal.overlay(), journal.transactions);
    }

    private boolean has(int feature) {
        return (incompatible & feature) != 0;
    }

    private boolean hasChecksums() {
        return has(CHECKSUM_2) || has(CHECKSUM_3);
    }

    /** The journal's superblock has a checksum that starts anew, all others start from its UUID. */
    private int seed(boolean superblock) {
        return superblock ? new Checksum().value() : seed;
    }

    private void scan() throws IOException {
        List<Overlay.Copy> open = new ArrayList<>();
        Crc32 sum = new Crc32();
        int sequence = firstSequence;
        long at = start;
        long committedAt = 0;
        Block memory = volume.cache().take(blockSize);
        try {
            // Once around is the most that a journal can have.
            for (long steps = 0; steps < end; steps++) {
                ByteBuffer in = read(at, memory);
                if (in.getInt(0) != Overlay.MAGIC || in.getInt(8) != sequence) {
                    break;
                }
                int type = in.getInt(4);
                if (type == DESCRIPTOR) {
                    if (hasChecksums() && !isWhole(in)) {
                        refuseUnlessStale(at, sequence, committedAt, memory);
                        break;
                    }
                    if (checksum1) {
                        sum.add(in);
                    }
                    long copies = descriptor(in, at, sequence, open);
                    if (checksum1) {
                        sumUp(next(at, 1), copies, sum, memory);
                    }
                    at = next(at, copies + 1);
                    steps += copies;
                } else if (type == REVOKE) {
                    if (hasChecksums() && !isWhole(in)) {
                        refuseUnlessStale(at, sequence, committedAt, memory);
                        break;
                    }
                    revoke(in, at, sequence, open);
                    at = next(at, 1);
                } else if (type == COMMIT) {
                    if (!isCommitted(in, sum)) {
                        refuseUnlessInterrupted(at, sequence, committedAt, memory);
                        break;
                    }
                    sum = new Crc32();
                    committed.addAll(open);
                    open.clear();
                    transactions++;
                    sequence++;
                    committedAt = in.getLong(COMMIT_SECONDS);
                    at = next(at, 1);
                } else {
                    break;
                }
                if (committed.size() + open.size() > MOST_COPIES) {
                    throw damage(
                            at,
                            0,
                            "a journal with more than " + MOST_COPIES
                                    + " blocks to replay; let e2fsck do it, on a copy if need be");
                }
            }
        } finally {
            memory.release();
        }
        refuseFastCommits(sequence);
    }

    /**
     * What fails its checksum may be left over from a use of these blocks before, with a number that happens to fit: that is
     * the journal's end. It is no leftover if its transaction has a commit block that is not older than the one before, as
     * Linux tells them apart (do_one_pass of fs/jbd2/recovery.c).
     *
     * @param damaged the descriptor, revoke or commit block
     * @param before seconds at which the transaction before was committed, 0 if there is none
     */
    private void refuseUnlessStale(long damaged, int sequence, long before, Block memory) throws IOException {
        long commit = commit(damaged, sequence, memory);
        if (commit >= 0 && Long.compareUnsigned(read(commit, memory).getLong(COMMIT_SECONDS), before) >= 0) {
            throw damage(
                    damaged,
                    0,
                    "a block of the journal's transaction " + Integer.toUnsignedString(sequence)
                            + " fails its checksum; let e2fsck repair it");
        }
    }

    /**
     * The same for a commit block. One that was not waited for, as asynchronous ones are not, may be there before what it
     * sums up; but no other follows it then.
     */
    private void refuseUnlessInterrupted(long damaged, int sequence, long before, Block memory) throws IOException {
        if (!has(ASYNC_COMMIT) || (checksum1 && commit(next(damaged, 1), sequence + 1, memory) >= 0)) {
            refuseUnlessStale(damaged, sequence, before, memory);
        }
    }

    /** Where the commit block of a transaction is that goes on {@code at} some place, or -1 if it has none. */
    private long commit(long at, int sequence, Block memory) throws IOException {
        for (long steps = 0; steps < end; steps++) {
            ByteBuffer in = read(at, memory);
            if (in.getInt(0) != Overlay.MAGIC || in.getInt(8) != sequence) {
                return -1;
            }
            switch (in.getInt(4)) {
                case COMMIT -> {
                    return at;
                }
                case DESCRIPTOR -> at = next(at, 1 + tags(in));
                case REVOKE -> at = next(at, 1);
                default -> {
                    return -1;
                }
            }
        }
        return -1;
    }

    private long next(long at, long blocks) {
        return first + (at - first + blocks) % (end - first);
    }

    private int tagSize() {
        return has(CHECKSUM_3) ? 16 : (has(BITS_64) ? 12 : 8) + (has(CHECKSUM_2) ? 2 : 0);
    }

    private int tagFlags(ByteBuffer in, int tag) {
        return has(CHECKSUM_3) ? in.getInt(tag + 4) : in.getShort(tag + 6);
    }

    /** Where the last tag of a descriptor block could stand. */
    private int lastTag() {
        return blockSize - (hasChecksums() ? CHECKSUM_TAIL : 0) - tagSize();
    }

    private int tagAfter(int tag, int flags) {
        return tag + tagSize() + ((flags & SAME_UUID) != 0 ? 0 : UUID);
    }

    /** How many tags a descriptor block has, whatever they say. */
    private int tags(ByteBuffer in) {
        int count = 0;
        int flags = 0;
        for (int tag = HEADER; tag <= lastTag() && (flags & LAST_TAG) == 0; tag = tagAfter(tag, flags)) {
            flags = tagFlags(in, tag);
            count++;
        }
        return count;
    }

    /** Reads the tags of a descriptor block. @return blocks behind it that are copies */
    private long descriptor(ByteBuffer in, long at, int sequence, List<Overlay.Copy> copies) throws IOException {
        long count = 0;
        for (int tag = HEADER; tag <= lastTag(); ) {
            count++;
            if (count >= end - first) {
                throw damage(at, tag, "a transaction that is longer than the journal");
            }
            int flags = tagFlags(in, tag);
            long high = has(BITS_64) ? in.getInt(tag + 8) & 0xffffffffL : 0;
            long block = (in.getInt(tag) & 0xffffffffL) | (high << Integer.SIZE);
            if (block < 0 || block >= volume.superblock().blocks()) {
                throw damage(
                        at,
                        tag,
                        "the journal has a copy of block " + Long.toUnsignedString(block)
                                + ", outside of the file system's "
                                + volume.superblock().blocks());
            }
            int checksum = has(CHECKSUM_3) ? in.getInt(tag + 12) : in.getShort(tag + 4);
            copies.add(new Overlay.Copy(
                    block,
                    sequence,
                    position(next(at, count)),
                    (flags & ESCAPED) != 0,
                    has(CHECKSUM_3) ? Integer.SIZE : has(CHECKSUM_2) ? Short.SIZE : 0,
                    checksum));
            tag = tagAfter(tag, flags);
            if ((flags & LAST_TAG) != 0) {
                break;
            }
        }
        return count;
    }

    private void revoke(ByteBuffer in, long at, int sequence, List<Overlay.Copy> copies) throws IOException {
        int size = has(BITS_64) ? Long.BYTES : Integer.BYTES;
        int used = in.getInt(HEADER);
        if (used < HEADER + Integer.BYTES || used > blockSize - (hasChecksums() ? CHECKSUM_TAIL : 0)) {
            throw damage(at, HEADER, "a revoke block with " + Integer.toUnsignedString(used) + " bytes in use");
        }
        for (int entry = HEADER + Integer.BYTES; entry <= used - size; entry += size) {
            long block = size == Long.BYTES ? in.getLong(entry) : in.getInt(entry) & 0xffffffffL;
            copies.add(new Overlay.Copy(block, sequence, Overlay.Copy.REVOKED, false, 0, 0));
        }
    }

    private boolean isCommitted(ByteBuffer in, Crc32 sum) {
        if (hasChecksums()) {
            // Of a block that was written in part the header counts, and the rest as zeros.
            return isSummed(in) || isSummed(ByteBuffer.allocate(blockSize).put(0, in, 0, COMMIT_HEADER));
        }
        if (!checksum1) {
            return true;
        }
        int stored = in.getInt(COMMIT_CHECKSUM);
        // Type 1 is CRC-32, of 4 bytes; a commit block may have none.
        int form = in.getShort(HEADER);
        return (form == 0 && stored == 0) || (form == CRC_32 && stored == sum.value());
    }

    private boolean isSummed(ByteBuffer in) {
        return new Checksum(seed)
                        .add(in, 0, COMMIT_CHECKSUM)
                        .littleEndian(0)
                        .add(in, COMMIT_CHECKSUM + Integer.BYTES, blockSize)
                        .value()
                == in.getInt(COMMIT_CHECKSUM);
    }

    private void sumUp(long from, long count, Crc32 sum, Block memory) throws IOException {
        for (long i = 0; i < count; i++) {
            sum.add(read(next(from, i), memory));
        }
    }

    private boolean isWhole(ByteBuffer in) {
        int tail = blockSize - CHECKSUM_TAIL;
        return new Checksum(seed).add(in, 0, tail).littleEndian(0).value() == in.getInt(tail);
    }

    private void check(ByteBuffer in, long block, int at, int length, int from, String what) throws IOException {
        int found = new Checksum(from)
                .add(in, 0, at)
                .littleEndian(0)
                .add(in, at + Integer.BYTES, length)
                .value();
        if (found != in.getInt(at)) {
            throw damage(
                    block,
                    at,
                    what + " has the checksum " + Superblock.hex(in.getInt(at)) + ", should be "
                            + Superblock.hex(found));
        }
    }

    /** For each block the last copy, unless it was revoked in that transaction or later. */
    private Overlay overlay() {
        committed.sort(Comparator.comparingLong(Overlay.Copy::block));
        List<Overlay.Copy> last = new ArrayList<>();
        for (int i = 0; i < committed.size(); ) {
            long block = committed.get(i).block();
            Overlay.Copy copy = null;
            Overlay.Copy revoked = null;
            for (; i < committed.size() && committed.get(i).block() == block; i++) {
                if (committed.get(i).position() == Overlay.Copy.REVOKED) {
                    revoked = committed.get(i);
                } else {
                    copy = committed.get(i);
                }
            }
            // Sequence numbers wrap.
            if (copy != null && (revoked == null || copy.sequence() - revoked.sequence() > 0)) {
                last.add(copy);
            }
        }
        return new Overlay(last.toArray(new Overlay.Copy[0]), blockSize, seed);
    }

    /**
     * Fast commits say what was done since the last transaction, not with which bytes, and lie behind the circle: records
     * {tag u16, length u16, value}, little endian, from a head {features u32, sequence u32} to a tail {sequence u32,
     * checksum u32} for each commit. One block between stays empty.
     */
    private void refuseFastCommits(int sequence) throws IOException {
        if (fastCommits < 2) {
            return;
        }
        Block memory = volume.cache().take(blockSize);
        try {
            ByteBuffer in = read(end + 1, memory).order(ByteOrder.LITTLE_ENDIAN);
            if (in.getShort(0) == FAST_COMMIT_HEAD && in.getShort(2) >= 8 && in.getInt(8) == sequence) {
                throw damage(
                        end + 1,
                        0,
                        "the journal ends with fast commits, which liveroot does not replay; let e2fsck do it, or mount it"
                                + " once with Linux");
            }
        } finally {
            memory.release();
        }
    }

    private long position(long logical) throws IOException {
        Run run = data.run(inode, logical, 1);
        if (run.isHole()) {
            throw volume.damage(inode.block, inode.offset, "block " + logical + " of the journal is a hole");
        }
        return run.block() * blockSize;
    }

    private ByteBuffer read(long logical, Block memory) throws IOException {
        volume.source().read(position(logical), memory.slice(0, blockSize));
        return memory.slice(0, blockSize).order(ByteOrder.BIG_ENDIAN);
    }

    private BadImageException damage(long logical, int at, String fault) {
        try {
            return volume.damage(position(logical) / blockSize, at, fault);
        } catch (BadImageException e) {
            return e;
        } catch (IOException e) {
            return volume.damage(inode.block, inode.offset, fault);
        }
    }
}
