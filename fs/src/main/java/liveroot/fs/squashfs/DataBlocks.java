package liveroot.fs.squashfs;

import java.io.IOException;
import java.nio.ByteBuffer;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.BadImageException;
import liveroot.fs.ReadSink;
import liveroot.fs.codec.DamagedBlockException;
import liveroot.fs.codec.Decoders;

/**
 * The data blocks and fragments of an image. A block word has the stored size in its low 24 bits, and bit 24 set if the
 * block is stored raw; a whole word of 0 is a hole of one block. Packed blocks are unpacked through the block cache, raw
 * ones are read from the source each time, as they lie in the host's page cache already.
 */
final class DataBlocks {

    private static final int SIZE = (1 << 24) - 1;
    private static final int RAW = 1 << 24;

    private final BlockSource source;
    private final BlockCache cache;
    private final BlockCache.Region blocks;
    private final Decoders decoders;
    private final int blockSize;
    private final long end;

    DataBlocks(BlockSource source, BlockCache cache, Decoders decoders, Superblock superblock) {
        this.source = source;
        this.cache = cache;
        this.blocks = cache.region("data", source, this::loader);
        this.decoders = decoders;
        this.blockSize = superblock.blockSize();
        this.end = superblock.bytesUsed();
    }

    static int storedSize(int word) {
        return word & SIZE;
    }

    /**
     * Hands a part of a file's block to {@code sink}.
     *
     * @param position of the block
     * @param plain bytes that the block unpacks to
     * @param offset of the first byte wanted
     */
    void read(long position, int word, int plain, int offset, int length, ReadSink sink) throws IOException {
        if (word == 0) {
            sink.zeros(length);
            return;
        }
        check(position, word);
        if ((word & RAW) != 0) {
            if (storedSize(word) != plain) {
                throw damage(position, "a raw data block of " + storedSize(word) + " bytes, expected " + plain);
            }
            source.read(position + offset, sink.space(length));
            return;
        }
        DataLoad load = new DataLoad(position, storedSize(word));
        Block block = blocks.get(position, plain, load);
        try {
            if (block.length() != plain) {
                block = again(block, position, plain, load);
            }
            if (block.length() != plain) {
                throw damage(position, "a data block that unpacks to " + block.length() + " bytes, expected " + plain);
            }
            sink.block(block, offset, length);
        } finally {
            block.release();
        }
    }

    /**
     * Loads a block anew that is too short or too long: it may have come from a playlist with a wrong size in it, or from a
     * damaged file that names the same place.
     *
     * @param block released here, unless this fails
     */
    private Block again(Block block, long position, int capacity, DataLoad load) throws IOException {
        blocks.drop(position, block);
        Block other = blocks.get(position, capacity, load);
        block.release();
        return other;
    }

    /** Of a block in a playlist; null if there can be none. */
    private BlockCache.Loader loader(long position, int stored, int capacity) {
        return capacity <= blockSize && isPacked(position, stored) ? new DataLoad(position, stored) : null;
    }

    /** Hands a part of a fragment block to {@code sink}. */
    void readFragment(long position, int word, int offset, int length, ReadSink sink) throws IOException {
        check(position, word);
        boolean raw = (word & RAW) != 0;
        if (raw) {
            checkFragment(position, storedSize(word), offset, length);
            source.read(position + offset, sink.space(length));
            return;
        }
        DataLoad load = new DataLoad(position, storedSize(word));
        Block block = blocks.get(position, blockSize, load);
        try {
            if (offset > block.length() - length) {
                block = again(block, position, blockSize, load);
            }
            checkFragment(position, block.length(), offset, length);
            sink.block(block, offset, length);
        } finally {
            block.release();
        }
    }

    /**
     * Has a part of a file's block unpacked for a {@link #read} to come. What is damaged is left to that.
     *
     * @return false if it is nothing that would be unpacked
     */
    boolean prefetch(long position, int word, int plain) {
        return prefetch(position, word, plain, () -> {});
    }

    /** @param end see {@link BlockCache.Region#prefetch}; not run if this answers false */
    boolean prefetch(long position, int word, int plain, Runnable end) {
        if (!isPacked(position, word)) {
            return false;
        }
        DataLoad load = new DataLoad(position, storedSize(word));
        blocks.prefetch(
                position,
                plain,
                dst -> {
                    int length = load.load(dst);
                    if (length != plain) {
                        // Of the damaged file that led here: the block must not be kept for the file it belongs to.
                        throw damage(position, "a data block that unpacks to " + length + " bytes, expected " + plain);
                    }
                    return length;
                },
                end);
        return true;
    }

    /** As {@link #prefetch}, for a {@link #readFragment}. */
    boolean prefetchFragment(long position, int word, Runnable end) {
        if (!isPacked(position, word)) {
            return false;
        }
        blocks.prefetch(position, blockSize, new DataLoad(position, storedSize(word)), end);
        return true;
    }

    /** The block at {@code position} if it has been unpacked, or null. */
    Block peek(long position) {
        return blocks.peek(position);
    }

    /** Whether nobody notes which blocks are demanded. */
    boolean isUnobserved() {
        return !cache.isObserved();
    }

    private boolean isPacked(long position, int word) {
        return (word & RAW) == 0 && isWithin(position, word);
    }

    private void checkFragment(long position, int size, int offset, int length) throws BadImageException {
        if (offset > size - length) {
            throw damage(
                    position,
                    "a fragment block of " + size + " bytes, in which a file has " + length + " at " + offset);
        }
    }

    private void check(long position, int word) throws BadImageException {
        int stored = storedSize(word);
        if (!isSize(word)) {
            throw damage(
                    position,
                    "a data block with the size word 0x" + Integer.toHexString(word) + ", expected 1 to " + blockSize
                            + " bytes");
        }
        if (!isWithin(position, word)) {
            throw damage(position, "a data block of " + stored + " bytes, outside of the image's " + end);
        }
    }

    private boolean isSize(int word) {
        int stored = storedSize(word);
        return stored > 0 && stored <= blockSize && (word & ~(SIZE | RAW)) == 0;
    }

    private boolean isWithin(long position, int word) {
        return isSize(word) && position >= Superblock.SIZE && position <= end - storedSize(word);
    }

    private BadImageException damage(long position, String fault) {
        return new BadImageException(source.name(), position, fault);
    }

    private final class DataLoad implements BlockCache.Loader {

        private final long position;
        private final int stored;

        DataLoad(long position, int stored) {
            this.position = position;
            this.stored = stored;
        }

        @Override
        public int stored() {
            return stored;
        }

        @Override
        public int load(ByteBuffer plain) throws IOException {
            Block memory = cache.take(stored);
            try {
                source.read(position, memory.slice(0, stored));
                return decoders.unpack(memory.slice(0, stored), plain);
            } catch (DamagedBlockException e) {
                throw damage(position, "data block of " + stored + " stored bytes: " + e.getMessage());
            } finally {
                memory.release();
            }
        }
    }
}
