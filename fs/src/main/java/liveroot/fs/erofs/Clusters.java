package liveroot.fs.erofs;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The clusters of a compressed file. It is cut into logical clusters of a fixed size, and has an index entry for each:
 * where in it a new extent begins, if one does, and where that is stored (a head), or else how far the head is (no head).
 * What is stored of an extent is as long as one logical cluster, or as the entry behind its head says, in blocks.
 *
 * <p>Entries are whole (struct z_erofs_lcluster_index of fs/erofs/erofs_fs.h, 8 bytes), or compact: in packs of 2 or 16,
 * entries of 14 or 16 bits, of which the two highest are the type, and behind them one block number; the other heads' data
 * follow the first's. How far heads are is not used here: entries are looked at one by one, of which an extent has few.
 */
final class Clusters {

    private static final int TYPE_PLAIN = 0;
    private static final int TYPE_NO_HEAD = 2;
    private static final int TYPE_HEAD_2 = 3;

    private static final int ADVISE_2_BYTES = 0x1;
    private static final int ADVISE_BIG_1 = 0x2;
    private static final int ADVISE_BIG_2 = 0x4;
    private static final int ADVISE_INLINE = 0x8;
    private static final int ADVISE_INTERLACED = 0x10;
    private static final int ADVISE_FRAGMENT = 0x20;

    private static final int HEADER = 8;
    private static final int ALGORITHM_BITS = 4;
    private static final int CLUSTER_BITS = 0xf;
    private static final int LARGEST_CLUSTER_BITS = 24;
    private static final int LARGEST_COMPACT_BITS = 14;
    private static final int FULL_ENTRY = 8;
    private static final int FULL_PADDING = 8;
    private static final int IS_PART = 0x8000;
    private static final int COUNT = 1 << 11;
    private static final int SMALLEST_LOW_BITS = 12;
    private static final int SMALL_PACK = 2;
    private static final int LARGE_PACK = 16;
    private static final int LARGE_PACK_BYTES = 32;

    /** Clusters; 4 GiB with the usual ones. */
    private static final int MOST_IN_FRAGMENT = 1 << 20;

    private final Metadata metadata;
    private final Superblock superblock;
    private final Inode inode;

    private final int advise;
    private final int inlineSize;
    private final long fragment;
    private final boolean isWholeFragment;
    private final int clusterBits;
    /** Numbers of the algorithms of heads of the two types. */
    private final int algorithms;

    private final long count;

    /** Reads what a file says of its clusters. */
    Clusters(Metadata metadata, Superblock superblock, Inode inode) throws IOException {
        this.metadata = metadata;
        this.superblock = superblock;
        this.inode = inode;
        if (inode.layout == Inode.COMPRESSED_FULL && !superblock.describesClusters()) {
            advise = 0;
            inlineSize = 0;
            fragment = 0;
            isWholeFragment = false;
            clusterBits = superblock.blockBits();
            algorithms = 0;
        } else {
            long at = header();
            ByteBuffer in = metadata.bytes(at, HEADER, "header of clusters");
            isWholeFragment = in.get(7) < 0;
            if (isWholeFragment) {
                advise = ADVISE_FRAGMENT;
                fragment = in.getLong(0) & Long.MAX_VALUE;
                clusterBits = superblock.blockBits();
                inlineSize = 0;
                algorithms = 0;
            } else {
                advise = in.getShort(4) & 0xffff;
                clusterBits = superblock.blockBits() + (in.get(7) & CLUSTER_BITS);
                boolean isInline = (advise & ADVISE_INLINE) != 0;
                inlineSize = isInline ? in.getShort(2) & 0xffff : 0;
                fragment = (advise & ADVISE_FRAGMENT) != 0 ? in.getInt(0) & 0xffffffffL : 0;
                algorithms = in.get(6) & 0xff;
                int largest = inode.layout == Inode.COMPRESSED_COMPACT ? LARGEST_COMPACT_BITS : LARGEST_CLUSTER_BITS;
                if (clusterBits > largest) {
                    throw metadata.damage(
                            at,
                            "inode " + inode.number + " in clusters of 2^" + clusterBits + " bytes, expected up to 2^"
                                    + largest);
                }
                if (inode.layout == Inode.COMPRESSED_FULL && (advise & ADVISE_2_BYTES) != 0) {
                    throw metadata.damage(at, "inode " + inode.number + " is encoded by extents, which are not known");
                }
            }
        }
        count = (inode.size + (1L << clusterBits) - 1) >> clusterBits;
    }

    private long header() {
        return (inode.rest() + 7) & ~7L;
    }

    /**
     * What an entry says.
     *
     * @param offset of the first byte of a head's extent in the cluster
     * @param block that a head's data begins with
     * @param blocks that the head before has, or 0 if this does not tell
     * @param next position behind the entry, or the pack it is in
     */
    private record Entry(int type, int offset, long block, int blocks, boolean isPart, long next) {

        boolean isHead() {
            return type != TYPE_NO_HEAD;
        }
    }

    /** The extent that byte {@code offset} of the file is in. */
    Extent find(long offset) throws IOException {
        if (isWholeFragment) {
            return new Extent(0, inode.size, Extent.Kind.FRAGMENT, null, fragment, 0, false);
        }
        long cluster = offset >> clusterBits;
        Entry head = entry(cluster);
        long within = offset & ((1 << clusterBits) - 1);
        long first = cluster;
        if (!head.isHead() || head.offset > within) {
            do {
                if (first == 0) {
                    throw damage(cluster, "the extent that it is in has no beginning");
                }
                head = entry(--first);
                requireSmall(cluster - first, cluster);
            } while (!head.isHead());
        }
        long start = (first << clusterBits) + head.offset;
        long next = first + 1;
        long end = inode.size;
        for (; next < count; next++) {
            Entry entry = entry(next);
            if (entry.isHead()) {
                end = (next << clusterBits) + entry.offset;
                break;
            }
            requireSmall(next - first, cluster);
        }
        if (end > inode.size || end <= offset) {
            throw damage(cluster, "an extent from byte " + start + " to " + end + " of " + inode.size);
        }
        // A last head may begin where the file ends.
        return extent(head, first, start, end - start, end == inode.size);
    }

    private Extent extent(Entry head, long cluster, long start, long length, boolean isLast) throws IOException {
        if (isLast && (advise & ADVISE_FRAGMENT) != 0) {
            long high = inode.layout == Inode.COMPRESSED_FULL ? head.block << Integer.SIZE : 0;
            return new Extent(start, length, Extent.Kind.FRAGMENT, null, fragment | high, 0, false);
        }
        boolean isPlain = head.type == TYPE_PLAIN;
        Algorithm algorithm = isPlain ? null : algorithm(head, cluster);
        Extent.Kind kind = !isPlain
                ? Extent.Kind.PACKED
                : (advise & ADVISE_INTERLACED) != 0 ? Extent.Kind.INTERLACED : Extent.Kind.PLAIN;
        if (isLast && (advise & ADVISE_INLINE) != 0) {
            long position = entry(count - 1).next;
            metadata.require(position, inlineSize, "the end of inode " + inode.number);
            requireRoom(isPlain, length, inlineSize, cluster);
            return new Extent(start, length, kind, algorithm, position, inlineSize, head.isPart);
        }
        if (kind == Extent.Kind.INTERLACED && length > superblock.blockSize()) {
            throw damage(cluster, length + " bytes in a block of which the end comes first");
        }
        long stored = stored(head, cluster);
        long position = head.block << superblock.blockBits();
        if (stored > Algorithm.MOST_STORED) {
            throw damage(cluster, "an extent of " + stored + " stored bytes, more than " + Algorithm.MOST_STORED);
        }
        metadata.require(position, stored, "data of inode " + inode.number);
        requireRoom(isPlain, length, stored, cluster);
        return new Extent(start, length, kind, algorithm, position, (int) stored, head.isPart);
    }

    private Algorithm algorithm(Entry head, long cluster) throws IOException {
        int number =
                (head.type == TYPE_HEAD_2 ? algorithms >> ALGORITHM_BITS : algorithms) & ((1 << ALGORITHM_BITS) - 1);
        Algorithm algorithm = Algorithm.of(number);
        if (algorithm == null || !superblock.mayUse(algorithm)) {
            throw damage(
                    cluster,
                    "compressed by " + (algorithm == null ? "the unknown algorithm " + number : algorithm)
                            + ", which the superblock does not know of");
        }
        return algorithm;
    }

    private void requireRoom(boolean isPlain, long length, long stored, long cluster) throws IOException {
        if (isPlain && length > stored) {
            throw damage(cluster, length + " bytes that are not compressed, in " + stored);
        }
        if (stored == 0 || length > Algorithm.MOST_UNPACKED) {
            throw damage(
                    cluster,
                    "an extent of " + length + " bytes in " + stored + ", expected up to " + Algorithm.MOST_UNPACKED);
        }
    }

    private long stored(Entry head, long cluster) throws IOException {
        boolean isPlain = head.type == TYPE_PLAIN;
        boolean isBig = (advise & (isPlain || head.type == TYPE_HEAD_2 ? ADVISE_BIG_2 : ADVISE_BIG_1)) != 0;
        if (!isBig || cluster + 1 >= count) {
            return 1L << clusterBits;
        }
        Entry next = entry(cluster + 1);
        if (next.isHead() || (isPlain && next.blocks == 0)) {
            return 1L << clusterBits;
        }
        if (next.blocks == 0) {
            throw damage(cluster + 1, "it should tell how many blocks the extent has, and does not");
        }
        return (long) next.blocks << superblock.blockBits();
    }

    /** An extent, but for one in the packed file, unpacks to a limited number of bytes: a wrong index does not lead far. */
    private void requireSmall(long clusters, long cluster) throws IOException {
        int most = (advise & ADVISE_FRAGMENT) != 0 ? MOST_IN_FRAGMENT : (Algorithm.MOST_UNPACKED >> clusterBits) + 1;
        if (clusters > most) {
            throw damage(cluster, "an extent of more than " + most + " clusters");
        }
    }

    private Entry entry(long cluster) throws IOException {
        return inode.layout == Inode.COMPRESSED_FULL ? full(cluster) : compact(cluster);
    }

    private Entry full(long cluster) throws IOException {
        long at = header() + HEADER + FULL_PADDING + cluster * FULL_ENTRY;
        try (Metadata.Piece piece = metadata.piece(at, FULL_ENTRY, "an index entry of inode " + inode.number)) {
            int word = piece.in.getShort(0) & 0xffff;
            int type = word & 3;
            if (type == TYPE_NO_HEAD) {
                int distance = piece.in.getShort(4) & 0xffff;
                int blocks = (distance & COUNT) != 0 ? distance & ~COUNT : 0;
                return new Entry(type, 0, 0, blocks, false, at + FULL_ENTRY);
            }
            int offset = piece.in.getShort(2) & 0xffff;
            if (offset >= 1 << clusterBits) {
                throw metadata.damage(at, "an extent that begins at byte " + offset + " of its cluster");
            }
            long block = piece.in.getInt(4) & 0xffffffffL;
            return new Entry(type, offset, block, 0, (word & IS_PART) != 0, at + FULL_ENTRY);
        }
    }

    /** Large packs begin at multiples of their size; before and behind them small ones fill up. */
    private Entry compact(long cluster) throws IOException {
        long at = header() + HEADER;
        long before = ((LARGE_PACK_BYTES - at % LARGE_PACK_BYTES) / Integer.BYTES) % (LARGE_PACK_BYTES / Integer.BYTES);
        long inLarge =
                (advise & ADVISE_2_BYTES) != 0 && before < count ? (count - before) / LARGE_PACK * LARGE_PACK : 0;
        long index = cluster;
        if (index >= before) {
            at += before * Integer.BYTES;
            index -= before;
            if (index < inLarge) {
                long pack = at + index / LARGE_PACK * LARGE_PACK_BYTES;
                return compact(pack, LARGE_PACK, LARGE_PACK_BYTES, (int) (index % LARGE_PACK));
            }
            at += inLarge * Short.BYTES;
            index -= inLarge;
        }
        int bytes = SMALL_PACK * Integer.BYTES;
        return compact(at + index / SMALL_PACK * bytes, SMALL_PACK, bytes, (int) (index % SMALL_PACK));
    }

    private Entry compact(long at, int entries, int bytes, int index) throws IOException {
        int bits = (bytes - Integer.BYTES) * Byte.SIZE / entries;
        int lowBits = Math.max(clusterBits, SMALLEST_LOW_BITS);
        try (Metadata.Piece piece = metadata.piece(at, bytes, "index entries of inode " + inode.number)) {
            int value = value(piece.in, bits, index);
            int type = type(value, lowBits);
            int low = low(value, lowBits);
            if (type == TYPE_NO_HEAD) {
                int blocks = (low & COUNT) != 0 ? low & ~COUNT : 0;
                return new Entry(type, 0, 0, blocks, false, at + bytes);
            }
            if (low >= 1 << clusterBits) {
                throw metadata.damage(at, "an extent that begins at byte " + low + " of its cluster");
            }
            long first = piece.in.getInt(bytes - Integer.BYTES) & 0xffffffffL;
            return new Entry(type, low, first + blocksBefore(piece.in, bits, lowBits, index), 0, false, at + bytes);
        }
    }

    /** Blocks of the extents of a pack that stand before the one of the head {@code index}. */
    private long blocksBefore(ByteBuffer in, int bits, int lowBits, int index) {
        boolean isBig = (advise & ADVISE_BIG_1) != 0;
        // Without big clusters the number is that of the block before the first.
        long blocks = isBig ? 0 : 1;
        boolean isHeadBefore = false;
        for (int i = 0; i < index; i++) {
            int value = value(in, bits, i);
            boolean isHead = type(value, lowBits) != TYPE_NO_HEAD;
            if (isHead) {
                blocks++;
            } else if (isBig && (low(value, lowBits) & COUNT) != 0) {
                // The head that this belongs to was counted as one block, unless it is in another pack.
                blocks += (low(value, lowBits) & ~COUNT) - (isHeadBefore ? 1 : 0);
            }
            isHeadBefore = isHead;
        }
        return blocks;
    }

    private static int value(ByteBuffer in, int bits, int index) {
        int at = index * bits;
        return (in.getInt(at / Byte.SIZE) >>> (at % Byte.SIZE)) & ((1 << bits) - 1);
    }

    private static int type(int value, int lowBits) {
        return (value >>> lowBits) & 3;
    }

    private static int low(int value, int lowBits) {
        return value & ((1 << lowBits) - 1);
    }

    private IOException damage(long cluster, String fault) {
        return metadata.damage(inode.position, "inode " + inode.number + ", cluster " + cluster + ": " + fault);
    }
}
