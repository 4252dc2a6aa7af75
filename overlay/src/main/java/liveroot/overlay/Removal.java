package liveroot.overlay;

import java.time.Instant;
import liveroot.fs.Attributes;
import liveroot.fs.Errno;
import liveroot.fs.FsException;
import liveroot.fs.Name;

/**
 * What unlink, rmdir and a rename over an existing name have in common. Except for {@link #lowerEntriesOfEmpty} the monitor
 * of {@link Upper} is held.
 */
final class Removal {

    private final Upper upper;

    Removal(Upper upper) {
        this.upper = upper;
    }

    /** The changed inode for one that is about to lose a name; null if nothing of it will be left to know about. */
    Inode survivor(Change change, long id, Attributes attributes) throws FsException {
        boolean unchanged = upper.get(id) == null;
        return unchanged && attributes.nlink() <= 1 && !upper.isReferenced(id) ? null : change.inode(id, attributes);
    }

    /** Takes a name out of a directory, and what its entry counted out of the quota. */
    void take(Directory directory, Upper.Below below) {
        Name name = below.name();
        int slot = directory.find(name);
        if (slot >= 0 && !directory.entries().isBelow(slot)) {
            upper.quota.give(Quota.textBytes(name.length()), 0, 1);
        }
        directory.remove(name, below.child() != null);
    }

    /**
     * How many entries the lower directory of {@code id} has, if that can matter for {@link Directory#isEmpty}.
     *
     * @throws FsException ENOTEMPTY if something in the directory can be seen
     */
    long lowerEntriesOfEmpty(long id, Upper.Below below) throws FsException {
        long lowerDirectory;
        long whiteouts = 0;
        synchronized (upper) {
            Inode inode = upper.get(id);
            if (inode == null) {
                lowerDirectory =
                        below.child() != null && below.child().attributes().isDirectory() ? upper.lower.lowerOf(id) : 0;
            } else if (inode instanceof Directory directory) {
                if (directory.entries() != null) {
                    if (directory.entries().children() > 0) {
                        throw new FsException(Errno.ENOTEMPTY);
                    }
                    whiteouts = directory.entries().whiteouts();
                }
                lowerDirectory = directory.lower;
            } else {
                lowerDirectory = 0;
            }
        }
        if (lowerDirectory == 0) {
            return 0;
        }
        long count = upper.lower.countEntries(lowerDirectory, whiteouts);
        if (count > whiteouts) {
            throw new FsException(Errno.ENOTEMPTY);
        }
        return count;
    }

    void end(Directory directory, Instant now) {
        Entries entries = directory.entries();
        if (entries != null) {
            upper.quota.give(entries.nameBytes(), 0, entries.size());
        }
        directory.remove();
        directory.touch(now);
        drop(directory);
    }

    /**
     * One name fewer leads to an inode other than a directory.
     *
     * @return the inode if it has gone with it, for {@link Upper#delete}
     */
    Inode unlinked(Inode inode, Instant now) {
        inode.nlink = Math.max(0, inode.nlink - 1);
        inode.touch(now);
        return drop(inode);
    }

    private Inode drop(Inode inode) {
        Inode gone = upper.dropIfUnused(inode);
        if (gone == null && inode.isUnlinked()) {
            upper.orphaned(inode);
        }
        return gone;
    }
}
