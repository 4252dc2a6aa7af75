package liveroot.fs.ext;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.EnumMap;
import java.util.Map;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.BadImageException;
import liveroot.fs.ReadSink;

/** The blocks of a file system, by number, as they are once the journal has been replayed. */
final class Volume {

    private final BlockSource source;
    private final BlockCache cache;
    private final Superblock superblock;
    private final Overlay overlay;
    private final int blockSize;
    private final Map<Kind, BlockCache.Region> regions = new EnumMap<>(Kind.class);

    /** What a block is read as; each kind is cached, and checked, by itself. */
    enum Kind {
        TABLE,
        EXTENTS,
        DIRECTORY,
        XATTRS,
        DATA
    }

    /** Looks at a block before it enters the cache. */
    @FunctionalInterface
    interface Check {

        /** @param block little endian, the whole of it */
        void check(ByteBuffer block) throws IOException;
    }

    static final Check UNCHECKED = block -> {};

    Volume(BlockSource source, BlockCache cache, Superblock superblock, Overlay overlay) {
        this.source = source;
        this.cache = cache;
        this.superblock = superblock;
        this.overlay = overlay;
        this.blockSize = superblock.blockSize();
        for (Kind kind : Kind.values()) {
            regions.put(kind, cache.region());
        }
    }

    BlockSource source() {
        return source;
    }

    BlockCache cache() {
        return cache;
    }

    Superblock superblock() {
        return superblock;
    }

    int blockSize() {
        return blockSize;
    }

    /** Whether there are blocks from {@code number} on for {@code count}, none of them the first. */
    boolean has(long number, long count) {
        return number > 0 && count > 0 && number <= superblock.blocks() - count;
    }

    /** A block of metadata. */
    MetadataBlock metadata(Kind kind, long number, Check check) throws IOException {
        return new MetadataBlock(this, block(kind, number, check), number);
    }

    private Block block(Kind kind, long number, Check check) throws IOException {
        if (number < 0 || number >= superblock.blocks()) {
            throw damage(number, 0, "a block is wanted here, the file system has " + superblock.blocks());
        }
        return regions.get(kind).get(number, blockSize, memory -> {
            int replayed = overlay.find(number);
            if (replayed >= 0) {
                overlay.load(replayed, source, memory.slice());
            } else {
                source.read(number * blockSize, memory.slice());
            }
            check.check(memory.slice().order(ByteOrder.LITTLE_ENDIAN));
            return blockSize;
        });
    }

    /**
     * Hands file data to {@code sink}.
     *
     * @param number of the first block of a run that {@link #has} it
     * @param offset within the run
     */
    void read(long number, long offset, int length, ReadSink sink) throws IOException {
        long at = number * blockSize + offset;
        int left = length;
        while (left > 0) {
            long block = at / blockSize;
            int within = (int) (at % blockSize);
            long replayed = overlay.firstFrom(block);
            int n;
            if (replayed == block) {
                n = Math.min(left, blockSize - within);
                Block memory = block(Kind.DATA, block, UNCHECKED);
                try {
                    sink.block(memory, within, n);
                } finally {
                    memory.release();
                }
            } else {
                n = (int) Math.min(left, (replayed - block) * blockSize - within);
                source.read(at, sink.space(n));
            }
            at += n;
            left -= n;
        }
    }

    BadImageException damage(long number, int at, String fault) {
        return new BadImageException(source.name(), number * blockSize + at, fault);
    }
}
