package liveroot.fs.erofs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.zip.CRC32C;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.BadImageException;

/**
 * The 128 bytes at byte 1024 (struct erofs_super_block of fs/erofs/erofs_fs.h).
 *
 * @param blockBits logarithm of the bytes of a block
 * @param root number of the root's inode
 * @param inodes count
 * @param epoch seconds since 1970 from which the times of small inodes count
 * @param epochNanos with it
 * @param built seconds since 1970
 * @param blocks count
 * @param metadata block that inode number 0 would begin
 * @param xattrs block that xattrs which inodes share begin in
 * @param packed number of the inode that has the ends of files, if there is one
 * @param features that a reader has to know
 * @param windows how many bytes back files may refer, by what they are compressed by
 */
record Superblock(
        int blockBits,
        long root,
        long inodes,
        long epoch,
        int epochNanos,
        long built,
        long blocks,
        long metadata,
        long xattrs,
        long packed,
        int features,
        Map<Algorithm, Integer> windows,
        UUID uuid,
        String label) {

    static final int POSITION = 1024;
    static final int SIZE = 128;

    private static final int MAGIC = 0xe0f5e1e2;
    private static final int SMALLEST_BITS = 9;
    private static final int LARGEST_BITS = 16;

    private static final int HAS_CHECKSUM = 1;

    private static final int ZERO_PADDING = 0x1;
    private static final int CONFIGURATIONS = 0x2;
    private static final int CHUNKS = 0x4;
    private static final int DEVICES = 0x8;
    private static final int TAIL_PACKING = 0x10;
    private static final int FRAGMENTS = 0x20;
    private static final int XATTR_PREFIXES = 0x40;
    private static final int BITS_48 = 0x80;
    private static final int METADATA_BOX = 0x100;
    private static final int KNOWN = ZERO_PADDING | CONFIGURATIONS | CHUNKS | DEVICES | TAIL_PACKING | FRAGMENTS;

    private static final String[] FEATURES = {
        "0padding", "compr_cfgs", "chunked_file", "compr_head2", "ztailpacking", "fragments"
    };

    /** A superblock may be longer than it is here, by units of this. */
    private static final int SLOT = 16;

    /** Before the year 10000, as people write it. */
    private static final long LAST_SECOND = 253_402_300_799L;

    static Superblock read(BlockSource source, BlockCache cache) throws IOException {
        String name = source.name();
        if (source.size() < POSITION + SIZE) {
            throw new BadImageException(
                    name, source.size(), "an EROFS superblock ends at " + (POSITION + SIZE) + ", the image ends here");
        }
        Block memory = cache.take(1 << LARGEST_BITS);
        try {
            source.read(POSITION, memory.slice(0, SIZE));
            ByteBuffer in = memory.slice(0, SIZE).order(ByteOrder.LITTLE_ENDIAN);
            if (in.getInt(0) != MAGIC) {
                throw damage(name, 0, "no EROFS superblock: magic 0x" + Integer.toHexString(in.getInt(0)));
            }
            int bits = in.get(12);
            if (bits < SMALLEST_BITS || bits > LARGEST_BITS) {
                throw damage(name, 12, "blocks of 2^" + bits + " bytes, expected 2^9 to 2^16");
            }
            refuseUnknown(name, in);
            Superblock superblock = parse(in, bits, algorithms(source, cache, in, bits));
            if ((in.getInt(8) & HAS_CHECKSUM) != 0) {
                check(source, memory, bits);
            }
            if (superblock.blocks << bits > source.size()) {
                throw new BadImageException(
                        name,
                        source.size(),
                        "the image is cut short here: it should have " + (superblock.blocks << bits) + " bytes");
            }
            return superblock;
        } finally {
            memory.release();
        }
    }

    private static Map<Algorithm, Integer> algorithms(BlockSource source, BlockCache cache, ByteBuffer in, int bits)
            throws IOException {
        if ((in.getInt(80) & CONFIGURATIONS) == 0) {
            // How far LZ4 refers back, if it is used, and perhaps 0 where its data begins with its blocks.
            int window = in.getShort(84) & 0xffff;
            return (in.getInt(80) & ZERO_PADDING) != 0 || window != 0 ? Map.of(Algorithm.LZ4, window) : Map.of();
        }
        int numbers = in.getShort(84) & 0xffff;
        for (int bit = 0; bit < Short.SIZE; bit++) {
            if ((numbers & (1 << bit)) != 0 && Algorithm.of(bit) == null) {
                throw damage(source.name(), 84, "an EROFS image with files compressed by the unknown algorithm " + bit);
            }
        }
        return Algorithm.read(source, cache, numbers, POSITION + SIZE + (in.get(13) & 0xffL) * SLOT, bits);
    }

    private static Superblock parse(ByteBuffer in, int bits, Map<Algorithm, Integer> windows) {
        byte[] label = new byte[16];
        in.get(64, label);
        int end = 0;
        while (end < label.length && label[end] != 0) {
            end++;
        }
        long epoch = Math.min(in.getLong(24) & Long.MAX_VALUE, LAST_SECOND);
        return new Superblock(
                bits,
                in.getShort(14) & 0xffff,
                in.getLong(16),
                epoch,
                Math.min(in.getInt(32) & Integer.MAX_VALUE, 999_999_999),
                Math.min(epoch + u32(in, 108), LAST_SECOND),
                u32(in, 36),
                u32(in, 40),
                u32(in, 44),
                in.getLong(96),
                in.getInt(80),
                windows,
                new UUID(Long.reverseBytes(in.getLong(48)), Long.reverseBytes(in.getLong(56))),
                new String(label, 0, end, StandardCharsets.UTF_8));
    }

    private static void refuseUnknown(String name, ByteBuffer in) throws BadImageException {
        int features = in.getInt(80);
        if ((features & BITS_48) != 0) {
            throw damage(name, 80, "an EROFS image with 48-bit block numbers, which liveroot does not read");
        }
        if ((features & METADATA_BOX) != 0) {
            throw damage(name, 80, "an EROFS image with compressed metadata (metabox), which liveroot does not read");
        }
        if ((features & XATTR_PREFIXES) != 0) {
            throw damage(name, 80, "an EROFS image with long xattr prefixes, which liveroot does not read");
        }
        if ((features & ~KNOWN) != 0) {
            throw damage(name, 80, "an EROFS image with unknown features 0x" + Integer.toHexString(features & ~KNOWN));
        }
        if (in.getShort(86) != 0) {
            throw damage(
                    name,
                    86,
                    "an EROFS image with its data on " + (in.getShort(86) & 0xffff)
                            + " more devices, which liveroot does not read");
        }
        if (in.get(90) != 0) {
            throw damage(name, 90, "an EROFS image with large directory blocks, which nobody reads");
        }
    }

    /** CRC-32C from the superblock to the end of its block, with 0 for itself, not inverted at the end. */
    private static void check(BlockSource source, Block memory, int bits) throws IOException {
        int length = bits > 10 ? (1 << bits) - POSITION : 1 << bits;
        if (POSITION + length > source.size()) {
            throw new BadImageException(source.name(), source.size(), "the image ends here, within its first block");
        }
        ByteBuffer in = memory.slice(0, length).order(ByteOrder.LITTLE_ENDIAN);
        source.read(POSITION, in.duplicate());
        int stored = in.getInt(4);
        in.putInt(4, 0);
        CRC32C crc = new CRC32C();
        crc.update(in.duplicate());
        int found = (int) ~crc.getValue();
        if (stored != found) {
            throw damage(
                    source.name(),
                    4,
                    "superblock checksum 0x" + Integer.toHexString(stored) + ", should be 0x"
                            + Integer.toHexString(found));
        }
    }

    int blockSize() {
        return 1 << blockBits;
    }

    /** What the image's parts may be like, as mkfs.erofs calls it; none for one with nothing but plain files. */
    List<String> featureNames() {
        List<String> names = new ArrayList<>();
        for (int bit = 0; bit < FEATURES.length; bit++) {
            if ((features & (1 << bit)) != 0) {
                names.add(FEATURES[bit]);
            }
        }
        return names;
    }

    /** Bytes of the image. */
    long end() {
        return blocks << blockBits;
    }

    /** Whether LZ4 data stands at the end of its cluster; if not, at its start, and what follows is to be ignored. */
    boolean padsWithZeros() {
        return (features & ZERO_PADDING) != 0;
    }

    /** Whether compressed files say how they are; if not, all are as the first version of the format had them. */
    boolean describesClusters() {
        return (features & (CONFIGURATIONS | TAIL_PACKING | FRAGMENTS)) != 0;
    }

    /** Whether files may be compressed by it; of LZ4 the first images do not say so. */
    boolean mayUse(Algorithm algorithm) {
        return windows.containsKey(algorithm) || (algorithm == Algorithm.LZ4 && (features & CONFIGURATIONS) == 0);
    }

    boolean hasFragments() {
        return (features & FRAGMENTS) != 0 && packed != 0;
    }

    private static BadImageException damage(String name, int field, String fault) {
        return new BadImageException(name, POSITION + field, fault);
    }

    private static long u32(ByteBuffer in, int at) {
        return in.getInt(at) & 0xffffffffL;
    }
}
