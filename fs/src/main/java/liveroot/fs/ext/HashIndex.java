package liveroot.fs.ext;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The index of a large directory ("Hash Tree Directories" of the kernel's documentation). Its root is block 0, behind the
 * entries "." and ".."; its nodes look like one gap of a whole block. Both have entries {hash u32, block u32} in order of
 * the hashes; the first has {room for entries u16, entries u16} in place of its hash, which is 0.
 */
final class HashIndex {

    /** The index cannot tell: it is damaged, or its hash is not known. All names are to be looked at then, as in Linux. */
    static final long UNKNOWN = -1;

    private static final int INFO = 24;
    private static final int ROOT_ENTRIES = 32;
    private static final int NODE_ENTRIES = 8;
    private static final int ENTRY = 8;
    private static final int BLOCK_MASK = 0x0fffffff;

    private final Directory directories;
    private final Volume volume;
    private final Superblock superblock;

    HashIndex(Directory directories, Volume volume) {
        this.directories = directories;
        this.volume = volume;
        this.superblock = volume.superblock();
    }

    /** Behind the room for entries are {reserved u32, checksum u32}, with which entries not in use are left out. */
    void check(ByteBuffer block, Inode directory, boolean root, long number) throws IOException {
        int start = root ? ROOT_ENTRIES : NODE_ENTRIES;
        int room = block.getShort(start) & 0xffff;
        int count = block.getShort(start + 2) & 0xffff;
        int tail = start + room * ENTRY;
        if (count > room || tail > block.limit() - ENTRY) {
            throw volume.damage(number, start, "a node of an index with " + count + " entries of " + room);
        }
        int found = new Checksum(directory.seed)
                .add(block, 0, start + count * ENTRY)
                .add(block, tail, tail + Integer.BYTES)
                .littleEndian(0)
                .value();
        if (found != block.getInt(tail + Integer.BYTES)) {
            throw volume.damage(
                    number, tail, "a node of the index of directory " + directory.number + " fails its checksum");
        }
    }

    /** @return inode number, 0 if there is no such name, or {@link #UNKNOWN} */
    long find(Inode directory, byte[] wanted) throws IOException {
        DirectoryHash hashes;
        int levels;
        try (MetadataBlock root = directories.block(directory, 0)) {
            if (root == null) {
                return UNKNOWN;
            }
            hashes = DirectoryHash.of(root.u8(INFO + 4), superblock);
            levels = root.u8(INFO + 6);
            if (root.u8(INFO + 5) != ROOT_ENTRIES - INFO) {
                return UNKNOWN;
            }
        }
        int deepest = superblock.features().hasLargeDirectories() ? 2 : 1;
        if (hashes == null || levels > deepest) {
            return UNKNOWN;
        }
        return new Search(directory, hashes.of(wanted), wanted, levels).below(0, levels);
    }

    /** For one name. */
    private final class Search {

        private final Inode directory;
        private final int hash;
        private final byte[] wanted;
        /** The nodes that are being looked at, by the levels below them. */
        private final long[] path;
        /** How often nodes may still be looked at: a good index leads to no block twice. */
        private long left;

        Search(Inode directory, int hash, byte[] wanted, int levels) {
            this.directory = directory;
            this.hash = hash;
            this.wanted = wanted;
            this.path = new long[levels + 1];
            this.left = Math.min(directory.size / superblock.blockSize(), superblock.blocks()) * 2;
        }

        /** Looks below a node: more than one entry may lead to the hash, if names with it fill more than one block. */
        long below(long node, int levels) throws IOException {
            int start = node == 0 ? ROOT_ENTRIES : NODE_ENTRIES;
            path[levels] = node;
            for (int i = -1; ; i++) {
                long child;
                try (MetadataBlock in = block(node)) {
                    int room =
                            (in.size() - start) / ENTRY - (superblock.features().hasChecksums() ? 1 : 0);
                    int count = in.u16(start + 2);
                    if (in.u16(start) != room || count == 0 || count > room || --left < 0) {
                        return UNKNOWN;
                    }
                    if (i < 0) {
                        i = last(in, start, count, hash);
                    } else if (i >= count || in.i32(start + i * ENTRY) != (hash | 1)) {
                        // The lowest bit says that names with this hash begin in the block before.
                        return 0;
                    }
                    child = in.u32(start + i * ENTRY + 4) & BLOCK_MASK;
                    for (int level = levels; level < path.length; level++) {
                        if (path[level] == child) {
                            return UNKNOWN;
                        }
                    }
                }
                long found = levels == 0 ? inLeaf(child) : below(child, levels - 1);
                if (found != 0) {
                    return found;
                }
            }
        }

        private long inLeaf(long leaf) throws IOException {
            try (MetadataBlock in = block(leaf)) {
                return directories.findInBlock(in, wanted);
            }
        }

        /** One that the index leads to; Linux does not look elsewhere for the names if there is none. */
        private MetadataBlock block(long logical) throws IOException {
            MetadataBlock block =
                    logical < directory.size / superblock.blockSize() ? directories.block(directory, logical) : null;
            if (block == null) {
                throw volume.damage(
                        directory.block,
                        directory.offset,
                        "the index of directory " + directory.number + " leads to its block " + logical
                                + ", which is a hole or behind its end");
            }
            return block;
        }
    }

    /** The last entry whose hash is {@code hash} or less; the first has none. */
    private static int last(MetadataBlock in, int start, int count, int hash) {
        int low = 1;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (Integer.compareUnsigned(in.i32(start + middle * ENTRY), hash) <= 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low - 1;
    }
}
