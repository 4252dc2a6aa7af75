package liveroot.fs.ext;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import liveroot.fs.Attributes;
import liveroot.fs.BadImageException;
import liveroot.fs.Mode;

/** An inode as it stands in its table ("Index Nodes" of the kernel's documentation), little endian. */
final class Inode {

    static final int MAP_SIZE = 60;

    private static final int ENCRYPTED = 0x800;
    private static final int INDEXED = 0x1000;
    private static final int HUGE_FILE = 0x40000;
    private static final int EXTENTS = 0x80000;
    private static final int EA_INODE = 0x200000;
    private static final int INLINE_DATA = 0x10000000;
    private static final int CASEFOLD = 0x40000000;

    private static final int OLD_SIZE = 128;
    private static final int MAP = 0x28;
    private static final int CHECKSUM_LOW = 0x7c;
    private static final int CHECKSUM_HIGH = 0x82;

    private static final int MOST_NANOS = 999_999_999;

    final long number;
    final int mode;
    final long size;
    /** Block with xattrs, or 0. */
    final long xattrBlock;
    /** With which the checksums of this inode's own blocks start. */
    final int seed;
    /** Where it lies: a block, and a byte in it. */
    final long block;

    final int offset;

    private final byte[] bytes;
    private final ByteBuffer in;
    private final int flags;
    /** Bytes behind the first 128 that are fields. */
    private final int extra;

    private final boolean isInline;
    private final boolean countsBlocks;
    private final int blockSize;

    private Inode(byte[] bytes, long number, long block, int offset, Superblock superblock) {
        this.bytes = bytes;
        this.number = number;
        this.block = block;
        this.offset = offset;
        this.blockSize = superblock.blockSize();
        in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        mode = u16(0x00);
        flags = in.getInt(0x20);
        boolean large = Mode.isRegular(mode) || Mode.isDirectory(mode);
        size = u32(0x04) | (large ? u32(0x6c) << 32 : 0);
        xattrBlock = u32(0x68) | (superblock.features().is64Bit() ? (long) u16(0x76) << 32 : 0);
        extra = bytes.length > OLD_SIZE ? u16(0x80) : 0;
        countsBlocks = superblock.features().hasHugeFiles() && (flags & HUGE_FILE) != 0;
        isInline = (flags & INLINE_DATA) != 0 && extra <= bytes.length - OLD_SIZE && Xattrs.hasInlineData(tail());
        seed = new Checksum(superblock.seed())
                .littleEndian((int) number)
                .littleEndian(in.getInt(0x64))
                .value();
    }

    static Inode parse(MetadataBlock from, int offset, long block, long number, Superblock superblock)
            throws BadImageException {
        Inode inode = new Inode(from.bytes(offset, superblock.inodeSize()), number, block, offset, superblock);
        if (inode.isInUse()) {
            String fault = inode.fault(superblock);
            if (fault != null) {
                throw from.damage(offset, "inode " + number + " " + fault);
            }
        }
        return inode;
    }

    private String fault(Superblock superblock) {
        if (superblock.features().hasChecksums()) {
            int found = checksum();
            boolean whole = OLD_SIZE + extra >= CHECKSUM_HIGH + 2 && bytes.length > OLD_SIZE;
            int stored = u16(CHECKSUM_LOW) | (whole ? u16(CHECKSUM_HIGH) << 16 : 0);
            if (stored != (whole ? found : found & 0xffff)) {
                return "fails its checksum: " + Superblock.hex(stored) + ", should be " + Superblock.hex(found);
            }
        }
        if (extra > bytes.length - OLD_SIZE || extra % 4 != 0) {
            return "has " + extra + " bytes of fields behind its first 128, its size is " + bytes.length;
        }
        if (size < 0) {
            return "has " + Long.toUnsignedString(size) + " bytes";
        }
        int type = Mode.type(mode);
        if (type != Mode.S_IFREG
                && type != Mode.S_IFDIR
                && type != Mode.S_IFLNK
                && !Mode.isDevice(mode)
                && type != Mode.S_IFIFO
                && type != Mode.S_IFSOCK) {
            return "has the mode 0" + Integer.toOctalString(mode);
        }
        return null;
    }

    private int checksum() {
        boolean high = bytes.length > OLD_SIZE && OLD_SIZE + extra >= CHECKSUM_HIGH + 2;
        byte[] zeros = new byte[2];
        Checksum sum = new Checksum(seed).add(bytes, 0, CHECKSUM_LOW).add(zeros, 0, 2);
        if (!high) {
            return sum.add(bytes, CHECKSUM_LOW + 2, bytes.length).value();
        }
        return sum.add(bytes, CHECKSUM_LOW + 2, CHECKSUM_HIGH)
                .add(zeros, 0, 2)
                .add(bytes, CHECKSUM_HIGH + 2, bytes.length)
                .value();
    }

    /** Unused ones may hold anything. */
    boolean isInUse() {
        return mode != 0 && u16(0x1a) != 0;
    }

    boolean isDirectory() {
        return Mode.isDirectory(mode);
    }

    boolean isIndexed() {
        return (flags & INDEXED) != 0;
    }

    /** Whether its content, be that a file's, a symlink's or a directory's names, takes a key to be read. */
    boolean isEncrypted() {
        return (flags & ENCRYPTED) != 0;
    }

    /** Whether the names in it are hashed, and by Linux looked up, without regard to their case. */
    boolean ignoresCase() {
        return (flags & CASEFOLD) != 0;
    }

    boolean hasExtents() {
        return (flags & EXTENTS) != 0;
    }

    /** Whether its data is in itself: without the xattr for it, even an empty one, the flag says nothing, as in Linux. */
    boolean isInline() {
        return isInline;
    }

    boolean isXattrValue() {
        return (flags & EA_INODE) != 0;
    }

    /** Of the xattr value that it has for data, in place of a time of access (ext4_xattr_inode_get_hash of fs/ext4/xattr.c). */
    int valueHash() {
        return in.getInt(0x08);
    }

    /** Whether it has, in place of a time of change, the number of the inode whose xattr it is, and its generation. */
    boolean isLustreValueOf(Inode owner) {
        return u32(0x10) == owner.number && in.getInt(0x64) == owner.in.getInt(0x64);
    }

    /** Whether a symlink's target stands in place of its map of blocks. */
    boolean isFastSymlink(Superblock superblock) {
        if (!Mode.isSymlink(mode) || isInline() || size == 0 || size >= MAP_SIZE) {
            return false;
        }
        // Where values of xattrs are inodes of their own, their blocks are counted here too.
        return superblock.features().hasXattrInodes() || !hasBlocksOfItsOwn();
    }

    private boolean hasBlocksOfItsOwn() {
        return u32(0x1c) != 0 && (xattrBlock == 0 || hasExtents());
    }

    /** The 60 bytes that say where its data is, or hold it. */
    ByteBuffer map() {
        return in.slice(MAP, MAP_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Offset of {@link #map} in its block. */
    int mapOffset() {
        return offset + MAP;
    }

    /** What follows the fields: xattrs, perhaps. */
    ByteBuffer tail() {
        int start = bytes.length > OLD_SIZE ? OLD_SIZE + extra : OLD_SIZE;
        return in.slice(start, bytes.length - start).order(ByteOrder.LITTLE_ENDIAN);
    }

    Attributes attributes() {
        long blocks = u32(0x1c) | (countsBlocks || u16(0x74) != 0 ? (long) u16(0x74) << 32 : 0);
        if (countsBlocks) {
            blocks *= blockSize >> 9;
        }
        if (isInline() && Mode.isRegular(mode)) {
            // As Linux does (ext4_file_getattr), so that programs do not take it for one hole.
            blocks += (size + 511) >> 9;
        }
        return new Attributes(
                number,
                mode,
                u16(0x1a),
                u16(0x02) | (u16(0x78) << 16),
                u16(0x18) | (u16(0x7a) << 16),
                Mode.isDevice(mode) ? device() : 0,
                size,
                blocks,
                blockSize,
                seconds(0x08, 0x8c),
                nanos(0x8c),
                seconds(0x10, 0x88),
                nanos(0x88),
                seconds(0x0c, 0x84),
                nanos(0x84));
    }

    /** Kept in 16 bits, or in the kernel's 32-bit form if they do not suffice. */
    private int device() {
        int old = in.getInt(MAP);
        if (old == 0) {
            return in.getInt(MAP + 4);
        }
        return old & 0xffff;
    }

    /** 32 bits with a sign, and two more on top of them in the word with the nanoseconds. */
    private long seconds(int at, int high) {
        long epoch = hasField(high) ? in.getInt(high) & 3 : 0;
        return in.getInt(at) + (epoch << 32);
    }

    private int nanos(int at) {
        return hasField(at) ? Math.min(in.getInt(at) >>> 2, MOST_NANOS) : 0;
    }

    private boolean hasField(int at) {
        return bytes.length > OLD_SIZE && at + 4 <= OLD_SIZE + extra;
    }

    private int u16(int at) {
        return in.getShort(at) & 0xffff;
    }

    private long u32(int at) {
        return in.getInt(at) & 0xffffffffL;
    }
}
