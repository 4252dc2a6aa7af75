package liveroot.fs.squashfs;

import liveroot.fs.PushPace;

/**
 * One reader's way through an image: where it has come to, and the blocks that were asked for ahead of it. A place is an
 * inode's reference and the number of a block in its file, the end in a fragment counting as one more block.
 *
 * <p>All of it is guarded by the monitor of {@link ReadAhead}.
 */
final class Stream {

    /** The most blocks that one stream can have been read ahead. */
    static final int MOST_AHEAD = 48;

    private static final int FIRST_DISTANCE = 4;

    /** Bytes of unpacked inodes, half a dozen of them, within which the next one lies: directories stand in between. */
    private static final int NEAR = 256;

    /** Blocks that a reader may step back in a file: the kernel sends the pieces of one read side by side. */
    private static final int BACK = 32;

    private static final int LONGEST_STRIDE = 1024;

    /** Blocks that a reader may leave out before it is taken for another, which had its way begun by the first. */
    private static final int LEFT_OUT = 4;

    /** What was asked for: a block, a fragment, a block that goes to the kernel's page cache. */
    static final int BLOCK = 0;

    static final int FRAGMENT = 1;
    static final int PUSHED = 2;
    private static final int KIND_BITS = 2;

    private static final int MOST_WITNESSES = 128;

    /** Where the reader is: the first and last block of what it demanded last. */
    long reference;

    FileBlocks file;
    private long first;
    private long last;

    /** Steps forward in a row. */
    int steps;
    /** When there was the last one, by the count of demands. */
    long time;

    /** Blocks between the firsts of the last two demands in a file, of which those behind the last were left out; or 0. */
    private long stride;

    /** Blocks that are to be asked for ahead of the reader. */
    private int distance;
    /** Blocks that were asked for and then demanded. */
    int used;
    /** Blocks that the last step left out. */
    private int skipped;

    /** Where the stream began. */
    private long start;
    /** Where the walk goes on: the block {@code walkIndex}, or behind the file if that is more than {@link #end}. */
    long walkReference;

    FileBlocks walkFile;
    long walkIndex;
    /** The walk has met the end of the table, damage, or another stream's way. */
    boolean ended;

    /** Whether the walk has the file that it is in pushed; the walk's own. */
    boolean pushesFile;

    private final PushPace pace = new PushPace();
    /** References of files that are left to be demanded among others that are pushed, in order. */
    private long[] witnesses;

    private int witnessStart;
    private int witnessCount;

    /** Places of blocks asked for and not yet passed, oldest first. */
    private long[] ahead;

    private int aheadStart;
    private int aheadCount;

    /** A reader that was never seen before. */
    Stream(long reference, FileBlocks file, long first, long last) {
        moveTo(reference, file, first, last);
    }

    private void moveTo(long newReference, FileBlocks newFile, long newFirst, long newLast) {
        reference = newReference;
        file = newFile;
        first = newFirst;
        last = newLast;
    }

    /** The number of the block behind the last of {@code file}, its end in a fragment included. */
    static long end(FileBlocks file) {
        return file.inode.fragment == Inode.NONE ? file.count : file.count + 1;
    }

    /** Whether a demand asks for nothing new. */
    boolean isHere(long demanded, long from, long to) {
        return demanded == reference && from >= first && to <= last;
    }

    /** Whether a demand goes on from here: in this file the next blocks or the next of a stride, or a file close behind. */
    boolean isStep(long demanded, long from, long to) {
        if (demanded == reference) {
            return from >= first && to > last && from - first <= LONGEST_STRIDE;
        }
        return isNear(demanded);
    }

    private boolean isNear(long demanded) {
        long blocks = (demanded >>> 16) - (reference >>> 16);
        long bytes = (demanded & 0xffff) - (reference & 0xffff);
        // Of blocks that lie side by side only the stored sizes are known here: any within reach may be the next one.
        boolean next = blocks > 0 && blocks <= Metadata.BLOCK_SIZE + 2;
        // The words of a large file lie between it and the next.
        long near = NEAR + Integer.BYTES * Math.min(file.count, Metadata.BLOCK_SIZE);
        return (blocks == 0 && bytes > 0 && bytes <= near) || (next && bytes + Metadata.BLOCK_SIZE <= near);
    }

    /** A step of a reader that is not yet followed. */
    void step(long demanded, FileBlocks newFile, long from, long to) {
        boolean inOrder = demanded != reference || from <= last + 1;
        long newStride = inOrder ? 0 : from - first;
        steps = newStride == stride || steps == 0 ? steps + 1 : 1;
        stride = newStride;
        moveTo(demanded, newFile, from, to);
    }

    /** Begins to follow the reader. */
    void begin() {
        start = reference;
        distance = FIRST_DISTANCE;
        ahead = new long[2 * MOST_AHEAD];
        witnesses = new long[MOST_WITNESSES];
        walkFromReader();
    }

    private void walkFromReader() {
        ended = false;
        walkReference = reference;
        walkFile = file;
        walkIndex = stride > 0 ? first + stride : last + 1;
        aheadCount = 0;
        witnessCount = 0;
    }

    /** Whether a demand is this reader's. */
    boolean isReader(long demanded, long from, long to) {
        if (demanded == reference && to <= last) {
            return from >= last - BACK;
        }
        return isBefore(reference, last, demanded, to)
                && (isBefore(demanded, from, walkReference, walkIndex) || isStep(demanded, from, to));
    }

    boolean isBehind(Stream other) {
        return isBefore(reference, last, other.reference, other.last);
    }

    private static boolean isBefore(long reference, long index, long otherReference, long otherIndex) {
        return reference < otherReference || (reference == otherReference && index < otherIndex);
    }

    /** Blocks asked for that a demand up to {@code to} would pass. */
    int passed(long demanded, long to) {
        int n = 0;
        while (n < aheadCount && !isBefore(demanded, to, aheadReference(n), aheadIndex(n))) {
            n++;
        }
        return n;
    }

    private long aheadReference(int i) {
        return ahead[(aheadStart + i) % MOST_AHEAD * 2];
    }

    private long aheadIndex(int i) {
        return ahead[(aheadStart + i) % MOST_AHEAD * 2 + 1] >>> KIND_BITS;
    }

    private int kind(int i) {
        return (int) ahead[(aheadStart + i) % MOST_AHEAD * 2 + 1] & ((1 << KIND_BITS) - 1);
    }

    /**
     * The reader demands the blocks {@code from} to {@code to}. The distance grows by what was used, and shrinks by twice
     * what was left out.
     *
     * @return false if so much was left out that nothing should be asked for any more
     */
    boolean advance(long demanded, FileBlocks newFile, long from, long to) {
        if (demanded == reference && to <= last) {
            int overtaken = isHere(demanded, from, to) ? 0 : (int) Math.min(skipped, to - from + 1);
            skipped -= overtaken;
            used += overtaken;
            return changeDistance(3 * overtaken);
        }
        skipped = 0;
        boolean readPushed = passWitnesses(demanded);
        int n = passed(demanded, to);
        int good = n;
        for (int i = 0; i < n && isBefore(aheadReference(i), aheadIndex(i), demanded, from); i++) {
            good -= readPushed && kind(i) == PUSHED ? 0 : 1;
            // A fragment that is shared is of use to who leaves out the first file in it.
            skipped += kind(i) == BLOCK ? 1 : 0;
        }
        aheadStart = (aheadStart + n) % MOST_AHEAD;
        aheadCount -= n;
        used += good;
        if (demanded != reference || from - first != stride) {
            stride = 0;
        }
        moveTo(demanded, newFile, from, to);
        return changeDistance(good - 2 * skipped);
    }

    private boolean changeDistance(int change) {
        distance = Math.min(MOST_AHEAD, distance + change);
        return distance > 0;
    }

    /** Parts with what lies from a place on: it becomes the way of the stream that is returned, this one walks no further. */
    Stream splitAt(long demanded, FileBlocks newFile, long from, long to) {
        Stream rest = new Stream(demanded, newFile, from, to);
        rest.begin();
        int kept = passed(demanded, from - 1);
        int passed = passed(demanded, to);
        for (int i = passed; i < aheadCount; i++) {
            rest.add(aheadReference(i), aheadIndex(i), kind(i));
        }
        rest.used = passed - kept;
        if (isBefore(demanded, to, walkReference, walkIndex)) {
            rest.walkReference = walkReference;
            rest.walkFile = walkFile;
            rest.walkIndex = walkIndex;
            rest.ended = ended;
        }
        aheadCount = kept;
        walkReference = demanded;
        walkFile = newFile;
        walkIndex = from;
        ended = true;
        return rest;
    }

    /**
     * Whether the walk should go on now: not for every block, but when half of the distance is used up.
     *
     * @param share the most blocks that this stream may have asked for
     */
    boolean isHungry(int share) {
        return isBehind() || (!ended && aheadCount <= Math.min(distance, share) / 2);
    }

    private boolean isBehind() {
        return !isBefore(reference, last, walkReference, walkIndex);
    }

    /** Blocks that the walk may ask for. */
    int room(int share) {
        if (isBehind()) {
            walkFromReader();
        }
        return ended ? 0 : Math.min(distance, share) - aheadCount;
    }

    /** Whether a demand is far from what this reader demands next: it may be another's, on the same way. */
    boolean isLeap(long demanded, long from, long to) {
        int n = 0;
        int passed = passed(demanded, to);
        for (int i = 0; i < passed; i++) {
            n += kind(i) == PUSHED ? 0 : 1;
        }
        int missed = 0;
        for (int i = 0; i < witnessCount && witness(i) < demanded; i++) {
            missed++;
        }
        return n > to - from + 1 + LEFT_OUT || missed > 1;
    }

    /** Whether the reader has not come to a block yet. */
    boolean isAhead(long otherReference, long otherIndex) {
        return isBefore(reference, last, otherReference, otherIndex);
    }

    /** Whether files ahead of this reader may be pushed. */
    boolean mayPush() {
        return stride == 0 && pace.mayPush(used);
    }

    /** The kernel took what was pushed, or did not. @return whether more should be pushed */
    boolean stored(boolean taken) {
        return pace.stored(taken, used);
    }

    /**
     * The walk has come to a new file: is it pushed?
     *
     * @param walked reference of the file
     * @param room blocks that this walk may ask for
     */
    boolean choose(long walked, FileBlocks next, int room) {
        // The end in a fragment must find room, but weighs nothing: others share it.
        int least = (int) (end(next) - next.count);
        if (pace.push(next.inode.size, (int) next.count, Math.max(2, room / 3) - least)) {
            return true;
        }
        if (next.inode.size > 0 && witnessCount < MOST_WITNESSES) {
            witnesses[(witnessStart + witnessCount++) % MOST_WITNESSES] = walked;
            pace.leave(next.inode.number);
        }
        return false;
    }

    private long witness(int i) {
        return witnesses[(witnessStart + i) % MOST_WITNESSES];
    }

    /** @return whether the reader has demanded all files up to here that were left to it */
    private boolean passWitnesses(long demanded) {
        boolean all = true;
        while (witnessCount > 0 && witness(0) <= demanded) {
            all &= witness(0) == demanded || witness(0) == reference;
            witnessStart = (witnessStart + 1) % MOST_WITNESSES;
            witnessCount--;
        }
        if (!all) {
            pace.pause(used);
        }
        return all;
    }

    /** Blocks from one asked for to the next, in a file of which the reader leaves some out; or 0. */
    long stride() {
        return stride;
    }

    int aheadCount() {
        return aheadCount;
    }

    /** The walk has come to block {@code index}. @return whether it may go on from there */
    boolean walkedTo(long walked, FileBlocks walkedFile, long index) {
        if (ended || isBefore(walked, index, walkReference, walkIndex)) {
            return false;
        }
        walkReference = walked;
        walkFile = walkedFile;
        walkIndex = index;
        return !isBehind();
    }

    /** The walk has asked for a block. */
    void asked(long walked, long index, int kind) {
        if (!ended && aheadCount < MOST_AHEAD && isBefore(reference, last, walked, index)) {
            add(walked, index, kind);
        }
    }

    private void add(long place, long index, int kind) {
        int slot = (aheadStart + aheadCount++) % MOST_AHEAD * 2;
        ahead[slot] = place;
        ahead[slot + 1] = (index << KIND_BITS) | kind;
    }

    /** Whether another stream that comes to {@code walked} would ask for the same blocks as this one. */
    boolean owns(long walked) {
        return walked >= start && walked <= walkReference;
    }
}
