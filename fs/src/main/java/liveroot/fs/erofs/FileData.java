package liveroot.fs.erofs;

import java.io.IOException;
import java.nio.ByteBuffer;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.ReadSink;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

/** The bytes of files. */
final class FileData {

    private static final int CHUNK_BITS = 0x1f;
    private static final int CHUNK_INDEXES = 0x20;
    private static final int INDEX = 8;
    private static final long HOLE = 0xffffffffL;
    private static final int PIECE = 1 << 20;

    private static final LZ4SafeDecompressor LZ4 = LZ4Factory.fastestInstance().safeDecompressor();

    private final BlockSource source;
    private final BlockCache cache;
    private final Superblock superblock;
    private final Metadata metadata;
    private final int blockSize;

    /** Extents in blocks of their own, by first block and unpacked length; those in metadata by their position. */
    private final BlockCache.Region extents;

    private final BlockCache.Region inlineExtents;

    /** Pieces of extents that are too large for the cache, by what the extents go by in the other two, and their index. */
    private final BlockCache.Region pieces;

    private final BlockCache.Region inlinePieces;

    FileData(BlockSource source, BlockCache cache, Superblock superblock, Metadata metadata) {
        this.source = source;
        this.cache = cache;
        this.superblock = superblock;
        this.metadata = metadata;
        this.blockSize = superblock.blockSize();
        this.extents = cache.region();
        this.inlineExtents = cache.region();
        this.pieces = cache.region();
        this.inlinePieces = cache.region();
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
        return new Run(inode.rest() + offset - inBlocks, inode.size - offset);
    }

    private Run chunk(Inode inode, long offset) throws IOException {
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
        Clusters clusters = new Clusters(metadata, superblock, inode);
        long at = offset;
        int left = length;
        while (left > 0) {
            Extent extent = clusters.find(at);
            long within = at - extent.start();
            int n = (int) Math.min(left, extent.length() - within);
            switch (extent.kind()) {
                case PLAIN -> source.read(extent.position() + within, sink.space(n));
                case INTERLACED -> readInterlaced(extent, (int) within, n, sink);
                case LZ4 -> readPacked(inode, extent, (int) within, n, sink);
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

    private void readFragment(long offset, int length, ReadSink sink, Inode owner) throws IOException {
        Inode packed = Inode.read(metadata, superblock, superblock.packed());
        if (offset < 0 || offset > packed.size - length) {
            throw metadata.damage(
                    owner.position,
                    "inode " + owner.number + " has " + length + " bytes at " + offset + " of the packed file of "
                            + packed.size);
        }
        if (packed.isCompressed()) {
            readExtents(packed, offset, length, sink, false);
        } else {
            read(packed, offset, length, sink);
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

    private void readPacked(Inode inode, Extent extent, int offset, int length, ReadSink sink) throws IOException {
        int plain = (int) extent.length();
        boolean aligned = (extent.position() & (blockSize - 1)) == 0;
        long key = aligned ? ((extent.position() >> superblock.blockBits()) << 24) | plain : extent.position();
        // The cache takes no block of more than half its budget; that leaves as much for packed bytes, and others.
        if (plain > cache.stats().budget() / 4) {
            readPieces(inode, extent, aligned ? pieces : inlinePieces, key, offset, length, sink);
            return;
        }
        Block block = (aligned ? extents : inlineExtents).get(key, plain, memory -> load(extent, memory));
        try {
            requireLength(inode, extent, block, plain);
            sink.block(block, offset, length);
        } finally {
            block.release();
        }
    }

    /**
     * Of an extent that the cache has no room for, a piece at a time is unpacked and kept: all that stands before it has to
     * be unpacked too, and is thrown away.
     */
    private void readPieces(
            Inode inode, Extent extent, BlockCache.Region region, long key, int offset, int length, ReadSink sink)
            throws IOException {
        int at = offset;
        int left = length;
        while (left > 0) {
            int index = at / PIECE;
            int end = (int) Math.min(extent.length(), (index + 1L) * PIECE);
            int plain = PartialLz4.WINDOW + end - index * PIECE;
            // An extent of 12 MiB has 12 pieces.
            Block block =
                    region.get(key << 4 | index, PartialLz4.WINDOW + PIECE, memory -> loadPiece(extent, memory, end));
            try {
                requireLength(inode, extent, block, plain);
                int within = at - index * PIECE;
                int n = Math.min(left, end - at);
                sink.block(block, PartialLz4.WINDOW + within, n);
                at += n;
                left -= n;
            } finally {
                block.release();
            }
        }
    }

    private void requireLength(Inode inode, Extent extent, Block block, int wanted) throws IOException {
        if (block.length() != wanted) {
            throw metadata.damage(
                    extent.position(),
                    "an extent of inode " + inode.number + " that unpacks to " + block.length() + " bytes, expected "
                            + wanted);
        }
    }

    private int loadPiece(Extent extent, ByteBuffer memory, int end) throws IOException {
        return load(extent, end, packed -> {
            PartialLz4.unpackLastPiece(packed, memory, PIECE, end);
            return PartialLz4.WINDOW + (end - 1) % PIECE + 1;
        });
    }

    private int load(Extent extent, ByteBuffer plain) throws IOException {
        int wanted = plain.limit();
        return load(extent, wanted, packed -> {
            if (extent.isPart() || !superblock.padsWithZeros()) {
                PartialLz4.unpack(packed, plain);
                return wanted;
            }
            int unpacked = LZ4.decompress(packed, 0, packed.limit(), plain, 0, wanted);
            if (unpacked != wanted) {
                throw new IOException("it unpacks to " + unpacked + " bytes, expected " + wanted);
            }
            return wanted;
        });
    }

    private interface Unpacking {
        int unpack(ByteBuffer packed) throws IOException;
    }

    /** @param wanted bytes, for messages */
    private int load(Extent extent, int wanted, Unpacking unpacking) throws IOException {
        Block memory = cache.take(extent.stored());
        try {
            source.read(extent.position(), memory.slice(0, extent.stored()));
            int start = 0;
            // Data begins with no zero: what was left over stands before it.
            while (superblock.padsWithZeros()
                    && start < extent.stored() - 1
                    && memory.memory().get(start) == 0) {
                start++;
            }
            return unpacking.unpack(memory.slice(start, extent.stored() - start));
        } catch (LZ4Exception e) {
            throw damage(extent, wanted, e);
        } catch (IOException e) {
            throw e.getMessage().contains("at byte ") ? e : damage(extent, wanted, e);
        } finally {
            memory.release();
        }
    }

    private IOException damage(Extent extent, int wanted, Exception cause) {
        return metadata.damage(
                extent.position(),
                "an extent of " + extent.stored() + " stored bytes and " + wanted + " unpacked: bad LZ4 data: "
                        + cause.getMessage());
    }
}
