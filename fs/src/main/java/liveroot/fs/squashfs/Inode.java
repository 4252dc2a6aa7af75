package liveroot.fs.squashfs;

import java.io.IOException;
import liveroot.fs.Attributes;
import liveroot.fs.Mode;
import liveroot.fs.ReadOnlyTree;

/**
 * An inode as it stands in the inode table ("Inode Table" of the format description that comes with squashfs-tools-ng).
 * Extended types are told from basic ones only while reading.
 */
final class Inode {

    static final int DIRECTORY = 1;
    static final int FILE = 2;
    static final int SYMLINK = 3;
    static final int BLOCK_DEVICE = 4;
    static final int CHARACTER_DEVICE = 5;
    static final int FIFO = 6;
    static final int SOCKET = 7;

    /** An extended type is its basic type and this. */
    private static final int EXTENDED = 7;

    /** No fragment, no xattrs. */
    static final int NONE = -1;

    /** What the kernel shows as st_blksize: SQUASHFS_DEVBLK_SIZE of fs/squashfs/squashfs_fs.h. */
    private static final int IO_SIZE = 1024;

    private static final int[] TYPE_BITS = {
        0, Mode.S_IFDIR, Mode.S_IFREG, Mode.S_IFLNK, Mode.S_IFBLK, Mode.S_IFCHR, Mode.S_IFIFO, Mode.S_IFSOCK
    };

    /** Basic type. */
    final int type;

    final int mode;
    final int uid;
    final int gid;
    final long mtime;
    final long number;
    final int nlink;
    /** Bytes; of a directory 3 more than its listing has. */
    final long size;
    /** Device number. */
    final int rdev;
    /** Index into the xattr table, or {@link #NONE}. */
    final int xattrs;

    /** Of a file: bytes in holes. */
    final long sparse;
    /** Of a file: position of its first data block. Of a directory: of its first block, relative to the table. */
    final long start;
    /** Of a file: index of its fragment, or {@link #NONE}. */
    final int fragment;
    /** Of a file: of its end within the fragment. Of a directory: of its listing within its first block. */
    final int offset;

    /** Of a directory: number of its parent. */
    final long parent;
    /** Of a directory: entries of its index. */
    final int indexCount;

    /** Where the variable part begins: a file's block words, a directory's index, a symlink's target. */
    final long restPosition;

    final int restOffset;

    private Inode(Cursor in, IdTable ids, int blockSize) throws IOException {
        int stored = in.u16();
        boolean extended = stored > EXTENDED;
        type = extended ? stored - EXTENDED : stored;
        if (type < DIRECTORY || type > SOCKET) {
            throw in.damage("an inode of type " + stored + ", known are 1 to 14");
        }
        mode = (in.u16() & ~Mode.S_IFMT) | TYPE_BITS[type];
        uid = ids.id(in.u16(), in);
        gid = ids.id(in.u16(), in);
        mtime = in.u32();
        number = in.u32();
        int links = 1;
        long bytes = 0;
        int device = 0;
        int xattr = NONE;
        long holes = 0;
        long first = 0;
        int fragmentIndex = NONE;
        int firstOffset = 0;
        long parentNumber = 0;
        int indexEntries = 0;
        long rest = 0;
        int restAt = 0;
        switch (type) {
            case DIRECTORY -> {
                if (extended) {
                    links = in.i32();
                    bytes = in.u32();
                    first = in.u32();
                    parentNumber = in.u32();
                    indexEntries = in.u16();
                    firstOffset = in.u16();
                    xattr = in.i32();
                    rest = in.position();
                    restAt = in.offset();
                } else {
                    first = in.u32();
                    links = in.i32();
                    bytes = in.u16();
                    firstOffset = in.u16();
                    parentNumber = in.u32();
                }
            }
            case FILE -> {
                if (extended) {
                    first = in.i64();
                    bytes = in.i64();
                    holes = in.i64();
                    links = in.i32();
                    fragmentIndex = in.i32();
                    firstOffset = in.i32();
                    xattr = in.i32();
                } else {
                    first = in.u32();
                    fragmentIndex = in.i32();
                    firstOffset = in.i32();
                    bytes = in.u32();
                }
                if (bytes < 0) {
                    throw in.damage("a file of " + Long.toUnsignedString(bytes) + " bytes");
                }
                if (fragmentIndex != NONE && (firstOffset < 0 || firstOffset >= blockSize)) {
                    throw in.damage("a file that ends at byte " + Integer.toUnsignedString(firstOffset)
                            + " of a fragment, but fragments have " + blockSize + " bytes");
                }
                rest = in.position();
                restAt = in.offset();
            }
            case SYMLINK -> {
                links = in.i32();
                bytes = in.u32();
                if (bytes > ReadOnlyTree.LONGEST_TARGET) {
                    throw in.damage(
                            "a symlink with a target of " + bytes + " bytes, more than " + ReadOnlyTree.LONGEST_TARGET);
                }
                rest = in.position();
                restAt = in.offset();
                if (extended) {
                    in.skip(bytes);
                    xattr = in.i32();
                }
            }
            case BLOCK_DEVICE, CHARACTER_DEVICE -> {
                links = in.i32();
                device = in.i32();
                if (extended) {
                    xattr = in.i32();
                }
            }
            default -> {
                links = in.i32();
                if (extended) {
                    xattr = in.i32();
                }
            }
        }
        nlink = links;
        size = bytes;
        rdev = device;
        xattrs = xattr;
        sparse = holes;
        start = first;
        fragment = fragmentIndex;
        offset = firstOffset;
        parent = parentNumber;
        indexCount = indexEntries;
        restPosition = rest;
        restOffset = restAt;
    }

    /** The inode at which {@code in} stands. */
    static Inode read(Cursor in, IdTable ids, int blockSize) throws IOException {
        return new Inode(in, ids, blockSize);
    }

    /** Moves {@code in}, which has just read this inode, over its variable part, to the inode that follows. */
    void skipRest(Cursor in) throws IOException {
        switch (type) {
            case FILE -> throw new IllegalStateException("only its blocks tell how many words a file has");
            case DIRECTORY -> {
                for (int i = 0; i < indexCount; i++) {
                    in.skip(2 * Integer.BYTES);
                    in.skip(in.u32() + 1);
                }
            }
            case SYMLINK -> {
                // That of an extended one is behind it already.
                if (in.position() == restPosition && in.offset() == restOffset) {
                    in.skip(size);
                }
            }
            default -> {}
        }
    }

    /** The S_IFMT bits of a basic type, or 0 if there is no such type. */
    static int typeBits(int type) {
        return type >= DIRECTORY && type <= SOCKET ? TYPE_BITS[type] : 0;
    }

    Attributes attributes(XattrTable table) throws IOException {
        // As fs/squashfs/inode.c has it: only files and xattrs have blocks, and ctime and atime are mtime.
        long blocks = type == FILE ? ((size - sparse - 1) >> 9) + 1 : 0;
        if (xattrs != NONE) {
            blocks += ((table.size(xattrs) - 1) >> 9) + 1;
        }
        return new Attributes(
                number, mode, nlink, uid, gid, rdev, size, Math.max(0, blocks), IO_SIZE, mtime, 0, mtime, 0, mtime, 0);
    }
}
