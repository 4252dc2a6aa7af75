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
        boolean checked = volume.superblock().features().hasChecksums();
        Volume.Check check = checked ? bytes -> check(bytes, inode, child) : Volume.UNCHECKED;
        try (MetadataBlock block = volume.metadata(Volume.Kind.EXTENTS, child, check)) {
            return find(new Node(block.memory(), child, 0), depth - 1, inode, logical, next);
        }
    }

    private Run run(Node node, int at, long logical, long next) throws IOException {
        int stored = node.u16(at + 4);
        boolean written = stored <= LONGEST;
        long count = written ? stored : stored - LONGEST;
        long within = logical - node.u32(at);
        if (within >= count) {
            return Run.hole(next - logical);
        }
        long left = Math.min(count - within, next - logical);
        if (!written) {
            return Run.hole(left);
        }
        long block = node.u32(at + 8) | ((long) node.u16(at + 6) << 32);
        if (!volume.has(block, count)) {
            throw node.damage(
                    at,
                    "an extent of " + count + " blocks at " + block + ", outside of the file system's "
                            + volume.superblock().blocks());
        }
        return new Run(block + within, left);
    }

    private void check(ByteBuffer block, Inode inode, long number) throws IOException {
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

        int check(int depth) throws BadImageException {
            int entries = u16(2);
            if (u16(0) != MAGIC || u16(6) != depth || entries > u16(4) || HEADER + entries * ENTRY > in.limit()) {
                throw damage(
                        0,
                        "an extent node with magic " + Superblock.hex(u16(0)) + ", " + entries + " entries and depth "
                                + u16(6) + ", expected 0xf30a, at most " + (in.limit() - HEADER) / ENTRY + " and "
                                + depth);
            }
            return entries;
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
