package liveroot.fs.hfsplus;

import java.io.IOException;
import java.nio.ByteBuffer;
import liveroot.fs.FsException;

/**
 * The catalog: all files and folders, by key {parent's CNID u32, units u16, name}. Under the CNID of each, and an empty name,
 * is its thread: a record that has its real key.
 */
final class Catalog {

    static final long ROOT_PARENT = 1;
    static final long ROOT = 2;
    private static final long CATALOG = 4;

    private static final int BINARY = 0xbc;
    private static final int FOLDER_THREAD = 3;
    private static final int FILE_THREAD = 4;
    private static final int KEY = 6;
    private static final int THREAD = 10;

    private final BTree tree;
    private final boolean binary;

    Catalog(Volume volume, ExtentsOverflow overflow) throws IOException {
        Fork fork = overflow.fork(
                "the catalog", CATALOG, ExtentsOverflow.DATA, volume.header().catalog());
        boolean[] isBinary = new boolean[1];
        tree = BTree.open(volume, fork, type -> {
            // Only HFSX has a choice (TN1150, "HFSX").
            isBinary[0] = volume.header().extended() && type == BINARY;
            return (memory, at, length) -> key(memory, at, length, isBinary[0]);
        });
        binary = isBinary[0];
    }

    /** Whether names that differ in case only are different. */
    boolean isBinary() {
        return binary;
    }

    /** A name in a folder. */
    record Key(long parent, String name, boolean binary) implements BTree.Target {
        @Override
        public int compare(ByteBuffer memory, int at, int length) {
            if (length < KEY) {
                return -1;
            }
            int c = Long.compare(memory.getInt(at) & 0xffffffffL, parent);
            if (c != 0) {
                return c;
            }
            int count = units(memory, at, length);
            if (!binary) {
                return CaseFolding.compare(memory, at + KEY, count, name);
            }
            for (int i = 0; i < Math.min(count, name.length()); i++) {
                char unit = memory.getChar(at + KEY + 2 * i);
                if (unit != name.charAt(i)) {
                    return unit < name.charAt(i) ? -1 : 1;
                }
            }
            return Integer.compare(count, name.length());
        }
    }

    /** Units of the name of the key at {@code at}: as many as it says, if it has them. */
    private static int units(ByteBuffer memory, int at, int length) {
        return Math.min(memory.getChar(at + 4), (length - KEY) / 2);
    }

    private static Key key(ByteBuffer memory, int at, int length, boolean binary) {
        if (length < KEY) {
            return new Key(0, "", binary);
        }
        return new Key(memory.getInt(at) & 0xffffffffL, name(memory, at + KEY, units(memory, at, length)), binary);
    }

    private static String name(ByteBuffer memory, int at, int count) {
        char[] name = new char[count];
        for (int i = 0; i < count; i++) {
            name[i] = memory.getChar(at + 2 * i);
        }
        return new String(name);
    }

    /** A file or folder under one of its names. */
    record Entry(String name, Inode inode) {}

    /** @return null if there is none */
    Entry find(long parent, String name) throws IOException {
        try (BTreeCursor at = tree.find(new Key(parent, name, binary))) {
            return at.isExact() ? entry(at) : null;
        }
    }

    /** The key under which {@code cnid} stands, or null. */
    Key thread(long cnid) throws IOException {
        try (BTreeCursor at = tree.find(new Key(cnid, "", binary))) {
            if (!at.isExact()) {
                return null;
            }
            at.dataLength(THREAD, "a thread");
            ByteBuffer memory = at.memory();
            int data = at.data();
            int type = memory.getShort(data);
            if (type != FOLDER_THREAD && type != FILE_THREAD) {
                throw at.damage("is of type " + type + ", expected a thread");
            }
            int count = memory.getChar(data + 8);
            if (count > UnitNames.LONGEST) {
                throw at.damage("a thread with a name of " + count + " units");
            }
            at.dataLength(THREAD + 2 * count, "a thread");
            return new Key(memory.getInt(data + 4) & 0xffffffffL, name(memory, data + THREAD, count), binary);
        }
    }

    /** The entry at which {@code at} stands, or null if that is a thread. */
    private static Entry entry(BTreeCursor at) throws IOException {
        at.dataLength(2, "an entry");
        ByteBuffer memory = at.memory();
        int type = memory.getShort(at.data());
        if (type == FOLDER_THREAD || type == FILE_THREAD) {
            return null;
        }
        if (type != Inode.FOLDER && type != Inode.FILE) {
            throw at.damage("is of type " + type + ", expected a file, a folder or a thread");
        }
        boolean folder = type == Inode.FOLDER;
        at.dataLength(folder ? Inode.FOLDER_SIZE : Inode.FILE_SIZE, folder ? "a folder" : "a file");
        Key key = key(memory, at.key(), at.keyLength(), true);
        return new Entry(key.name, Inode.read(memory, at.data(), folder, key.parent));
    }

    /** Takes what is listed. */
    @FunctionalInterface
    interface Listed {
        /** @param next place behind the entry. @return false to end the listing before it */
        boolean entry(Entry entry, long next) throws IOException, FsException;
    }

    /**
     * Lists a folder.
     *
     * @param place 0, or one that an earlier listing of the folder gave: number of a leaf << 16 | index of a record
     */
    void list(long folder, long place, Listed sink) throws IOException, FsException {
        try (BTreeCursor at =
                place == 0 ? tree.find(new Key(folder, "", binary)) : tree.at(place >>> 16, (int) (place & 0xffff))) {
            boolean more = (place == 0 && !at.isExact()) ? at.next() : at.settle();
            for (; more; more = at.next()) {
                if (at.keyLength() < KEY) {
                    throw at.damage("has a key of " + at.keyLength() + " bytes");
                }
                if ((at.memory().getInt(at.key()) & 0xffffffffL) != folder) {
                    return;
                }
                Entry entry = entry(at);
                if (entry != null && !sink.entry(entry, (at.leaf() << 16) | (at.index() + 1))) {
                    return;
                }
            }
        }
    }
}
