package liveroot.fs.squashfs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.Name;

/**
 * Extended attributes. A header {start of the keys and values u64, count of entries u32, unused u32} stands before
 * pointers to blocks of entries of 16 bytes {reference u64, count u32, size u32}, one for each set of attributes. A set
 * is pairs of a key {type u16, length u16, name} and a value {length u32, bytes}; bit 8 of the type says that the value is
 * a reference to the real one.
 */
final class XattrTable {

    static final int HEADER = 16;
    private static final int ENTRY = 16;

    private static final int OUT_OF_LINE = 0x100;
    private static final int PREFIX = 0xff;
    private static final byte[][] PREFIXES = {
        Name.of("user.").bytes(),
        Name.of("trusted.").bytes(),
        Name.of("security.").bytes()
    };

    /** Limits of linux/limits.h: bytes of a value, bytes of all names of an inode, bytes of a name. */
    private static final int LARGEST_VALUE = 65_536;

    private static final int LARGEST_LIST = 65_536;
    private static final int LONGEST_NAME = 255;

    private final Metadata metadata;
    /** Position of the header, or {@link Superblock#ABSENT}. */
    private final long table;

    private final long pairs;
    private final long count;

    private XattrTable(Metadata metadata, long table, long pairs, long count) {
        this.metadata = metadata;
        this.table = table;
        this.pairs = pairs;
        this.count = count;
    }

    static XattrTable open(BlockSource source, BlockCache cache, Metadata metadata, Superblock superblock)
            throws IOException {
        long table = superblock.xattrTable();
        if (table == Superblock.ABSENT) {
            return new XattrTable(metadata, table, 0, 0);
        }
        Block memory = cache.take(HEADER);
        try {
            ByteBuffer header = memory.slice(0, HEADER);
            source.read(table, header);
            header.order(ByteOrder.LITTLE_ENDIAN);
            long pairs = header.getLong(0);
            long count = header.getInt(8) & 0xffffffffL;
            if (count > 0 && (pairs < Superblock.SIZE || pairs >= superblock.bytesUsed())) {
                throw metadata.damage(
                        table,
                        "xattrs at " + Long.toUnsignedString(pairs) + ", outside of the image's "
                                + superblock.bytesUsed() + " bytes");
            }
            if (table + HEADER + Superblock.pointers(count, Superblock.ENTRIES_OF_16) > superblock.bytesUsed()) {
                throw metadata.damage(table, "an xattr table of " + count + " entries, too many for the image");
            }
            return new XattrTable(metadata, table, pairs, count);
        } finally {
            memory.release();
        }
    }

    /** Sets of attributes. */
    long count() {
        return count;
    }

    /** Bytes of the names and values of set {@code index}; 0 if the image has no table. */
    long size(int index) throws IOException {
        if (table == Superblock.ABSENT) {
            return 0;
        }
        try (Cursor in = new Cursor(metadata)) {
            seekEntry(index, in);
            in.skip(ENTRY - Integer.BYTES);
            return in.u32();
        }
    }

    /** The names of set {@code index}, with their prefixes. */
    List<Name> names(int index) throws IOException {
        List<Name> names = new ArrayList<>();
        try (Cursor in = new Cursor(metadata)) {
            long left = seek(index, in);
            for (int room = LARGEST_LIST; left > 0; left--) {
                int type = in.u16();
                byte[] name = name(type, in);
                in.skip(in.u32());
                if (name == null) {
                    continue;
                }
                room -= name.length + 1;
                if (room < 0) {
                    throw in.damage("an inode with more than " + LARGEST_LIST + " bytes of xattr names");
                }
                names.add(Name.of(name));
            }
        }
        return names;
    }

    /** The value of {@code wanted} in set {@code index}, or null. */
    byte[] value(int index, Name wanted) throws IOException {
        try (Cursor in = new Cursor(metadata)) {
            for (long left = seek(index, in); left > 0; left--) {
                int type = in.u16();
                byte[] name = name(type, in);
                if (name == null || !Arrays.equals(name, wanted.bytes())) {
                    in.skip(in.u32());
                    continue;
                }
                if ((type & OUT_OF_LINE) != 0) {
                    in.i32();
                    long reference = in.i64();
                    seekReference(reference, in);
                }
                long length = in.u32();
                if (length > LARGEST_VALUE) {
                    throw in.damage("an xattr value of " + length + " bytes, more than " + LARGEST_VALUE);
                }
                return in.bytes((int) length);
            }
        }
        return null;
    }

    /** Moves to the pairs of set {@code index}. @return their number */
    private long seek(int index, Cursor in) throws IOException {
        if (table == Superblock.ABSENT) {
            return 0;
        }
        seekEntry(index, in);
        long reference = in.i64();
        long number = in.u32();
        if (number > LARGEST_LIST) {
            throw in.damage("an inode with " + number + " xattrs");
        }
        seekReference(reference, in);
        return number;
    }

    private void seekEntry(int index, Cursor in) throws IOException {
        long entry = Integer.toUnsignedLong(index);
        if (entry >= count) {
            throw metadata.damage(Math.max(0, table), "an inode with xattrs " + entry + ", there are " + count);
        }
        in.seek(
                metadata.pointer(table + HEADER, entry / Superblock.ENTRIES_OF_16, "xattr table"),
                (int) (entry % Superblock.ENTRIES_OF_16) * ENTRY);
    }

    private void seekReference(long reference, Cursor in) throws IOException {
        in.seek(pairs + (reference >>> 16), (int) (reference & 0xffff));
    }

    /** The key's name with its prefix, or null if the prefix is not known. */
    private static byte[] name(int type, Cursor in) throws IOException {
        int length = in.u16();
        int prefix = type & PREFIX;
        if (prefix >= PREFIXES.length) {
            in.skip(length);
            return null;
        }
        byte[] start = PREFIXES[prefix];
        if (length == 0 || length > LONGEST_NAME - start.length) {
            throw in.damage("an xattr name of " + length + " bytes");
        }
        byte[] name = Arrays.copyOf(start, start.length + length);
        byte[] rest = in.bytes(length);
        System.arraycopy(rest, 0, name, start.length, length);
        return name;
    }
}
