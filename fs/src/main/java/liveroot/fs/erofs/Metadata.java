package liveroot.fs.erofs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.BadImageException;

/** Bytes of an image that are looked at, not handed out, by position, in blocks that the block cache keeps. */
final class Metadata {

    private final BlockSource source;
    private final BlockCache.Region blocks;
    private final int blockSize;
    private final long end;

    Metadata(BlockSource source, BlockCache cache, Superblock superblock) {
        this.source = source;
        this.blocks = cache.region();
        this.blockSize = superblock.blockSize();
        this.end = superblock.end();
    }

    BadImageException damage(long position, String fault) {
        return new BadImageException(source.name(), position, fault);
    }

    /** @throws BadImageException if there are no {@code length} bytes at {@code position} */
    void require(long position, long length, String what) throws BadImageException {
        if (position < 0 || length < 0 || position > end - length) {
            throw damage(position, what + " of " + length + " bytes, outside of the image's " + end);
        }
    }

    /** The bytes of one block from {@code position} on, read as little endian until closed. */
    Piece piece(long position, int length, String what) throws IOException {
        require(position, length, what);
        int within = (int) (position & (blockSize - 1));
        if (within > blockSize - length) {
            throw damage(position, what + " of " + length + " bytes that crosses the end of its block");
        }
        long first = position - within;
        Block block = blocks.get(first, blockSize, memory -> {
            source.read(first, memory);
            return blockSize;
        });
        return new Piece(block, within, length);
    }

    /** Bytes that may be in more than one block. */
    ByteBuffer bytes(long position, int length, String what) throws IOException {
        require(position, length, what);
        byte[] all = new byte[length];
        for (int done = 0; done < length; ) {
            long at = position + done;
            int n = (int) Math.min(length - done, blockSize - (at & (blockSize - 1)));
            try (Piece piece = piece(at, n, what)) {
                piece.in.get(0, all, done, n);
            }
            done += n;
        }
        return ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Held until it is closed. */
    static final class Piece implements AutoCloseable {

        /** Only absolute methods may be used. */
        final ByteBuffer in;

        private final Block block;

        private Piece(Block block, int offset, int length) {
            this.block = block;
            this.in = block.slice(offset, length).order(ByteOrder.LITTLE_ENDIAN);
        }

        @Override
        public void close() {
            block.release();
        }
    }
}
