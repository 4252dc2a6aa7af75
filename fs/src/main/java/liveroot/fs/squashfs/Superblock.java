package liveroot.fs.squashfs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.BadImageException;

/**
 * The 96 bytes at the start of an image ("The Superblock" of the format description that comes with squashfs-tools-ng),
 * checked. Positions are bytes from the start of the image; {@link #ABSENT} stands for a table that is not there.
 *
 * @param inodes count
 * @param made seconds since 1970
 * @param blockSize bytes of a data block, 4 KiB to 1 MiB
 * @param fragments entries of the fragment table
 * @param flags see {@link Description#flagNames}
 * @param ids entries of the id table
 * @param root reference of the root's inode
 * @param bytesUsed where the image ends; what follows is padding
 */
record Superblock(
        long inodes,
        long made,
        int blockSize,
        long fragments,
        Compressor compressor,
        int flags,
        int ids,
        long root,
        long bytesUsed,
        long idTable,
        long xattrTable,
        long inodeTable,
        long directoryTable,
        long fragmentTable,
        long exportTable) {

    static final int SIZE = 96;
    /** "hsqs", little endian. */
    static final int MAGIC = 0x73717368;

    static final long ABSENT = -1;

    private static final int SMALLEST_BLOCK_SHIFT = 12;
    private static final int LARGEST_BLOCK_SHIFT = 20;

    /** Entries of 16 bytes in a metadata block: of the fragment table, and of the xattr id table. */
    static final int ENTRIES_OF_16 = Metadata.BLOCK_SIZE / 16;

    static final int IDS_PER_BLOCK = Metadata.BLOCK_SIZE / 4;
    static final int EXPORTS_PER_BLOCK = Metadata.BLOCK_SIZE / 8;

    /** @throws BadImageException if it is no superblock, or says what cannot be */
    static Superblock read(BlockSource source, BlockCache cache) throws IOException {
        if (source.size() < SIZE) {
            throw new BadImageException(
                    source.name(), 0, "a SquashFS superblock has " + SIZE + " bytes, the image has " + source.size());
        }
        Block memory = cache.take(SIZE);
        try {
            ByteBuffer bytes = memory.slice(0, SIZE);
            source.read(0, bytes);
            return parse(source, bytes.order(ByteOrder.LITTLE_ENDIAN));
        } finally {
            memory.release();
        }
    }

    private static Superblock parse(BlockSource source, ByteBuffer in) throws BadImageException {
        String name = source.name();
        if (in.getInt(0) != MAGIC) {
            throw new BadImageException(
                    name, 0, "no SquashFS image: its first bytes are 0x" + hex(in.getInt(0)) + ", not hsqs");
        }
        int major = in.getShort(28) & 0xffff;
        int minor = in.getShort(30) & 0xffff;
        if (major != 4 || minor != 0) {
            throw new BadImageException(name, 28, "SquashFS " + major + "." + minor + ", only 4.0 can be read");
        }
        int blockSize = in.getInt(12);
        int shift = in.getShort(22) & 0xffff;
        if (shift < SMALLEST_BLOCK_SHIFT || shift > LARGEST_BLOCK_SHIFT || blockSize != 1 << shift) {
            throw new BadImageException(
                    name,
                    12,
                    "block size " + Integer.toUnsignedString(blockSize) + " with logarithm " + shift
                            + ", expected a power of two from 4 KiB to 1 MiB and its logarithm");
        }
        int number = in.getShort(20) & 0xffff;
        Compressor compressor = Compressor.of(number);
        if (compressor == null) {
            throw new BadImageException(name, 20, "compressor " + number + ", known are 1 to 6");
        }
        Superblock superblock = new Superblock(
                in.getInt(4) & 0xffffffffL,
                in.getInt(8) & 0xffffffffL,
                blockSize,
                in.getInt(16) & 0xffffffffL,
                compressor,
                in.getShort(24) & 0xffff,
                in.getShort(26) & 0xffff,
                in.getLong(32),
                in.getLong(40),
                in.getLong(48),
                in.getLong(56),
                in.getLong(64),
                in.getLong(72),
                in.getLong(80),
                in.getLong(88));
        superblock.check(name, source.size());
        return superblock;
    }

    private void check(String name, long size) throws BadImageException {
        if (bytesUsed < SIZE) {
            throw new BadImageException(name, 40, "an image of " + bytesUsed + " bytes, smaller than its superblock");
        }
        if (bytesUsed > size) {
            throw new BadImageException(
                    name, size, "the image is cut short here: it should have " + bytesUsed + " bytes");
        }
        if (inodes == 0) {
            throw new BadImageException(name, 4, "an image without inodes");
        }
        if (ids == 0) {
            throw new BadImageException(name, 26, "an image without user ids");
        }
        within(name, 64, "inode table", inodeTable, 1);
        within(name, 72, "directory table", directoryTable, 1);
        if (directoryTable <= inodeTable) {
            throw new BadImageException(
                    name,
                    72,
                    "directory table at " + directoryTable + ", expected behind the inode table at " + inodeTable);
        }
        within(name, 48, "id table", idTable, pointers(ids, IDS_PER_BLOCK));
        if (fragments > 0) {
            within(name, 80, "fragment table", fragmentTable, pointers(fragments, ENTRIES_OF_16));
        }
        if (exportTable != ABSENT) {
            within(name, 88, "export table", exportTable, pointers(inodes, EXPORTS_PER_BLOCK));
        }
        if (xattrTable != ABSENT) {
            within(name, 56, "xattr table", xattrTable, XattrTable.HEADER);
        }
        long rootBlock = root >>> 16;
        if (rootBlock >= directoryTable - inodeTable || (root & 0xffff) >= Metadata.BLOCK_SIZE) {
            throw new BadImageException(
                    name, 32, "root inode at " + rootBlock + " + " + (root & 0xffff) + ", outside of the inode table");
        }
    }

    /** Bytes of the pointers to the metadata blocks that hold {@code entries}. */
    static long pointers(long entries, int perBlock) {
        return (entries + perBlock - 1) / perBlock * 8;
    }

    private void within(String name, int field, String table, long position, long length) throws BadImageException {
        if (position < SIZE || position > bytesUsed - length) {
            throw new BadImageException(
                    name,
                    field,
                    table + " of " + length + " bytes at " + Long.toUnsignedString(position)
                            + ", outside of the image's " + bytesUsed);
        }
    }

    private static String hex(int littleEndian) {
        return Integer.toHexString(Integer.reverseBytes(littleEndian));
    }
}
