package liveroot.fs.squashfs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLongArray;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.BadImageException;
import liveroot.fs.codec.DamagedBlockException;
import liveroot.fs.codec.Decoders;

/**
 * The metadata blocks of an image, unpacked through the block cache: up to 8 KiB each, behind a u16 that has the stored
 * size in its low 15 bits, and bit 15 set if it is stored raw. A block is named by the position of that u16.
 */
final class Metadata {

    static final int BLOCK_SIZE = 8192;

    private static final int HEADER = 2;
    private static final int RAW = 0x8000;

    private static final int POINTERS_SIZE = 4096;

    /** Slots of {@link #sizes}: 32 KiB, enough for 32 MiB of tables before any header is read twice. */
    private static final int SIZES = 4096;

    private final BlockSource source;
    private final BlockCache cache;
    private final BlockCache.Region blocks;
    private final BlockCache.Region pointers;
    private final Decoders decoders;
    private final long end;

    /**
     * Stored sizes of blocks met so far, to find the block that follows one that is cached: position << 16 | size + 2. A
     * slot is overwritten by any other position that falls on it.
     */
    private final AtomicLongArray sizes = new AtomicLongArray(SIZES);

    /** @param end of the image */
    Metadata(BlockSource source, BlockCache cache, Decoders decoders, long end) {
        this.source = source;
        this.cache = cache;
        this.blocks = cache.region("metadata", source, this::blockLoader);
        this.pointers = cache.region("pointers", source, this::pointersLoader);
        this.decoders = decoders;
        this.end = end;
    }

    /** The block at {@code position}, with a reference that is the caller's to release. */
    Block block(long position) throws IOException {
        return blocks.get(position, BLOCK_SIZE, new MetadataLoad(position));
    }

    private BlockCache.Loader blockLoader(long position, int stored, int capacity) {
        return capacity == BLOCK_SIZE ? new MetadataLoad(position) : null;
    }

    private BlockCache.Loader pointersLoader(long position, int stored, int capacity) {
        return capacity == Math.min(POINTERS_SIZE, end - position) ? new PointersLoad(position) : null;
    }

    /** The position behind the block at {@code position}. */
    long next(long position) throws IOException {
        long slot = sizes.get(slot(position));
        if (slot >>> 16 == position) {
            return position + (slot & 0xffff);
        }
        Block memory = cache.take(HEADER);
        try {
            ByteBuffer header = memory.slice(0, HEADER);
            checkWithin(position, HEADER);
            source.read(position, header);
            return position + HEADER + storedSize(position, u16(header, 0));
        } finally {
            memory.release();
        }
    }

    /**
     * Entry {@code index} of an array of u64 positions of metadata blocks that starts at {@code array}.
     *
     * @param what the array belongs to, for messages
     */
    long pointer(long array, long index, String what) throws IOException {
        long at = array + index * 8;
        checkWithin(at, 8);
        long first = at - (at - array) % POINTERS_SIZE;
        int length = (int) Math.min(POINTERS_SIZE, end - first);
        Block block = pointers.get(first, length, new PointersLoad(first));
        long position;
        try {
            position = Long.reverseBytes(block.memory().getLong((int) (at - first)));
        } finally {
            block.release();
        }
        if (position < Superblock.SIZE || position > end - HEADER) {
            throw new BadImageException(
                    source.name(),
                    at,
                    what + " points to a block at " + Long.toUnsignedString(position) + ", outside of the image's "
                            + end + " bytes");
        }
        return position;
    }

    BadImageException damage(long position, String fault) {
        return new BadImageException(source.name(), position, fault);
    }

    private void checkWithin(long position, int length) throws BadImageException {
        if (position < Superblock.SIZE || position > end - length) {
            throw damage(position, "metadata is expected here, outside of the image's " + end + " bytes");
        }
    }

    private int storedSize(long position, int header) throws BadImageException {
        int size = header & (RAW - 1);
        if (size == 0 || size > BLOCK_SIZE || position + HEADER + size > end) {
            throw damage(
                    position,
                    "a metadata block of " + size + " stored bytes, expected 1 to " + BLOCK_SIZE + " and no more than "
                            + (end - position - HEADER) + " up to the image's end");
        }
        if (position < (1L << 47)) {
            sizes.lazySet(slot(position), (position << 16) | (HEADER + size));
        }
        return size;
    }

    private static int slot(long position) {
        return (int) ((position * 0x9E3779B97F4A7C15L) >>> 52);
    }

    private static int u16(ByteBuffer in, int at) {
        return (in.get(at) & 0xff) | ((in.get(at + 1) & 0xff) << 8);
    }

    /** Loads a block by one read, of as many bytes as it may have. */
    private final class MetadataLoad implements BlockCache.Loader {

        private final long position;

        MetadataLoad(long position) {
            this.position = position;
        }

        @Override
        public int stored() {
            return (int) Math.min(HEADER + BLOCK_SIZE, end - position);
        }

        @Override
        public int load(ByteBuffer plain) throws IOException {
            checkWithin(position, HEADER);
            int most = stored();
            Block memory = cache.take(most);
            try {
                source.read(position, memory.slice(0, most));
                int header = u16(memory.memory(), 0);
                int size = storedSize(position, header);
                ByteBuffer packed = memory.slice(HEADER, size);
                if ((header & RAW) != 0) {
                    plain.put(packed);
                    return size;
                }
                return decoders.unpack(packed, plain);
            } catch (BadImageException e) {
                throw e;
            } catch (DamagedBlockException e) {
                throw damage(position, "metadata block: " + e.getMessage());
            } finally {
                memory.release();
            }
        }
    }

    private final class PointersLoad implements BlockCache.Loader {

        private final long position;

        PointersLoad(long position) {
            this.position = position;
        }

        @Override
        public int stored() {
            return (int) Math.min(POINTERS_SIZE, end - position);
        }

        @Override
        public int load(ByteBuffer plain) throws IOException {
            source.read(position, plain);
            return plain.position();
        }
    }
}
