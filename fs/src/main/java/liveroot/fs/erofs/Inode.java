package liveroot.fs.erofs;

import java.io.IOException;
import java.nio.ByteBuffer;
import liveroot.fs.Attributes;
import liveroot.fs.Mode;

/**
 * An inode, of 32 or 64 bytes (struct erofs_inode_compact and _extended of fs/erofs/erofs_fs.h), followed by its xattrs,
 * and by what else it needs: indexes of its data, or the end of the data itself.
 */
final class Inode {

    /** Layouts of data. */
    static final int PLAIN = 0;

    static final int COMPRESSED_FULL = 1;
    static final int INLINE = 2;
    static final int COMPRESSED_COMPACT = 3;
    static final int CHUNKS = 4;

    /** Inodes are numbered by their places, in units of this. */
    static final int UNIT = 32;

    private static final int COMPACT = 32;
    private static final int EXTENDED = 64;
    private static final int KNOWN_FORMAT = 0xf;

    final long number;
    final long position;
    final int layout;
    final int mode;
    final long size;
    /** First block, device, or what chunks are like. */
    final int word;
    /** Where its xattrs are, and their bytes. */
    final long xattrs;

    final int xattrsSize;

    private final int nlink;
    private final int uid;
    private final int gid;
    private final long mtime;
    private final int mtimeNanos;
    private final int blockBits;

    private Inode(ByteBuffer in, int length, long number, long position, Superblock superblock) {
        this.number = number;
        this.position = position;
        this.blockBits = superblock.blockBits();
        layout = (in.getShort(0) >> 1) & 7;
        int count = in.getShort(2) & 0xffff;
        xattrs = position + length;
        xattrsSize = count == 0 ? 0 : Xattrs.HEADER + (count - 1) * Integer.BYTES;
        mode = in.getShort(4) & 0xffff;
        word = in.getInt(16);
        if (length == EXTENDED) {
            size = in.getLong(8);
            uid = in.getInt(24);
            gid = in.getInt(28);
            mtime = in.getLong(32);
            mtimeNanos = Math.min(in.getInt(40) & Integer.MAX_VALUE, 999_999_999);
            nlink = in.getInt(44);
        } else {
            size = in.getInt(8) & 0xffffffffL;
            uid = in.getShort(24) & 0xffff;
            gid = in.getShort(26) & 0xffff;
            mtime = superblock.epoch() + (in.getInt(12) & 0xffffffffL);
            mtimeNanos = superblock.epochNanos();
            nlink = in.getShort(6) & 0xffff;
        }
    }

    static Inode read(Metadata metadata, Superblock superblock, long number) throws IOException {
        long position = (superblock.metadata() << superblock.blockBits()) + number * UNIT;
        int format = metadata.bytes(position, 2, "inode " + number).getShort(0);
        int length = (format & 1) == 0 ? COMPACT : EXTENDED;
        Inode inode =
                new Inode(metadata.bytes(position, length, "inode " + number), length, number, position, superblock);
        String fault = null;
        if ((format & ~KNOWN_FORMAT) != 0 || inode.layout > CHUNKS) {
            fault = "has the unknown format 0x" + Integer.toHexString(format & 0xffff);
        } else if (inode.size < 0) {
            fault = "has " + Long.toUnsignedString(inode.size) + " bytes";
        } else {
            fault = inode.typeFault();
        }
        if (fault != null) {
            throw metadata.damage(position, "inode " + number + " " + fault);
        }
        metadata.require(inode.xattrs, inode.xattrsSize, "xattrs of inode " + number);
        return inode;
    }

    private String typeFault() {
        int type = Mode.type(mode);
        boolean isKnown = hasData() || Mode.isDevice(mode) || type == Mode.S_IFIFO || type == Mode.S_IFSOCK;
        if (!isKnown) {
            return "has the mode 0" + Integer.toOctalString(mode);
        }
        return isCompressed() && !Mode.isRegular(mode) ? "is compressed, and no file" : null;
    }

    private boolean hasData() {
        return Mode.isRegular(mode) || Mode.isDirectory(mode) || Mode.isSymlink(mode);
    }

    boolean isDirectory() {
        return Mode.isDirectory(mode);
    }

    boolean isCompressed() {
        return layout == COMPRESSED_FULL || layout == COMPRESSED_COMPACT;
    }

    /** Where what follows the xattrs begins. */
    long rest() {
        return xattrs + xattrsSize;
    }

    Attributes attributes() {
        long size512 = isCompressed()
                ? (word & 0xffffffffL) << (blockBits - 9)
                : ((size + (1L << blockBits) - 1) >> blockBits) << (blockBits - 9);
        return new Attributes(
                number,
                mode,
                nlink,
                uid,
                gid,
                Mode.isDevice(mode) ? word : 0,
                hasData() ? size : 0,
                hasData() ? size512 : 0,
                1 << blockBits,
                mtime,
                mtimeNanos,
                mtime,
                mtimeNanos,
                mtime,
                mtimeNanos);
    }
}
