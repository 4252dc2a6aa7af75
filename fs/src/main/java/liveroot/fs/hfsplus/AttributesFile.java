package liveroot.fs.hfsplus;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import liveroot.cache.Block;

/**
 * The attributes file: extended attributes by key {unused u16, CNID u32, first block u32, units u16, name}, ordered by CNID,
 * units of the name, block. Data are {0x10 u32, unused u64, size u32, value}, or {0x20 u32, unused u32, fork}, or for a
 * fork of more than 8 extents {0x30 u32, unused u32, extents} under the block that they begin with. Old volumes have none.
 */
final class AttributesFile {

    /** Limits of linux/limits.h: bytes of a value, bytes of all names of an inode. */
    static final int LARGEST_VALUE = 65_536;

    private static final int LARGEST_LIST = 65_536;

    private static final long CNID = 8;
    private static final int KEY = 12;
    private static final int INLINE = 0x10;
    private static final int FORK = 0x20;
    private static final int EXTENTS = 0x30;
    private static final int INLINE_HEADER = 16;
    private static final int FORK_HEADER = 8;

    private final Volume volume;
    /** Null if there is none. */
    private final BTree tree;

    AttributesFile(Volume volume, ExtentsOverflow overflow) throws IOException {
        this.volume = volume;
        ForkRecord record = volume.header().xattrs();
        tree = record.size() == 0
                ? null
                : BTree.open(
                        volume,
                        overflow.fork("the attributes file", CNID, ExtentsOverflow.DATA, record),
                        type -> AttributesFile::key);
    }

    private record Key(long cnid, String name, long block) implements BTree.Target {
        @Override
        public int compare(ByteBuffer memory, int at, int length) {
            if (length < KEY) {
                return -1;
            }
            int c = Long.compare(memory.getInt(at + 2) & 0xffffffffL, cnid);
            if (c != 0) {
                return c;
            }
            int count = units(memory, at, length);
            for (int i = 0; i < Math.min(count, name.length()); i++) {
                char unit = memory.getChar(at + KEY + 2 * i);
                if (unit != name.charAt(i)) {
                    return unit < name.charAt(i) ? -1 : 1;
                }
            }
            c = Integer.compare(count, name.length());
            return c != 0 ? c : Long.compare(memory.getInt(at + 6) & 0xffffffffL, block);
        }
    }

    private static int units(ByteBuffer memory, int at, int length) {
        return Math.min(memory.getChar(at + 10), (length - KEY) / 2);
    }

    private static Key key(ByteBuffer memory, int at, int length) {
        if (length < KEY) {
            return new Key(0, "", 0);
        }
        char[] name = new char[units(memory, at, length)];
        for (int i = 0; i < name.length; i++) {
            name[i] = memory.getChar(at + KEY + 2 * i);
        }
        return new Key(memory.getInt(at + 2) & 0xffffffffL, new String(name), memory.getInt(at + 6) & 0xffffffffL);
    }

    /** The names of a file's attributes. */
    List<String> names(long cnid) throws IOException {
        List<String> names = new ArrayList<>();
        if (tree == null) {
            return names;
        }
        try (BTreeCursor at = tree.find(new Key(cnid, "", 0))) {
            int room = LARGEST_LIST;
            for (boolean more = at.isExact() ? at.settle() : at.next(); more; more = at.next()) {
                Key key = key(at.memory(), at.key(), at.keyLength());
                if (key.cnid != cnid) {
                    break;
                }
                if (key.block == 0) {
                    room -= key.name.length() + 1;
                    if (room < 0) {
                        throw at.damage("file " + cnid + " has more than " + LARGEST_LIST + " bytes of xattr names");
                    }
                    names.add(key.name);
                }
            }
        }
        return names;
    }

    /**
     * The value of an attribute, in memory of its own that the caller releases.
     *
     * @return null if there is none of that name
     */
    Block value(long cnid, String name) throws IOException {
        if (tree == null) {
            return null;
        }
        Fork fork;
        try (BTreeCursor at = tree.find(new Key(cnid, name, 0))) {
            if (!at.isExact()) {
                return null;
            }
            at.dataLength(4, "an attribute");
            int data = at.data();
            int kind = at.memory().getInt(data);
            if (kind == INLINE) {
                return inline(at, data);
            }
            if (kind != FORK) {
                throw at.damage("an attribute of kind " + kind);
            }
            at.dataLength(FORK_HEADER + ForkRecord.SIZE, "an attribute");
            ForkRecord record = ForkRecord.read(at.memory(), data + FORK_HEADER);
            if (record.size() < 0 || record.size() > LARGEST_VALUE) {
                throw at.damage("an attribute of " + Long.toUnsignedString(record.size()) + " bytes, more than "
                        + LARGEST_VALUE);
            }
            fork = new Fork("an attribute of file " + cnid, record, index -> containing(cnid, name, index));
        }
        Block value = volume.cache().take((int) fork.size());
        try {
            volume.read(fork, 0, value.slice(0, (int) fork.size()));
            return value;
        } catch (IOException | RuntimeException e) {
            value.release();
            throw e;
        }
    }

    private Block inline(BTreeCursor at, int data) throws IOException {
        int room = at.dataLength(INLINE_HEADER, "an attribute") - INLINE_HEADER;
        int size = at.memory().getInt(data + 12);
        if (size < 0 || size > room) {
            throw at.damage("an attribute of " + Integer.toUnsignedString(size) + " bytes, there is room for " + room);
        }
        Block value = volume.cache().take(size);
        value.memory().put(0, at.memory(), data + INLINE_HEADER, size);
        return value;
    }

    private Fork.More containing(long cnid, String name, long index) throws IOException {
        try (BTreeCursor at = tree.find(new Key(cnid, name, index))) {
            if (!at.isAtRecord()) {
                return null;
            }
            Key key = key(at.memory(), at.key(), at.keyLength());
            if (key.cnid != cnid || key.block == 0 || !key.name.equals(name)) {
                return null;
            }
            at.dataLength(FORK_HEADER + Extents.SIZE, "extents");
            if (at.memory().getInt(at.data()) != EXTENTS) {
                throw at.damage("an attribute of kind " + at.memory().getInt(at.data()) + ", expected extents");
            }
            return new Fork.More(key.block, Extents.read(at.memory(), at.data() + FORK_HEADER));
        }
    }
}
