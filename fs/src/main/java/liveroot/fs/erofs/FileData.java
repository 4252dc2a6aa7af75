package liveroot.fs.erofs;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicReferenceArray;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.ReadSink;

/** The bytes of files. */
final class FileData implements AutoCloseable {

    private static final int CHUNK_BITS = 0x1f;
    private static final int CHUNK_INDEXES = 0x20;
    /** Behind it is a reserved word, in which the kernel takes anything. */
    private static final int CHUNK_FORMAT = 0xffff;

    private static final int INDEX = 8;
    private static final long HOLE = 0xffffffffL;

    /** Extents that are kept, a power of 2. */
    private static final int RECENT = 16;

    private final BlockSource source;
    private final Superblock superblock;
    private final Metadata metadata;
    private final int blockSize;
    private final PackedExtents packed;

    /** By the lowest bits of the inode's number; which one is there is left to chance. */
    private final AtomicReferenceArray<Found> recent = new AtomicReferenceArray<>(RECENT);

    private record Found(long inode, Extent extent) {}

    FileData(BlockSource source, BlockCache cache, Superblock superblock, Metadata metadata) {
        this.source = source;
        this.superblock = superblock;
        this.metadata = metadata;
        this.blockSize = superblock.blockSize();
        this.packed = new PackedExtents(source, cache, superblock, metadata);
    }

    /** Hands {@code length} bytes, which the file has at {@code offset}, to {@code sink}. */
    void read(Inode inode, long offset, int length, ReadSink sink) throws IOException {
        if (inode.isCompressed()) {
            readExtents(inode, offset, length, sink, true);
            return;
        }
        long at = offset;
        int left = length;
        while (left > 0) {
            Run run = run(inode, at);
            int n = (int) Math.min(left, run.length);
            if (run.position < 0) {
                sink.zeros(n);
            } else {
                metadata.require(run.position, n, "data of inode " + inode.number);
                source.read(run.position, sink.space(n));
            }
            at += n;
            left -= n;
        }
    }

    /**
     * Bytes of a file that is not compressed.
     *
     * @param position in the image, or -1 for a hole
     * @param length up to the end of the file, or where they go on elsewhere
     */
    record Run(long position, long length) {}

    /** What the file has at {@code offset}, which is within it. */
    Run run(Inode inode, long offset) throws IOException {
        if (inode.layout == Inode.CHUNKS) {
            return chunk(inode, offset);
        }
        long first = (inode.word & 0xffffffffL) << superblock.blockBits();
        long inBlocks = inode.layout == Inode.INLINE
                ? ((inode.size - 1) >> superblock.blockBits()) << superblock.blockBits()
                : inode.size;
        if (offset < inBlocks) {
            return new Run(first + offset, inBlocks - offset);
        }
        long tail = inode.rest();
        // As the kernel asks (fs/erofs/data.c): what lies behind the block's end is not the file's.
        if ((tail & (blockSize - 1)) + inode.size - inBlocks > blockSize) {
            throw metadata.damage(
                    tail,
                    "the last " + (inode.size - inBlocks) + " bytes of inode " + inode.number
                            + ", over the end of their block");
        }
        return new Run(tail + offset - inBlocks, inode.size - offset);
    }

    private Run chunk(Inode inode, long offset) throws IOException {
        int unknown = inode.word & CHUNK_FORMAT & ~(CHUNK_BITS | CHUNK_INDEXES);
        if (unknown != 0) {
            throw metadata.damage(
                    inode.position,
                    "inode " + inode.number + " in chunks of the unknown format 0x"
                            + Integer.toHexString(inode.word & CHUNK_FORMAT));
        }
        int bits = superblock.blockBits() + (inode.word & CHUNK_BITS);
        boolean indexed = (inode.word & CHUNK_INDEXES) != 0;
        int entry = indexed ? INDEX : Integer.BYTES;
        long index = offset >>> bits;
        long table = (inode.rest() + entry - 1) & -entry;
        long at = table + index * entry;
        long within = offset - (index << bits);
        long length = Math.min((1L << bits) - within, inode.size - offset);
        try (Metadata.Piece piece = metadata.piece(at, entry, "a chunk of inode " + inode.number)) {
            if (indexed && piece.in.getShort(2) != 0) {
                throw metadata.damage(
                        at, "a chunk of inode " + inode.number + " on device " + (piece.in.getShort(2) & 0xffff));
            }
            long block = piece.in.getInt(indexed ? 4 : 0) & 0xffffffffL;
            return new Run(block == HOLE ? -1 : (block << superblock.blockBits()) + within, length);
        }
    }

    /**
     * The first byte from {@code offset} on that is in a hole, or that is not. Only files in chunks have holes.
     *
     * @return -1 if there is none before the file's end
     */
    long seek(Inode inode, long offset, boolean hole) throws IOException {
        if (inode.layout != Inode.CHUNKS) {
            return hole ? -1 : offset;
        }
        for (long at = offset; at < inode.size; ) {
            Run run = run(inode, at);
            if ((run.position < 0) == hole) {
                return at;
            }
            at += run.length;
        }
        return -1;
    }

    private void readExtents(Inode inode, long offset, int length, ReadSink sink, boolean mayHaveFragment)
            throws IOException {
        long at = offset;
        int left = length;
        while (left > 0) {
            Extent extent = extent(inode, at);
            long within = at - extent.start();
            int n = (int) Math.min(left, extent.length() - within);
            switch (extent.kind()) {
                case PLAIN -> source.read(extent.position() + within, sink.space(n));
                case INTERLACED -> readInterlaced(extent, (int) within, n, sink);
                case PACKED -> packed.read(inode, extent, (int) within, n, sink);
                case FRAGMENT -> {
                    if (!mayHaveFragment || !superblock.hasFragments()) {
                        throw metadata.damage(
                                inode.position,
                                "inode " + inode.number + " has its end in a file of ends that is not there");
                    }
                    readFragment(extent.position() + within, n, sink, inode);
                }
            }
            at += n;
            left -= n;
        }
    }

    /** A reader in order comes to the same one again and again, and one may have thousands of index entries. */
    private Extent extent(Inode inode, long offset) throws IOException {
        int slot = (int) (inode.number & (RECENT - 1));
        Found last = recent.get(slot);
        if (last != null && last.inode == inode.number && last.extent.has(offset)) {
            return last.extent;
        }
        Extent extent = new Clusters(metadata, superblock, inode).find(offset);
        recent.set(slot, new Found(inode.number, extent));
        return extent;
    }

    private void readFragment(long offset, int length, ReadSink sink, Inode owner) throws IOException {
        Inode ends = Inode.read(metadata, superblock, superblock.packed());
        if (offset < 0 || offset > ends.size - length) {
            throw metadata.damage(
                    owner.position,
                    "inode " + owner.number + " has " + length + " bytes at " + offset + " of the packed file of "
                            + ends.size);
        }
        if (ends.isCompressed()) {
            readExtents(ends, offset, length, sink, false);
        } else {
            read(ends, offset, length, sink);
        }
    }

    /** A byte of the file stands at the place in the block that it has in a block of the file. */
    private void readInterlaced(Extent extent, int within, int length, ReadSink sink) throws IOException {
        int start = (int) (extent.start() & (blockSize - 1));
        int left = length;
        int at = within;
        while (left > 0) {
            int place = (start + at) % blockSize;
            int n = Math.min(left, blockSize - place);
            metadata.require(extent.position() + place, n, "data");
            source.read(extent.position() + place, sink.space(n));
            at += n;
            left -= n;
        }
    }

    @Override
    public void close() {
        packed.close();
    }
}
