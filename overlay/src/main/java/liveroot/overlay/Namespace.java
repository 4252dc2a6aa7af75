package liveroot.overlay;

import java.time.Instant;
import liveroot.fs.Attributes;
import liveroot.fs.Caller;
import liveroot.fs.Errno;
import liveroot.fs.FsException;
import liveroot.fs.Mode;
import liveroot.fs.Name;
import liveroot.fs.Node;

/** Names that come and go: lookup, making of inodes, link, unlink, rmdir. */
final class Namespace {

    private final Upper upper;
    private final Removal removal;

    Namespace(Upper upper, Removal removal) {
        this.upper = upper;
        this.removal = removal;
    }

    Node lookup(long parent, Name name) throws FsException {
        if (name.length() > Name.MAX_LENGTH) {
            throw new FsException(Errno.ENAMETOOLONG);
        }
        Upper.Below below = upper.below(parent, name);
        synchronized (upper) {
            Directory directory = upper.getDirectory(parent);
            long id = Upper.find(directory, below);
            if (id == 0) {
                throw new FsException(Errno.ENOENT);
            }
            Node node = upper.lookedUp(id, upper.attributesOf(id, below));
            // By another name it would stay in the kernel's sight when it goes by its own.
            return below.name().equals(name) ? node : new Node(node.id(), node.attributes(), true);
        }
    }

    /** Makes the inode that gets a name. The monitor of {@link Upper} is held. */
    @FunctionalInterface
    private interface Maker {
        Inode make(Directory parent, int permissions, int gid, Instant now);
    }

    private Node make(long parent, Name name, int mode, Caller caller, boolean open, Maker maker) throws FsException {
        Upper.Below below = upper.below(parent, name);
        byte[] lowerAcl = Beginning.lowerDefaultAcl(upper, parent);
        synchronized (upper) {
            Directory known = upper.getDirectory(parent);
            if (Upper.find(known, below) != 0) {
                throw new FsException(Errno.EEXIST);
            }
            Change change = new Change(upper, false);
            Directory directory = change.directory(parent, below.parent());
            Instant now = upper.now();
            Beginning beginning = Beginning.in(directory, lowerAcl, mode, caller.umask());
            Inode made = maker.make(directory, beginning.permissions(), groupIn(directory, caller), now);
            beginning.giveTo(made);
            change.add(made);
            change.entry(directory, below.name());
            change.make();
            if (made instanceof Directory) {
                directory.addSubdirectories(1);
            } else {
                made.nlink = 1;
            }
            directory.put(below.name(), made.id, below.child() != null);
            directory.touchContent(now);
            if (open) {
                upper.opened(made.id);
            }
            return upper.lookedUp(made.id, made.attributes());
        }
    }

    /** A directory with set-group-id hands its group on, as BSD directories do. */
    private static int groupIn(Inode directory, Caller caller) {
        return (directory.mode & Mode.S_ISGID) != 0 ? directory.gid : caller.gid();
    }

    Node mknod(long parent, Name name, int mode, int rdev, Caller caller) throws FsException {
        int type = Mode.type(mode);
        return switch (type) {
            case Mode.S_IFREG, 0 -> file(parent, name, mode, caller, false);
            case Mode.S_IFIFO, Mode.S_IFSOCK, Mode.S_IFCHR, Mode.S_IFBLK ->
                make(parent, name, mode, caller, false, (directory, permissions, gid, now) -> {
                    long id = upper.newId();
                    long ino = Upper.inoOfNew(id);
                    return Mode.isDevice(type)
                            ? new Device(id, ino, type | permissions, caller.uid(), gid, rdev, now)
                            : new Inode(id, ino, type | permissions, caller.uid(), gid, now);
                });
            default -> throw new FsException(Errno.EINVAL);
        };
    }

    private Node file(long parent, Name name, int mode, Caller caller, boolean open) throws FsException {
        return make(
                parent,
                name,
                mode,
                caller,
                open,
                (directory, permissions, gid, now) -> upper.newFile(permissions, caller.uid(), gid, now));
    }

    /** Makes a regular file, which counts as open. */
    Node create(long parent, Name name, int mode, Caller caller) throws FsException {
        return file(parent, name, mode, caller, true);
    }

    Node mkdir(long parent, Name name, int mode, Caller caller) throws FsException {
        return make(parent, name, mode, caller, false, (directory, permissions, gid, now) -> {
            long id = upper.newId();
            int bits = Mode.S_IFDIR | permissions | (directory.mode & Mode.S_ISGID);
            return new Directory(id, Upper.inoOfNew(id), bits, caller.uid(), gid, parent, now);
        });
    }

    Node symlink(long parent, Name name, byte[] target, Caller caller) throws FsException {
        if (target.length >= Inode.BLOCK_SIZE) {
            throw new FsException(Errno.ENAMETOOLONG);
        }
        return make(parent, name, 0777, caller, false, (directory, permissions, gid, now) -> {
            long id = upper.newId();
            return new Symlink(id, Upper.inoOfNew(id), target, caller.uid(), gid, now);
        });
    }

    /** Makes a regular file without a name, which counts as open. */
    Node tmpfile(long parent, int mode, Caller caller) throws FsException {
        Attributes below = attributesIfUnchanged(parent);
        byte[] lowerAcl = Beginning.lowerDefaultAcl(upper, parent);
        synchronized (upper) {
            Directory known = upper.getDirectory(parent);
            if (known == null && !below.isDirectory()) {
                throw new FsException(Errno.ENOTDIR);
            }
            int directoryMode = known != null ? known.mode : below.mode();
            int directoryGid = known != null ? known.gid : below.gid();
            int gid = (directoryMode & Mode.S_ISGID) != 0 ? directoryGid : caller.gid();
            Change change = new Change(upper, false);
            Beginning beginning = known != null
                    ? Beginning.in(known, lowerAcl, mode, caller.umask())
                    : Beginning.of(lowerAcl, mode, caller.umask());
            RegularFile made = upper.newFile(beginning.permissions(), caller.uid(), gid, upper.now());
            beginning.giveTo(made);
            change.add(made);
            change.make();
            upper.opened(made.id);
            upper.orphaned(made);
            return upper.lookedUp(made.id, made.attributes());
        }
    }

    /** Attributes of an inode if it is the lower's, null if it has changed. */
    private Attributes attributesIfUnchanged(long id) throws FsException {
        synchronized (upper) {
            if (upper.get(id) != null) {
                return null;
            }
        }
        return upper.lower.getattr(id);
    }

    Node link(long id, long newParent, Name newName) throws FsException {
        Attributes attributes = attributesIfUnchanged(id);
        Upper.Below below = upper.below(newParent, newName);
        synchronized (upper) {
            if (Upper.find(upper.getDirectory(newParent), below) != 0) {
                throw new FsException(Errno.EEXIST);
            }
            Change change = new Change(upper, false);
            Directory directory = change.directory(newParent, below.parent());
            Inode inode = change.inode(id, attributes);
            if (inode.isDirectory()) {
                throw new FsException(Errno.EPERM);
            }
            if (inode.nlink == Integer.MAX_VALUE) {
                throw new FsException(Errno.EMLINK);
            }
            change.entry(directory, below.name());
            change.make();
            Instant now = upper.now();
            if (inode.isUnlinked()) {
                upper.isNoOrphan(inode);
            }
            inode.nlink++;
            inode.touch(now);
            directory.put(below.name(), id, below.child() != null);
            directory.touchContent(now);
            return upper.lookedUp(id, inode.attributes());
        }
    }

    void unlink(long parent, Name name) throws FsException {
        Upper.Below below = upper.below(parent, name);
        Inode gone = null;
        synchronized (upper) {
            long id = Upper.find(upper.getDirectory(parent), below);
            if (id == 0) {
                throw new FsException(Errno.ENOENT);
            }
            Attributes attributes = upper.attributesOf(id, below);
            if (attributes.isDirectory()) {
                throw new FsException(Errno.EISDIR);
            }
            Change change = new Change(upper, true);
            Directory directory = change.directory(parent, below.parent());
            Inode inode = removal.survivor(change, id, attributes);
            change.whiteout(directory, below);
            change.make();
            Instant now = upper.now();
            removal.take(directory, below);
            directory.touchContent(now);
            if (inode != null) {
                gone = removal.unlinked(inode, now);
            }
        }
        upper.delete(gone);
    }

    void rmdir(long parent, Name name) throws FsException {
        for (; ; ) {
            Upper.Below below = upper.below(parent, name);
            long id;
            synchronized (upper) {
                id = Upper.find(upper.getDirectory(parent), below);
                if (id == 0) {
                    throw new FsException(Errno.ENOENT);
                }
                if (!upper.attributesOf(id, below).isDirectory()) {
                    throw new FsException(Errno.ENOTDIR);
                }
            }
            long lowerEntries = removal.lowerEntriesOfEmpty(id, below);
            synchronized (upper) {
                if (Upper.find(upper.getDirectory(parent), below) != id) {
                    continue;
                }
                Change change = new Change(upper, true);
                Directory directory = change.directory(parent, below.parent());
                Directory child = (Directory) removal.survivor(change, id, upper.attributesOf(id, below));
                if (child != null && !child.isEmpty(lowerEntries)) {
                    throw new FsException(Errno.ENOTEMPTY);
                }
                change.whiteout(directory, below);
                change.make();
                Instant now = upper.now();
                removal.take(directory, below);
                directory.addSubdirectories(-1);
                directory.touchContent(now);
                if (child != null) {
                    removal.end(child, now);
                }
                return;
            }
        }
    }
}
