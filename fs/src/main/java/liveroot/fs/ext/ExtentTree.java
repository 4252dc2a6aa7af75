package liveroot.fs.ext;

import java.io.IOException;
import java.nio.ByteBuffer;
import liveroot.fs.BadImageException;

/**
 * A file's extents ("Extent Tree" of the kernel's documentation): nodes of a header {magic u16, entries u16, most u16,
 * depth u16, generation u32} and entries of 12 bytes, in order of the file's blocks that they begin with; the first node
 * is in the inode.
 */
final class ExtentTree {

    private static final int MAGIC = 0xf30a;
    private static final int HEADER = 12;
    private static final int ENTRY = 12;
    private static final int DEEPEST = 5;

    /** A longer extent is not written yet, and this much shorter. */
    private static final int LONGEST = 32_768;

    /** Blocks that a file may have. */
    private static final long MOST_BLOCKS = 1L << 32;

    private final Volume volume;

    ExtentTree(Volume volume) {
        this.volume = volume;
    }

    /** What the file has from block {@code logical} on. */
    Run find(Inode inode, long logical) throws IOException {
        if (logical >= MOST_BLOCKS) {
            return Run.hole(Long.MAX_VALUE - logical);
        }
        Node root = new Node(inode.map(), inode.block, inode.mapOffset());
        int depth = root.u16(6);
        if (depth > DEEPEST) {
            throw root.damage(6, "an extent tree of depth " + depth);
        }
        root.checkEntries();
        return find(root, depth, inode, logical, MOST_BLOCKS);
    }

    /** @param limit the first block of the file that is another node's */
    private Run find(Node node, int depth, Inode inode, long logical, long limit) throws IOException {
        int entries = node.check(depth);
        int i = node.last(entries, logical);
        long next = i + 1 < entries ? Math.min(limit, node.key(i + 1)) : limit;
        if (next <= logical) {
            throw node.damage(HEADER + ENTRY * Math.min(i + 1, entries - 1), "extents that are not in order");
        }
        if (i < 0) {
            return Run.hole(next - logical);
        }
        int at = HEADER + ENTRY * i;
        if (depth == 0) {
            return run(node, at, logical, next);
        }
        long child = node.u32(at + 4) | ((long) node.u16(at + 8) << 32);
        if (!volume.has(child, 1)) {
            throw node.damage(at + 4, "a node of an extent tree at block " + child + ", outside of the file system");
        }
        try (MetadataBlock block = volume.metadata(Volume.Kind.EXTENTS, child, bytes -> check(bytes, inode, child))) {
            Node below = new Node(block.memory(), child, 0);
            if (below.u16(2) > 0 && below.key(0) != node.key(i)) {
                throw below.damage(
                        HEADER,
                        "an extent node that begins with block " + below.key(0) + " of the file, expected "
                                + node.key(i));
            }
            return find(below, depth - 1, inode, logical, next);
        }
    }

    private Run run(Node node, int at, long logical, long next) throws IOException {
        long count = node.blocks(at);
        long within = logical - node.u32(at);
        if (within >= count) {
            return Run.hole(next - logical);
        }
        long left = Math.min(count - within, next - logical);
        long block = node.u32(at + 8) | ((long) node.u16(at + 6) << 32);
        if (!volume.has(block, count)) {
            throw node.damage(
                    at,
                    "an extent of " + count + " blocks at " + block + ", outside of the file system's "
                            + volume.superblock().blocks());
        }
        return node.isWritten(at) ? new Run(block + within, left) : Run.hole(left);
    }

    private void check(ByteBuffer block, Inode inode, long number) throws IOException {
        if (volume.superblock().features().hasChecksums()) {
            checkSum(block, inode, number);
        }
        new Node(block, number, 0).checkEntries();
    }

    private void checkSum(ByteBuffer block, Inode inode, long number) throws IOException {
        int end = HEADER + (block.getShort(4) & 0xffff) * ENTRY;
        if (end > block.limit() - Integer.BYTES) {
            throw volume.damage(number, 4, "an extent node of " + (block.getShort(4) & 0xffff) + " entries");
        }
        if (new Checksum(inode.seed).add(block, 0, end).value() != block.getInt(end)) {
            throw volume.damage(
                    number, end, "a node of the extent tree of inode " + inode.number + " fails its checksum");
        }
    }

    /** One that stands at {@code offset} in {@code block}. */
    private final class Node {

        private final ByteBuffer in;
        private final long block;
        private final int offset;

        Node(ByteBuffer in, long block, int offset) {
            this.in = in;
            this.block = block;
            this.offset = offset;
        }

        /** @return how many entries there are */
        int check(int depth) throws BadImageException {
            int entries = u16(2);
            int most = u16(4);
            int room = (in.limit() - HEADER) / ENTRY;
            boolean fits = entries <= most && most <= room && most > 0 && (entries > 0 || depth == 0);
            if (u16(0) != MAGIC || u16(6) != depth || !fits) {
                throw damage(
                        0,
                        "an extent node with magic " + Superblock.hex(u16(0)) + ", " + entries + " entries of " + most
                                + " and depth " + u16(6) + ", expected 0xf30a, at most " + room + " and " + depth);
            }
            return entries;
        }

        /**
         * That entries are in order, none of them empty or upon another, as Linux requires it (ext4_valid_extent_entries of
         * fs/ext4/extents.c). Of nodes in the cache this is known.
         */
        void checkEntries() throws BadImageException {
            int depth = u16(6);
            int entries = check(depth);
            long free = 0;
            for (int i = 0; i < entries; i++) {
                long count = depth == 0 ? blocks(HEADER + ENTRY * i) : 1;
                if (key(i) < free || count == 0 || key(i) + count > MOST_BLOCKS) {
                    throw damage(
                            HEADER + ENTRY * i,
                            "an entry for " + count + " blocks of a file from block " + key(i) + " on, where " + free
                                    + " is the first that is left");
                }
                free = key(i) + count;
            }
        }

        /** How many an extent has, written or not. */
        int blocks(int at) {
            int stored = u16(at + 4);
            return isWritten(at) ? stored : stored - LONGEST;
        }

        boolean isWritten(int at) {
            return u16(at + 4) <= LONGEST;
        }

        /** The last entry that begins at {@code logical} or before, or -1. */
        int last(int entries, long logical) {
            int low = 0;
            int high = entries;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (key(middle) <= logical) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low - 1;
        }

        long key(int i) {
            return u32(HEADER + ENTRY * i);
        }

        int u16(int at) {
            return in.getShort(at) & 0xffff;
        }

        long u32(int at) {
            return in.getInt(at) & 0xffffffffL;
        }

        BadImageException damage(int at, String fault) {
            return volume.damage(block, offset + at, fault);
        }
    }
}
