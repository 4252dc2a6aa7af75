package liveroot.fs.ext;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.BadImageException;

/**
 * The 1024 bytes at byte 1024 ("Super Block" of the kernel's documentation).
 *
 * @param inodes count
 * @param blocks count
 * @param firstBlock the block that group 0 starts with: 1 if blocks have 1 KiB, else 0
 * @param blockSize bytes
 * @param blocksPerGroup count
 * @param inodesPerGroup count
 * @param inodeSize bytes
 * @param firstInode the first that is not reserved
 * @param descriptorSize bytes of a group descriptor
 * @param firstMetaGroup the first block of descriptors that lies within the groups it describes (meta_bg)
 * @param firstBackup the first of two groups with copies of the superblock, if sparse_super2
 * @param secondBackup the other
 * @param journal inode number of the journal, 0 if there is none inside
 * @param hashSeed four words, zero for the default
 * @param unsignedHash whether names are hashed as unsigned chars
 * @param seed with which checksums of metadata start
 * @param written seconds since 1970
 * @param label volume name
 */
record Superblock(
        long inodes,
        long blocks,
        long firstBlock,
        int blockSize,
        long blocksPerGroup,
        long inodesPerGroup,
        int inodeSize,
        long firstInode,
        int descriptorSize,
        long firstMetaGroup,
        long firstBackup,
        long secondBackup,
        long journal,
        Features features,
        List<Integer> hashSeed,
        boolean unsignedHash,
        int seed,
        UUID uuid,
        String label,
        long written) {

    static final int POSITION = 1024;
    static final int SIZE = 1024;

    private static final int MAGIC = 0xef53;
    private static final int LARGEST_BLOCK_SHIFT = 6;
    private static final int OLD_INODE_SIZE = 128;
    private static final int OLD_FIRST_INODE = 11;
    private static final int OLD_DESCRIPTOR_SIZE = 32;
    private static final int CRC32C = 1;
    private static final int UNSIGNED_HASH = 2;

    /** Of an image as it lies there, before its journal is looked at. */
    static Superblock read(BlockSource source, BlockCache cache) throws IOException {
        if (source.size() < POSITION + SIZE) {
            throw new BadImageException(
                    source.name(),
                    source.size(),
                    "an ext superblock ends at " + (POSITION + SIZE) + ", the image ends here");
        }
        Block memory = cache.take(SIZE);
        try {
            source.read(POSITION, memory.slice(0, SIZE));
            return parse(source, memory.slice(0, SIZE));
        } finally {
            memory.release();
        }
    }

    static Superblock parse(BlockSource source, ByteBuffer bytes) throws BadImageException {
        ByteBuffer in = bytes.order(ByteOrder.LITTLE_ENDIAN);
        String name = source.name();
        if (u16(in, 0x38) != MAGIC) {
            throw damage(name, 0x38, "no ext superblock: magic 0x" + Integer.toHexString(u16(in, 0x38)));
        }
        boolean old = in.getInt(0x4c) == 0;
        Features features =
                old ? new Features(0, 0, 0) : new Features(in.getInt(0x5c), in.getInt(0x60), in.getInt(0x64));
        String refused = features.refusal();
        if (refused != null) {
            throw damage(name, 0x60, refused);
        }
        if (features.hasChecksums()) {
            if (in.get(0x175) != CRC32C) {
                throw damage(name, 0x175, "checksums of type " + in.get(0x175) + ", only 1 (CRC-32C) is known");
            }
            int found = new Checksum().add(in, 0, 0x3fc).value();
            if (found != in.getInt(0x3fc)) {
                throw damage(name, 0x3fc, "superblock checksum " + hex(in.getInt(0x3fc)) + ", should be " + hex(found));
            }
        }
        int shift = in.getInt(0x18);
        if (shift < 0 || shift > LARGEST_BLOCK_SHIFT) {
            throw damage(
                    name, 0x18, "block size 1024 << " + Integer.toUnsignedString(shift) + ", expected up to 64 KiB");
        }
        byte[] id = new byte[16];
        in.get(0x68, id);
        long blocks = u32(in, 0x04) | (features.is64Bit() ? u32(in, 0x150) << 32 : 0);
        List<Integer> hashSeed = List.of(in.getInt(0xec), in.getInt(0xf0), in.getInt(0xf4), in.getInt(0xf8));
        Superblock superblock = new Superblock(
                u32(in, 0x00),
                blocks,
                u32(in, 0x14),
                1024 << shift,
                u32(in, 0x20),
                u32(in, 0x28),
                old ? OLD_INODE_SIZE : u16(in, 0x58),
                old ? OLD_FIRST_INODE : u32(in, 0x54),
                features.is64Bit() ? u16(in, 0xfe) : OLD_DESCRIPTOR_SIZE,
                u32(in, 0x104),
                u32(in, 0x24c),
                u32(in, 0x250),
                features.hasJournal() ? u32(in, 0xe0) : 0,
                features,
                hashSeed,
                (in.getInt(0x160) & UNSIGNED_HASH) != 0,
                features.hasChecksumSeed()
                        ? in.getInt(0x270)
                        : new Checksum().add(id, 0, id.length).value(),
                new UUID(Long.reverseBytes(in.getLong(0x68)), Long.reverseBytes(in.getLong(0x70))),
                text(in, 0x78, 16),
                u32(in, 0x30));
        superblock.check(name, source.size());
        return superblock;
    }

    private void check(String name, long size) throws BadImageException {
        if (firstBlock != (blockSize == 1024 ? 1 : 0) && !(firstBlock == 0 && features.hasClusters())) {
            throw damage(name, 0x14, "first data block " + firstBlock + " with blocks of " + blockSize + " bytes");
        }
        if (blocks <= firstBlock || blocks > Long.MAX_VALUE / blockSize) {
            throw damage(name, 0x04, "a file system of " + Long.toUnsignedString(blocks) + " blocks");
        }
        if (blocks * blockSize > size) {
            throw new BadImageException(
                    name, size, "the image is cut short here: it should have " + blocks * blockSize + " bytes");
        }
        if (inodeSize < OLD_INODE_SIZE || inodeSize > blockSize || Integer.bitCount(inodeSize) != 1) {
            throw damage(name, 0x58, "inodes of " + inodeSize + " bytes");
        }
        // One block of bitmap has a bit for each: of blocks (or clusters of them) and of inodes.
        if (blocksPerGroup == 0 || (blocksPerGroup > 8L * blockSize && !features.hasClusters())) {
            throw damage(name, 0x20, blocksPerGroup + " blocks in a group");
        }
        if (inodesPerGroup == 0 || inodesPerGroup > 8L * blockSize) {
            throw damage(name, 0x28, inodesPerGroup + " inodes in a group");
        }
        if (descriptorSize < OLD_DESCRIPTOR_SIZE
                || descriptorSize > 1024
                || Integer.bitCount(descriptorSize) != 1
                || (features.is64Bit() && descriptorSize < 64)) {
            throw damage(name, 0xfe, "group descriptors of " + descriptorSize + " bytes");
        }
        if (inodes < firstInode || inodes > groups() * inodesPerGroup) {
            throw damage(name, 0x00, inodes + " inodes in " + groups() + " groups of " + inodesPerGroup);
        }
    }

    /** What nothing changes while a file system is mounted, unlike the counts of blocks and inodes: it may grow. */
    String geometry() {
        return "blocks of " + blockSize + " bytes from " + firstBlock + " on, " + blocksPerGroup + " and "
                + inodesPerGroup + " inodes of " + inodeSize + " bytes in a group, descriptors of " + descriptorSize;
    }

    long groups() {
        return (blocks - firstBlock - 1) / blocksPerGroup + 1;
    }

    /** Whether a group starts with a copy of the superblock. */
    boolean hasSuperblock(long group) {
        if (group == 0) {
            return true;
        }
        if (features.hasTwoBackups()) {
            return group == firstBackup || group == secondBackup;
        }
        return group == 1 || !features.hasFewBackups() || isPower(group, 3) || isPower(group, 5) || isPower(group, 7);
    }

    private static boolean isPower(long number, int base) {
        long power = base;
        while (power < number) {
            power *= base;
        }
        return power == number;
    }

    private static BadImageException damage(String name, int field, String fault) {
        return new BadImageException(name, POSITION + field, fault);
    }

    private static String text(ByteBuffer in, int at, int length) {
        byte[] bytes = new byte[length];
        in.get(at, bytes);
        int end = 0;
        while (end < length && bytes[end] != 0) {
            end++;
        }
        return new String(bytes, 0, end, StandardCharsets.UTF_8);
    }

    static String hex(int value) {
        return "0x" + Integer.toHexString(value);
    }

    private static int u16(ByteBuffer in, int at) {
        return in.getShort(at) & 0xffff;
    }

    private static long u32(ByteBuffer in, int at) {
        return in.getInt(at) & 0xffffffffL;
    }
}
