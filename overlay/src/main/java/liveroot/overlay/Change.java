package liveroot.overlay;

import liveroot.fs.Attributes;
import liveroot.fs.Errno;
import liveroot.fs.FsException;
import liveroot.fs.Name;

/**
 * What an operation is about to add to the upper: inodes, entries, bytes. {@link #make} charges all of it at once or fails;
 * after that the operation cannot fail any more. Used under the monitor of {@link Upper}.
 */
final class Change {

    private final Upper upper;
    private final boolean removal;

    /** At most those of a rename: both directories, what moves, what it replaces, and a device for a whiteout. */
    private final Inode[] added = new Inode[5];

    private int inodes;
    private int entries;
    private long bytes;

    /** @param removal whether it takes names away, and so must go on in a full union */
    Change(Upper upper, boolean removal) {
        this.upper = upper;
        this.removal = removal;
    }

    /**
     * The changed inode {@code id}; if it has not changed yet, one that this change adds.
     *
     * @param below attributes of the lower inode; null if it was a changed one when the lower tree was asked
     */
    Inode inode(long id, Attributes below) throws FsException {
        Inode inode = upper.get(id);
        for (int i = 0; inode == null && i < inodes; i++) {
            if (added[i].id == id) {
                inode = added[i];
            }
        }
        if (inode == null) {
            if (below == null) {
                throw new FsException(Errno.ESTALE);
            }
            inode = upper.copyOf(id, below);
            add(inode);
        }
        return inode;
    }

    /** The directory {@code id}, see {@link #inode}. */
    Directory directory(long id, Attributes below) throws FsException {
        return (Directory) inode(id, below);
    }

    /** An inode that is not in the table yet. */
    void add(Inode inode) {
        added[inodes++] = inode;
        bytes += inode.bytes();
    }

    /** A name that is to lead somewhere. */
    void entry(Directory directory, Name name) {
        if (directory.find(name) < 0) {
            entries++;
            bytes += Quota.textBytes(name.length());
        }
    }

    /** A name that is to be taken out of sight: a whiteout if the lower directory has it. */
    void whiteout(Directory directory, Upper.Below below) {
        if (below.child() != null) {
            entry(directory, below.name());
        }
    }

    /** Bytes of an extended attribute; negative if they become fewer. */
    void bytes(long count) {
        bytes += count;
    }

    /** @throws FsException ENOSPC, nothing has changed then */
    void make() throws FsException {
        upper.quota.take(bytes, inodes, entries, removal);
        for (int i = 0; i < inodes; i++) {
            upper.add(added[i]);
        }
    }
}
