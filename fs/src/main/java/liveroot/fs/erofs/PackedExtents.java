package liveroot.fs.erofs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.ReadSink;
import liveroot.fs.codec.PieceDecoders;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

/** What is compressed of files, unpacked into the block cache, an extent at a time. */
final class PackedExtents implements AutoCloseable {

    private static final int PIECE = 1 << 20;

    private static final LZ4SafeDecompressor LZ4 = LZ4Factory.fastestInstance().safeDecompressor();

    private final BlockSource source;
    private final BlockCache cache;
    private final Superblock superblock;
    private final Metadata metadata;
    private final Map<Algorithm, PieceDecoders> decoders = new EnumMap<>(Algorithm.class);

    /** Extents in blocks of their own, by first block and unpacked length; those in metadata by their position. */
    private final BlockCache.Region extents;

    private final BlockCache.Region inlineExtents;

    /** Pieces of extents that are too large for the cache, by what the extents go by in the other two, and their index. */
    private final BlockCache.Region pieces;

    private final BlockCache.Region inlinePieces;

    PackedExtents(BlockSource source, BlockCache cache, Superblock superblock, Metadata metadata) {
        this.source = source;
        this.cache = cache;
        this.superblock = superblock;
        this.metadata = metadata;
        this.extents = cache.region();
        this.inlineExtents = cache.region();
        this.pieces = cache.region();
        this.inlinePieces = cache.region();
        superblock.windows().forEach((algorithm, window) -> {
            if (algorithm != Algorithm.LZ4) {
                decoders.put(algorithm, new PieceDecoders(algorithm.toString(), () -> algorithm.decoder(window)));
            }
        });
    }

    /** Hands {@code length} bytes, which the extent has at {@code offset}, to {@code sink}. */
    void read(Inode inode, Extent extent, int offset, int length, ReadSink sink) throws IOException {
        int plain = (int) extent.length();
        boolean aligned = (extent.position() & (superblock.blockSize() - 1)) == 0;
        long key = aligned ? ((extent.position() >> superblock.blockBits()) << 24) | plain : extent.position();
        if (BlockCache.budgetFor(plain) > cache.budget()) {
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

    /** Behind the room for a window, which LZ4 needs. */
    private int loadPiece(Extent extent, ByteBuffer memory, int end) throws IOException {
        load(extent, end, packed -> {
            if (extent.algorithm() == Algorithm.LZ4) {
                PartialLz4.unpackLastPiece(packed, memory, PIECE, end);
            } else {
                unpack(extent, packed, memory.slice(PartialLz4.WINDOW, PIECE), end);
            }
        });
        return PartialLz4.WINDOW + (end - 1) % PIECE + 1;
    }

    private int load(Extent extent, ByteBuffer plain) throws IOException {
        int wanted = plain.limit();
        load(extent, wanted, packed -> {
            if (extent.algorithm() == Algorithm.LZ4) {
                unpackLz4(extent, packed, plain);
            } else {
                unpack(extent, packed, plain, wanted);
            }
        });
        return wanted;
    }

    private void unpack(Extent extent, ByteBuffer packed, ByteBuffer plain, int end) throws IOException {
        boolean isAll = end == extent.length() && !extent.isPart();
        decoders.get(extent.algorithm()).unpack(packed, plain, end, isAll);
    }

    private void unpackLz4(Extent extent, ByteBuffer packed, ByteBuffer plain) throws IOException {
        int wanted = plain.limit();
        try {
            if (extent.isPart() || !superblock.padsWithZeros()) {
                PartialLz4.unpack(packed, plain);
                return;
            }
            int unpacked = LZ4.decompress(packed, 0, packed.limit(), plain, 0, wanted);
            if (unpacked != wanted) {
                throw new IOException("it unpacks to " + unpacked + " bytes, expected " + wanted);
            }
        } catch (LZ4Exception e) {
            throw new IOException("bad LZ4 data: " + e.getMessage(), e);
        }
    }

    private interface Unpacking {
        void unpack(ByteBuffer packed) throws IOException;
    }

    /** @param wanted bytes, for messages */
    private void load(Extent extent, int wanted, Unpacking unpacking) throws IOException {
        Block memory = cache.take(extent.stored());
        try {
            source.read(extent.position(), memory.slice(0, extent.stored()));
            // Only the first kind of LZ4 data begins where its blocks do.
            boolean isAtEnd = superblock.padsWithZeros() || extent.algorithm() != Algorithm.LZ4;
            int start = 0;
            // Data begins with no zero: what was left over stands before it.
            while (isAtEnd && start < extent.stored() - 1 && memory.memory().get(start) == 0) {
                start++;
            }
            unpacking.unpack(memory.slice(start, extent.stored() - start));
        } catch (IOException e) {
            throw e.getMessage().contains("at byte ") ? e : damage(extent, wanted, e);
        } finally {
            memory.release();
        }
    }

    private IOException damage(Extent extent, int wanted, IOException cause) {
        return metadata.damage(
                extent.position(),
                "an extent of " + extent.stored() + " stored bytes and " + wanted + " unpacked: " + cause.getMessage());
    }

    @Override
    public void close() {
        decoders.values().forEach(PieceDecoders::close);
    }
}
