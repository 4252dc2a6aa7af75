package liveroot.overlay;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import liveroot.fs.AttributeChange;
import liveroot.fs.Attributes;
import liveroot.fs.Caller;
import liveroot.fs.Capacity;
import liveroot.fs.Created;
import liveroot.fs.DirectorySink;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Mode;
import liveroot.fs.Name;
import liveroot.fs.Node;
import liveroot.fs.Opened;
import liveroot.fs.PageCache;
import liveroot.fs.ReadSink;
import liveroot.fs.sys.Tmpfs;

/**
 * A union: a directory of a read-only tree, or nothing, with an upper of limited size over it. Its root has owner, mode,
 * times and attributes of that directory until they are changed.
 *
 * <p>Handles need no state here, what is kept is how often an inode is open: so open files take no memory that a limit
 * would have to be set for.
 */
public final class Overlay implements FileTree {

    /**
     * Bytes that may lie on the heap for each inode of the limit, in sum: long names and symlink targets, extended
     * attributes, what still shows of truncated files.
     */
    public static final int TEXT_PER_INODE = 256;

    /** Bytes of these that even the smallest union may have. */
    public static final long LEAST_TEXT = 256 << 10;

    /** How many times its size a union whose pages are compressed may hold. */
    public static final int MOST_COMPRESSION = 4;

    private static final int ACCMODE = 3;
    private static final int O_TRUNC = 01000;

    /** Every handle whose reads and writes come here. Not 0, which stands for none. */
    private static final long HANDLE = 1;

    /** Every handle that came with a descriptor. */
    private static final long BACKED = 2;

    private final Upper upper;
    private final Namespace names;
    private final Removal removal;
    private final Listing listing;
    private final FileData data;
    private final Xattrs xattrs;
    private final String noBetter;

    /** @param noBetter see {@link UnionUse#noBetter} */
    private Overlay(Upper upper, String noBetter) {
        this.upper = upper;
        this.noBetter = noBetter;
        removal = new Removal(upper);
        names = new Namespace(upper, removal);
        listing = new Listing(upper);
        xattrs = new Xattrs(upper);
        data = new FileData(upper, xattrs);
    }

    /**
     * A union over a directory.
     *
     * @param lower stays the caller's to close, after the union
     * @param directory its id in {@code lower}
     * @param bytes for data, long names and extended attributes
     * @param inodes that may be changed or new
     * @throws FsException ENOTDIR
     */
    public static Overlay over(FileTree lower, long directory, long bytes, long inodes, StoreChoice choice)
            throws FsException {
        return make(new Lower(lower, directory), bytes, inodes, choice);
    }

    private static Overlay make(Lower lower, long bytes, long inodes, StoreChoice choice) {
        String obstacle = bytes < StoredFile.PAGE ? "a tmpfs has at least a page" : choice.obstacle();
        if (obstacle == null) {
            try {
                Tmpfs tmpfs = Tmpfs.mount(bytes & -StoredFile.PAGE, choice.noatime());
                Quota quota = new Quota(bytes, inodes, tmpfs);
                Store store = new TmpfsStore(tmpfs, quota, !choice.noatime());
                return new Overlay(new Upper(lower, quota, store), null);
            } catch (IOException e) {
                obstacle = e.getMessage();
            }
        }
        Quota quota = new Quota(bytes, inodes, null);
        return new Overlay(new Upper(lower, quota, new MemoryStore(quota, choice.compress())), obstacle);
    }

    /** A union over nothing, whose root has these permissions, owner and group. The rest is as in {@link #over}. */
    public static Overlay empty(int mode, int uid, int gid, long bytes, long inodes, StoreChoice choice)
            throws FsException {
        Overlay overlay = make(new Lower(null, 0), bytes, inodes, choice);
        Upper upper = overlay.upper;
        synchronized (upper) {
            Change change = new Change(upper, false);
            change.add(new Directory(
                    ROOT, Lower.FIRST_NEW_INO - 1, Mode.S_IFDIR | (mode & 07777), uid, gid, ROOT, upper.now()));
            change.make();
        }
        return overlay;
    }

    /**
     * Changes the limits while it is in use, both or none.
     *
     * @param bytes at least a page
     * @throws FsException ENOSPC if more is in use
     */
    public void resize(long bytes, long inodes) throws FsException {
        upper.quota.resize(bytes, inodes);
    }

    /**
     * Whether reading sets access times as it does with relatime (mount(8)): the kernel sets those of files that it reads
     * by itself, the daemon those of what it is asked for.
     */
    public boolean keepsAccessTimes() {
        return upper.store.keepsAccessTimes();
    }

    /** How full it is. */
    public UnionUse use() {
        return upper.store.use(upper.quota, noBetter);
    }

    /** The directory that holds the directory {@code id}; 0 if that is the one that holds it in the lower tree. */
    public long parentOf(long id) {
        synchronized (upper) {
            return upper.inodes().get(id) instanceof Directory directory ? directory.parent : 0;
        }
    }

    Upper upper() {
        return upper;
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public Node lookup(long parent, Name name) throws FsException {
        return names.lookup(parent, name);
    }

    @Override
    public Node reference(long id) throws FsException {
        Attributes attributes = null;
        for (; ; ) {
            synchronized (upper) {
                Inode inode = upper.inodes().get(id);
                if (inode != null) {
                    if (inode.isUnlinked()) {
                        throw new FsException(Errno.ENOENT);
                    }
                    return upper.lookedUp(id, inode.attributes());
                }
                if ((id & Lower.NEW) != 0) {
                    throw new FsException(Errno.ENOENT);
                }
                if (attributes != null) {
                    return upper.lookedUp(id, attributes);
                }
            }
            attributes = upper.lower.getattr(id);
        }
    }

    @Override
    public void forget(long id, long lookups) {
        upper.forget(id, lookups);
    }

    @Override
    public Attributes getattr(long id) throws FsException {
        synchronized (upper) {
            Inode inode = upper.get(id);
            if (inode != null) {
                return inode.attributes();
            }
        }
        return upper.lower.getattr(id);
    }

    @Override
    public Attributes setattr(long id, long handle, AttributeChange change, Caller caller) throws FsException {
        if (change.has(AttributeChange.SIZE)) {
            open(id);
            try {
                return data.truncate(id, change.size(), (inode, now) -> apply(change, inode, now));
            } finally {
                upper.released(id);
            }
        }
        boolean owner = change.has(AttributeChange.UID) || change.has(AttributeChange.GID);
        Attributes below = null;
        synchronized (upper) {
            if (upper.get(id) != null) {
                below = upper.get(id).attributes();
            }
        }
        if (below == null) {
            below = upper.lower.getattr(id);
        }
        if (owner && below.isRegular() && xattrs.hasCapability(id)) {
            xattrs.remove(id, Xattrs.CAPABILITY);
        }
        Attributes old = below;
        return upper.orphans.patiently(() -> change(id, old, change));
    }

    private Attributes change(long id, Attributes below, AttributeChange change) throws FsException {
        if (change.has(AttributeChange.MODE)) {
            return xattrs.chmod(id, change.mode(), (inode, now) -> apply(change, inode, now));
        }
        synchronized (upper) {
            Change copyUp = new Change(upper, false);
            Inode inode = copyUp.inode(id, below);
            copyUp.make();
            apply(change, inode, upper.now());
            return inode.attributes();
        }
    }

    private static void apply(AttributeChange change, Inode inode, Instant now) {
        inode.look();
        inode.touch(now);
        if (change.has(AttributeChange.UID)) {
            inode.uid = change.uid();
        }
        if (change.has(AttributeChange.GID)) {
            inode.gid = change.gid();
        }
        boolean owner = change.has(AttributeChange.UID) || change.has(AttributeChange.GID);
        if ((owner || change.has(AttributeChange.KILL_SUIDGID)) && !inode.isDirectory()) {
            inode.killSetId();
        }
        if (change.has(AttributeChange.MODE)) {
            inode.mode = Mode.type(inode.mode) | (change.mode() & 07777);
        }
        if (change.has(AttributeChange.ATIME_NOW)) {
            inode.touchAtime(now);
        } else if (change.has(AttributeChange.ATIME)) {
            inode.atime = change.atime();
            inode.atimeNanos = change.atimeNanos();
        }
        if (change.has(AttributeChange.MTIME_NOW)) {
            inode.mtime = now.getEpochSecond();
            inode.mtimeNanos = now.getNano();
        } else if (change.has(AttributeChange.MTIME)) {
            inode.mtime = change.mtime();
            inode.mtimeNanos = change.mtimeNanos();
        }
        if (change.has(AttributeChange.CTIME)) {
            inode.ctime = change.ctime();
            inode.ctimeNanos = change.ctimeNanos();
        }
        if (inode instanceof RegularFile file) {
            file.expectRead();
        }
    }

    @Override
    public byte[] readlink(long id) throws FsException {
        synchronized (upper) {
            Inode inode = upper.get(id);
            if (inode != null && !(inode instanceof Symlink)) {
                throw new FsException(Errno.EINVAL);
            }
            if (inode instanceof Symlink symlink && symlink.target != null) {
                upper.accessed(symlink);
                return symlink.target.clone();
            }
        }
        return upper.lower.readlink(id);
    }

    @Override
    public Node mknod(long parent, Name name, int mode, int rdev, Caller caller) throws FsException {
        return upper.orphans.patiently(() -> names.mknod(parent, name, mode, rdev, caller));
    }

    @Override
    public Node mkdir(long parent, Name name, int mode, Caller caller) throws FsException {
        return upper.orphans.patiently(() -> names.mkdir(parent, name, mode, caller));
    }

    @Override
    public Node symlink(long parent, Name name, byte[] target, Caller caller) throws FsException {
        return upper.orphans.patiently(() -> names.symlink(parent, name, target.clone(), caller));
    }

    @Override
    public Node link(long id, long newParent, Name newName) throws FsException {
        return upper.orphans.patiently(() -> names.link(id, newParent, newName));
    }

    @Override
    public void unlink(long parent, Name name) throws FsException {
        names.unlink(parent, name);
    }

    @Override
    public void rmdir(long parent, Name name) throws FsException {
        names.rmdir(parent, name);
    }

    @Override
    public void rename(long parent, Name name, long newParent, Name newName, int flags) throws FsException {
        upper.orphans.patiently(() -> {
            new Rename(upper, removal, parent, name, newParent, newName, flags).run();
            return null;
        });
    }

    @Override
    public Opened open(long id, int flags, Caller caller) throws FsException {
        if ((flags & (ACCMODE | O_TRUNC)) == 0 && openUnchanged(id)) {
            return opened(-1);
        }
        if ((flags & ACCMODE) != 0) {
            upper.awaitOrphans();
        }
        boolean alone = open(id);
        boolean failed = true;
        try {
            Attributes attributes = getattr(id);
            if (!attributes.isRegular()) {
                throw new FsException(attributes.isDirectory() ? Errno.EISDIR : Errno.ENXIO);
            }
            if ((flags & O_TRUNC) != 0) {
                attributes = data.truncate(id, 0, Inode::touch);
            }
            Opened opened = opened(data.openWhole(id, attributes, alone && (flags & ACCMODE) != 0));
            failed = false;
            return opened;
        } finally {
            if (failed) {
                upper.released(id);
            }
        }
    }

    /** Counts an open, until {@link Upper#released}. @return whether it is the only one */
    private boolean open(long id) {
        synchronized (upper) {
            upper.awaitFill(id);
            boolean alone = !upper.isOpen(id);
            upper.opened(id);
            return alone;
        }
    }

    /** Opens a file for reading that is as it is below; of that nothing but its type has to be known. */
    private boolean openUnchanged(long id) throws FsException {
        if (isChanged(id)) {
            return false;
        }
        upper.lower.open(id);
        synchronized (upper) {
            upper.awaitFill(id);
            if (isChanged(id)) {
                return false;
            }
            upper.opened(id);
            return true;
        }
    }

    private boolean isChanged(long id) throws FsException {
        synchronized (upper) {
            return upper.get(id) != null;
        }
    }

    private static Opened opened(int fd) {
        return new Opened(fd < 0 ? HANDLE : BACKED, fd);
    }

    @Override
    public Created create(long parent, Name name, int mode, int flags, Caller caller) throws FsException {
        upper.awaitOrphans();
        return created(upper.orphans.patiently(() -> names.create(parent, name, mode, caller)));
    }

    @Override
    public Created tmpfile(long parent, int mode, int flags, Caller caller) throws FsException {
        upper.awaitOrphans();
        return created(upper.orphans.patiently(() -> names.tmpfile(parent, mode, caller)));
    }

    private Created created(Node node) {
        return new Created(node, opened(data.openWhole(node.id(), node.attributes(), false)));
    }

    @Override
    public void read(long id, long handle, long offset, int length, ReadSink sink) throws FsException {
        data.read(id, offset, length, sink);
    }

    @Override
    public void write(long id, long handle, long offset, ByteBuffer bytes, int flags) throws FsException {
        data.write(id, offset, bytes, flags);
    }

    @Override
    public void release(long id, long handle) {
        if (handle == BACKED) {
            data.closeWhole(id);
        }
        upper.released(id);
    }

    @Override
    public void fallocate(long id, long handle, long offset, long length, int mode) throws FsException {
        data.fallocate(id, offset, length, mode);
    }

    @Override
    public long lseek(long id, long handle, long offset, int whence) throws FsException {
        return data.lseek(id, offset, whence);
    }

    @Override
    public void readdir(long id, long cookie, DirectorySink sink) throws FsException {
        listing.list(id, cookie, sink);
    }

    @Override
    public byte[] getxattr(long id, Name name) throws FsException {
        return xattrs.get(id, name);
    }

    @Override
    public List<Name> listxattr(long id) throws FsException {
        return xattrs.list(id);
    }

    @Override
    public void setxattr(long id, Name name, byte[] value, int flags) throws FsException {
        upper.orphans.patiently(() -> {
            xattrs.set(id, name, value.clone(), flags);
            return null;
        });
    }

    @Override
    public void removexattr(long id, Name name) throws FsException {
        xattrs.remove(id, name);
    }

    @Override
    public void fill(PageCache pages) {
        upper.lower.fill(new LowerPages(upper, pages));
    }

    @Override
    public Capacity statfs() {
        return upper.quota.capacity();
    }

    /** The lower tree stays open. */
    @Override
    public void close() {
        upper.store.close();
    }
}
