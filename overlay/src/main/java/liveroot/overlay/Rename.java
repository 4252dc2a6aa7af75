package liveroot.overlay;

import java.time.Instant;
import liveroot.fs.Attributes;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Mode;
import liveroot.fs.Name;

/**
 * One rename. It moves an entry, and what lies below follows by its id. That a directory is not moved below itself the
 * kernel has checked (lock_rename of fs/namei.c).
 */
final class Rename {

    private final Upper upper;
    private final Removal removal;
    private final long parent;
    private final Name name;
    private final long newParent;
    private final Name newName;
    private final int flags;

    Rename(Upper upper, Removal removal, long parent, Name name, long newParent, Name newName, int flags)
            throws FsException {
        int known = FileTree.RENAME_NOREPLACE | FileTree.RENAME_EXCHANGE | FileTree.RENAME_WHITEOUT;
        boolean exchange = (flags & FileTree.RENAME_EXCHANGE) != 0;
        if ((flags & ~known) != 0 || (exchange && flags != FileTree.RENAME_EXCHANGE)) {
            throw new FsException(Errno.EINVAL);
        }
        this.upper = upper;
        this.removal = removal;
        this.parent = parent;
        this.name = name;
        this.newParent = newParent;
        this.newName = newName;
        this.flags = flags;
    }

    void run() throws FsException {
        if ((flags & FileTree.RENAME_EXCHANGE) != 0) {
            exchange();
        } else {
            while (!tryMove()) {
                // The new name led elsewhere by the time the monitor was taken: look again.
            }
        }
    }

    private boolean has(int flag) {
        return (flags & flag) != 0;
    }

    private void exchange() throws FsException {
        Upper.Below below = upper.below(parent, name);
        Upper.Below newBelow = upper.below(newParent, newName);
        synchronized (upper) {
            long id = required(Upper.find(upper.getDirectory(parent), below));
            long newId = required(Upper.find(upper.getDirectory(newParent), newBelow));
            if (id == newId) {
                return;
            }
            Change change = new Change(upper, false);
            Directory from = change.directory(parent, below.parent());
            Directory to = change.directory(newParent, newBelow.parent());
            Inode inode = change.inode(id, upper.attributesOf(id, below));
            Inode newInode = change.inode(newId, upper.attributesOf(newId, newBelow));
            change.entry(from, below.name());
            change.entry(to, newBelow.name());
            change.make();
            Instant now = upper.now();
            from.put(below.name(), newId, below.child() != null);
            to.put(newBelow.name(), id, newBelow.child() != null);
            moved(inode, from, to, now);
            moved(newInode, to, from, now);
            from.touchContent(now);
            to.touchContent(now);
        }
    }

    private static long required(long id) throws FsException {
        if (id == 0) {
            throw new FsException(Errno.ENOENT);
        }
        return id;
    }

    private static void moved(Inode inode, Directory from, Directory to, Instant now) {
        inode.touch(now);
        if (inode instanceof Directory directory) {
            directory.parent = to.id;
            if (from != to) {
                from.addSubdirectories(-1);
                to.addSubdirectories(1);
            }
        }
    }

    /** False if nothing was done because the new name meanwhile led to another inode. */
    private boolean tryMove() throws FsException {
        Upper.Below below = upper.below(parent, name);
        Upper.Below newBelow = upper.below(newParent, newName);
        long replacedId;
        synchronized (upper) {
            long id = required(Upper.find(upper.getDirectory(parent), below));
            replacedId = Upper.find(upper.getDirectory(newParent), newBelow);
            if (replacedId != 0) {
                if (has(FileTree.RENAME_NOREPLACE)) {
                    throw new FsException(Errno.EEXIST);
                }
                if (replacedId == id) {
                    return true;
                }
                requireSameKind(upper.attributesOf(id, below), upper.attributesOf(replacedId, newBelow));
            }
        }
        long lowerEntries = replacedId == 0 ? 0 : removal.lowerEntriesOfEmpty(replacedId, newBelow);
        byte[] lowerAcl = has(FileTree.RENAME_WHITEOUT) ? Beginning.lowerDefaultAcl(upper, parent) : null;
        Inode gone;
        synchronized (upper) {
            long id = required(Upper.find(upper.getDirectory(parent), below));
            if (Upper.find(upper.getDirectory(newParent), newBelow) != replacedId || id == replacedId) {
                return false;
            }
            gone = move(id, below, replacedId, newBelow, lowerEntries, lowerAcl);
        }
        upper.delete(gone);
        return true;
    }

    private static void requireSameKind(Attributes from, Attributes to) throws FsException {
        if (from.isDirectory() && !to.isDirectory()) {
            throw new FsException(Errno.ENOTDIR);
        }
        if (!from.isDirectory() && to.isDirectory()) {
            throw new FsException(Errno.EISDIR);
        }
    }

    private Inode move(
            long id, Upper.Below below, long replacedId, Upper.Below newBelow, long lowerEntries, byte[] lowerAcl)
            throws FsException {
        Change change = new Change(upper, false);
        Directory from = change.directory(parent, below.parent());
        Directory to = change.directory(newParent, newBelow.parent());
        Inode inode = change.inode(id, upper.attributesOf(id, below));
        Inode replaced = null;
        if (replacedId != 0) {
            Attributes attributes = upper.attributesOf(replacedId, newBelow);
            requireSameKind(inode.attributes(), attributes);
            replaced = removal.survivor(change, replacedId, attributes);
            if (replaced instanceof Directory directory && !directory.isEmpty(lowerEntries)) {
                throw new FsException(Errno.ENOTEMPTY);
            }
        }
        Instant now = upper.now();
        Inode device = has(FileTree.RENAME_WHITEOUT) ? whiteoutDevice(from, lowerAcl, now) : null;
        if (device != null) {
            change.add(device);
            change.entry(from, below.name());
        } else {
            change.whiteout(from, below);
        }
        change.entry(to, newBelow.name());
        change.make();

        to.put(newBelow.name(), id, newBelow.child() != null);
        if (device != null) {
            device.nlink = 1;
            from.put(below.name(), device.id, below.child() != null);
        } else {
            removal.take(from, below);
        }
        moved(inode, from, to, now);
        from.touchContent(now);
        to.touchContent(now);
        if (replaced instanceof Directory directory) {
            to.addSubdirectories(-1);
            removal.end(directory, now);
        } else if (replaced != null) {
            return removal.unlinked(replaced, now);
        }
        return null;
    }

    /** What RENAME_WHITEOUT leaves: the kernel's own overlayfs takes it for a whiteout when a union is its upper. */
    private Inode whiteoutDevice(Directory parent, byte[] lowerAcl, Instant now) throws FsException {
        long id = upper.newId();
        int gid = (parent.mode & Mode.S_ISGID) != 0 ? parent.gid : 0;
        Device device = new Device(id, Upper.inoOfNew(id), Mode.S_IFCHR, 0, gid, 0, now);
        Beginning.in(parent, lowerAcl, 0, 0).giveTo(device);
        return device;
    }
}
