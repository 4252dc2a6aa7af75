package liveroot.fs.cpio;

import java.util.TreeMap;
import liveroot.cache.BlockSource;
import liveroot.fs.Attributes;
import liveroot.fs.Mode;
import liveroot.fs.Name;

/** A file of the tree. It changes while the archive is gone through, and not any more afterwards. */
final class Inode {

    private static final int PREFERRED_IO = 4096;
    private static final int IMPLIED_MODE = Mode.S_IFDIR | 0755;

    final long id;
    int mode;
    int uid;
    int gid;
    int rdev;
    long mtime;
    int names;

    /** Where the bytes of a file or the target of a symlink are. */
    BlockSource source;

    long position;
    long size;
    /** Of the bytes of a regular file, 32 bits of it; -1 if none is recorded. */
    long sum = -1;

    /** Of a directory, else null. */
    TreeMap<Name, Inode> entries;
    /** Their names in order, and how many directories are among them; once all are there. */
    Name[] sorted;

    private int directories;

    Inode parent;

    private Inode(long id, int mode) {
        this.id = id;
        this.mode = mode;
        entries = Mode.isDirectory(mode) ? new TreeMap<>() : null;
    }

    /** A directory that the archive has things in, but which has no header of its own. */
    static Inode implied(long id) {
        return new Inode(id, IMPLIED_MODE);
    }

    static Inode of(long id, Header header) {
        Inode inode = new Inode(id, header.mode() & 0xffff);
        inode.describe(header);
        return inode;
    }

    /** Takes over what a header says, but for the data. */
    void describe(Header header) {
        mode = header.mode() & 0xffff;
        uid = header.uid();
        gid = header.gid();
        rdev = header.rdev();
        mtime = header.mtime();
    }

    /** Everything is there. */
    void complete() {
        if (isDirectory()) {
            sorted = entries.keySet().toArray(Name[]::new);
            directories =
                    (int) entries.values().stream().filter(Inode::isDirectory).count();
        }
    }

    boolean isDirectory() {
        return entries != null;
    }

    Attributes attributes() {
        return new Attributes(
                id,
                mode,
                isDirectory() ? 2 + directories : names,
                uid,
                gid,
                rdev,
                size,
                (size + 511) >> 9,
                PREFERRED_IO,
                mtime,
                0,
                mtime,
                0,
                mtime,
                0);
    }
}
