package liveroot.fs.ext;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;
import liveroot.cache.BlockSource;
import liveroot.fs.BadImageException;

/**
 * The blocks whose newest content is in the journal: for each, where it lies there. They are read from there when they are
 * wanted, and their checksums are looked at then.
 */
final class Overlay {

    static final Overlay NONE = new Overlay(new Copy[0], 0, 0);

    /** The journal's magic number, which a copy that begins with it has zeros for. */
    static final int MAGIC = 0xc03b3998;

    private final long[] blocks;
    private final Copy[] copies;
    private final int blockSize;
    private final int seed;

    /**
     * A block of a committed transaction.
     *
     * @param block of the file system
     * @param sequence number of the transaction
     * @param position of the copy, in bytes of the image; {@link #REVOKED} if this says instead that copies of this
     *     transaction and those before are not to be used
     * @param escaped whether its first four bytes are to be {@link #MAGIC}
     * @param checksumBits 0, 16 or 32: how many low bits of {@code checksum} count
     */
    record Copy(long block, int sequence, long position, boolean escaped, int checksumBits, int checksum) {

        static final long REVOKED = -1;
    }

    /**
     * @param copies one for each block, in order of the blocks
     * @param seed of the journal's checksums
     */
    Overlay(Copy[] copies, int blockSize, int seed) {
        this.copies = copies;
        this.blockSize = blockSize;
        this.seed = seed;
        this.blocks = Arrays.stream(copies).mapToLong(Copy::block).toArray();
    }

    int count() {
        return blocks.length;
    }

    /** Index for {@link #load}, or negative if the block's content is in its place. */
    int find(long block) {
        return Arrays.binarySearch(blocks, block);
    }

    /** The first block of the overlay that is {@code block} or behind it, or Long.MAX_VALUE / block size. */
    long firstFrom(long block) {
        int i = find(block);
        int next = i >= 0 ? i : -i - 1;
        return next < blocks.length ? blocks[next] : Long.MAX_VALUE >>> (Short.SIZE + 1);
    }

    /** Of all copies that count, empty if they have none. */
    List<liveroot.fs.Checksum> checksums(BlockSource source) {
        return copies.length == 0 || copies[0].checksumBits == 0 ? List.of() : List.of(new OfAllCopies(source));
    }

    private final class OfAllCopies implements liveroot.fs.Checksum {

        private final BlockSource source;

        OfAllCopies(BlockSource source) {
            this.source = source;
        }

        @Override
        public String words() {
            return "newest copies in the journal, CRC-32C";
        }

        @Override
        public long bytes() {
            return (long) copies.length * blockSize;
        }

        @Override
        public String expected() {
            return "all " + copies.length;
        }

        @Override
        public String computed(LongConsumer progress) throws IOException {
            ByteBuffer memory = ByteBuffer.allocateDirect(blockSize);
            for (int i = 0; i < copies.length; i++) {
                load(i, source, memory);
                progress.accept(blockSize);
            }
            return expected();
        }
    }

    void load(int index, BlockSource source, ByteBuffer memory) throws IOException {
        Copy copy = copies[index];
        ByteBuffer block = memory.slice(0, blockSize).order(ByteOrder.BIG_ENDIAN);
        source.read(copy.position, block.duplicate());
        if (copy.checksumBits > 0) {
            int found = new Checksum(seed)
                    .bigEndian(copy.sequence)
                    .add(block, 0, blockSize)
                    .value();
            if ((found ^ copy.checksum) << (Integer.SIZE - copy.checksumBits) != 0) {
                throw new BadImageException(
                        source.name(),
                        copy.position,
                        "the journal's copy of block " + copy.block + " fails its checksum; let e2fsck repair it");
            }
        }
        if (copy.escaped) {
            block.putInt(0, MAGIC);
        }
    }
}
