package liveroot.launcher;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
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
import liveroot.fs.ReadSink;
import liveroot.fs.host.HostTree;
import liveroot.fs.sys.Libc;
import liveroot.fs.sys.MountCalls;
import liveroot.overlay.Overlay;
import org.slf4j.LoggerFactory;

/**
 * A union over a directory of the host whose sockets and fifos lead to those below. To the kernel a socket is an inode: a
 * server that was bound below before the directory was covered is found by the inode of the lower file system alone, and a
 * fifo's two ends meet there alone.
 *
 * <p>A bind mount of that inode over its name would do, but the kernel lets no one unlink or rename a name that something
 * is mounted on, and does not ask us first. So the mount is elsewhere: in {@link #CHAMBER}, a directory of the union's root
 * that no listing shows. To whoever is about to connect, send or open ({@link ConnectingCall}) such a name is a symlink
 * there; to all others it is the socket, an inode of the union, that can be looked at, renamed, linked, changed and removed
 * as any other. A socket that was made in the union is nothing special.
 *
 * <p>The chamber is a tmpfs, mounted when the first passage is asked for, and each passage a read-only bind mount of one
 * inode. That is done when the symlink is read: the kernel then holds no lock of a directory of ours.
 *
 * <p>What it cannot do is in docs/boot.md.
 *
 * <p><b>Locks.</b> The monitor guards the links. {@link #mounting} is held while mounts are made and taken away; the kernel
 * may ask for the chamber meanwhile, so that nobody waits for it for ever while serving a request. Neither is held over a
 * call of the union.
 */
final class Passages implements FileTree {

    static final String CHAMBER = ".liveroot-below";

    private static final Name CHAMBER_NAME = Name.of(CHAMBER);

    /** Id of the chamber. Ids of the lower tree are small, and those of new inodes negative. */
    private static final long CHAMBER_ID = 1L << 60;

    /** Ids of links have this bit. */
    private static final long LINK = 1L << 61;

    /** As many passages there may be. */
    private static final int MOST = 1000;

    private static final long PATIENCE_SECONDS = 2;

    /** @param depth of the directory that holds the name */
    private record Key(long socket, int depth, int owner, long generation) {}

    private static final class Link {
        final Key key;
        long lookups;

        Link(Key key) {
            this.key = key;
        }
    }

    private final Overlay union;
    private final HostTree below;
    private final Path directory;
    private final Instant made = Instant.now();

    private final Map<Long, Link> links = new HashMap<>();
    private final Map<Key, Long> ids = new HashMap<>();
    private long nextLink = 1;

    /** The kernel keeps the targets of symlinks: after the chamber was taken away there must be others. */
    private long generation;

    private final ReentrantLock mounting = new ReentrantLock();
    private final Set<Long> open = new HashSet<>();
    private int chamber = -1;
    private boolean complained;

    /** @param directory where the union is mounted */
    Passages(Overlay union, HostTree below, Path directory) {
        this.union = union;
        this.below = below;
        this.directory = directory;
    }

    // ---- names

    private static boolean isOurs(long id) {
        return id > 0 && (id & (LINK | CHAMBER_ID)) != 0;
    }

    private static boolean isLink(long id) {
        return id > 0 && (id & LINK) != 0;
    }

    /** A socket or fifo that is the lower tree's, as changed as it may be. */
    private static boolean hasPassage(Node node) {
        int type = Mode.type(node.attributes().mode());
        return node.id() > 0 && (type == Mode.S_IFSOCK || type == Mode.S_IFIFO);
    }

    private static Node fleeting(Node node) {
        return hasPassage(node) ? new Node(node.id(), node.attributes(), true) : node;
    }

    @Override
    public Node lookup(long parent, Name name) throws FsException {
        return lookup(parent, name, 0);
    }

    @Override
    public Node lookup(long parent, Name name, int thread) throws FsException {
        if (isOurs(parent)) {
            throw new FsException(Errno.ENOENT);
        }
        if (parent == ROOT && name.equals(CHAMBER_NAME)) {
            return new Node(CHAMBER_ID, attributes(CHAMBER_ID, Mode.S_IFDIR | 0711, 0));
        }
        Node node = union.lookup(parent, name);
        if (!hasPassage(node)) {
            return node;
        }
        if (ConnectingCall.isMadeBy(thread)) {
            union.forget(node.id(), 1);
            return link(node.id(), parent);
        }
        return new Node(node.id(), node.attributes(), true);
    }

    private Node link(long socket, long parent) throws FsException {
        int depth = depth(parent);
        // As fs.protected_symlinks demands in directories like /tmp.
        int owner = union.getattr(parent).uid();
        synchronized (this) {
            Key key = new Key(socket, depth, owner, generation);
            Long id = ids.get(key);
            if (id == null) {
                id = LINK | nextLink++;
                ids.put(key, id);
                links.put(id, new Link(key));
            }
            links.get(id).lookups++;
            return new Node(id, attributes(id, Mode.S_IFLNK | 0777, owner), true);
        }
    }

    private int depth(long parent) throws FsException {
        int depth = 0;
        for (long id = parent; id != ROOT; depth++) {
            if (depth > Libc.PATH_MAX) {
                throw new FsException(Errno.ELOOP);
            }
            long up = union.parentOf(id);
            id = up != 0 ? up : below.parentOf(id);
        }
        return depth;
    }

    private Attributes attributes(long id, int mode, int owner) {
        int size = Mode.isSymlink(mode) ? Libc.PATH_MAX - 1 : 0;
        long at = made.getEpochSecond();
        return new Attributes(id, mode, 1, owner, 0, 0, size, 0, 4096, at, 0, at, 0, at, 0);
    }

    @Override
    public byte[] readlink(long id) throws FsException {
        if (!isLink(id)) {
            return union.readlink(id);
        }
        Key key;
        synchronized (this) {
            Link link = links.get(id);
            if (link == null) {
                throw new FsException(Errno.ESTALE);
            }
            key = link.key;
        }
        makePassage(key.socket);
        return ("../".repeat(key.depth) + CHAMBER + "/" + key.socket).getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public void forget(long id, long lookups) {
        if (!isOurs(id)) {
            union.forget(id, lookups);
            return;
        }
        synchronized (this) {
            Link link = links.get(id);
            if (link != null && (link.lookups -= lookups) <= 0) {
                links.remove(id);
                ids.remove(link.key);
            }
        }
    }

    // ---- mounts

    private void makePassage(long socket) throws FsException {
        try {
            if (!mounting.tryLock(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new FsException(Errno.EAGAIN);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException(Errno.EINTR);
        }
        try {
            if (open.contains(socket)) {
                return;
            }
            if (open.size() == MOST) {
                throw new IOException("more than " + MOST + " sockets and fifos below are in use");
            }
            if (chamber < 0) {
                chamber = makeChamber();
            }
            mount(socket);
            open.add(socket);
        } catch (IOException e) {
            if (!complained) {
                complained = true;
                LoggerFactory.getLogger(Passages.class)
                        .warn("{}: sockets and fifos below cannot be reached: {}", directory, e.getMessage());
            }
        } finally {
            mounting.unlock();
        }
    }

    private Path chamberPath() {
        return directory.resolve(CHAMBER);
    }

    private int makeChamber() throws IOException {
        int tmpfs = MountCalls.emptyTmpfs();
        int result = MountCalls.attach(tmpfs, -1, chamberPath().toString());
        if (result < 0) {
            Libc.close(tmpfs);
            throw new IOException(chamberPath() + " cannot be mounted: " + Libc.error(-result));
        }
        return tmpfs;
    }

    private void mount(long socket) throws IOException, FsException {
        String name = Long.toString(socket);
        int inode = below.openPath(socket);
        int bind = MountCalls.cloneOf(inode);
        Libc.close(inode);
        if (bind < 0) {
            throw new IOException("no bind mount can be made: " + Libc.error(-bind));
        }
        try {
            int result = MountCalls.seal(bind);
            if (result >= 0) {
                result = MountCalls.placeholder(chamber, name);
            }
            if (result >= 0) {
                result = MountCalls.attach(bind, chamber, name);
            }
            if (result < 0) {
                throw new IOException(chamberPath().resolve(name) + " cannot be mounted: " + Libc.error(-result));
            }
        } finally {
            Libc.close(bind);
        }
    }

    /** Takes all passages away, so that the union can be unmounted. They come again when they are asked for. */
    void closePassages() {
        mounting.lock();
        try {
            if (chamber >= 0) {
                Libc.close(chamber);
                chamber = -1;
                open.clear();
                // Somebody may have unmounted it already.
                Libc.umount(chamberPath().toString(), Libc.MNT_DETACH | Libc.UMOUNT_NOFOLLOW);
            }
        } finally {
            mounting.unlock();
        }
        synchronized (this) {
            generation++;
        }
    }

    // ---- everything else is the union's

    private static void refuseOurs(long id) throws FsException {
        if (isOurs(id)) {
            throw new FsException(Errno.EPERM);
        }
    }

    /** Nor may anything be put at the chamber's name, where it would not be found again. */
    private static void refuseOurs(long parent, Name name) throws FsException {
        refuseOurs(parent);
        if (parent == ROOT && name.equals(CHAMBER_NAME)) {
            throw new FsException(Errno.EPERM);
        }
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public Node reference(long id) throws FsException {
        return fleeting(union.reference(id));
    }

    @Override
    public Attributes getattr(long id) throws FsException {
        if (id == CHAMBER_ID) {
            return attributes(id, Mode.S_IFDIR | 0711, 0);
        }
        if (isLink(id)) {
            synchronized (this) {
                Link link = links.get(id);
                if (link == null) {
                    throw new FsException(Errno.ESTALE);
                }
                return attributes(id, Mode.S_IFLNK | 0777, link.key.owner);
            }
        }
        return union.getattr(id);
    }

    @Override
    public Attributes setattr(long id, long handle, AttributeChange change, Caller caller) throws FsException {
        refuseOurs(id);
        return union.setattr(id, handle, change, caller);
    }

    @Override
    public Node mknod(long parent, Name name, int mode, int rdev, Caller caller) throws FsException {
        refuseOurs(parent, name);
        return union.mknod(parent, name, mode, rdev, caller);
    }

    @Override
    public Node mkdir(long parent, Name name, int mode, Caller caller) throws FsException {
        refuseOurs(parent, name);
        return union.mkdir(parent, name, mode, caller);
    }

    @Override
    public Node symlink(long parent, Name name, byte[] target, Caller caller) throws FsException {
        refuseOurs(parent, name);
        return union.symlink(parent, name, target, caller);
    }

    @Override
    public Node link(long id, long newParent, Name newName) throws FsException {
        refuseOurs(id);
        refuseOurs(newParent, newName);
        return fleeting(union.link(id, newParent, newName));
    }

    @Override
    public void unlink(long parent, Name name) throws FsException {
        refuseOurs(parent, name);
        union.unlink(parent, name);
    }

    @Override
    public void rmdir(long parent, Name name) throws FsException {
        refuseOurs(parent, name);
        union.rmdir(parent, name);
    }

    @Override
    public void rename(long parent, Name name, long newParent, Name newName, int flags) throws FsException {
        refuseOurs(parent, name);
        refuseOurs(newParent, newName);
        union.rename(parent, name, newParent, newName, flags);
    }

    @Override
    public Opened open(long id, int flags, Caller caller) throws FsException {
        refuseOurs(id);
        return union.open(id, flags, caller);
    }

    @Override
    public Created create(long parent, Name name, int mode, int flags, Caller caller) throws FsException {
        refuseOurs(parent, name);
        return union.create(parent, name, mode, flags, caller);
    }

    @Override
    public Created tmpfile(long parent, int mode, int flags, Caller caller) throws FsException {
        refuseOurs(parent);
        return union.tmpfile(parent, mode, flags, caller);
    }

    @Override
    public void read(long id, long handle, long offset, int length, ReadSink sink) throws FsException {
        union.read(id, handle, offset, length, sink);
    }

    @Override
    public void write(long id, long handle, long offset, ByteBuffer data, int flags) throws FsException {
        union.write(id, handle, offset, data, flags);
    }

    @Override
    public void release(long id, long handle) {
        union.release(id, handle);
    }

    @Override
    public void fallocate(long id, long handle, long offset, long length, int mode) throws FsException {
        union.fallocate(id, handle, offset, length, mode);
    }

    @Override
    public long lseek(long id, long handle, long offset, int whence) throws FsException {
        return union.lseek(id, handle, offset, whence);
    }

    @Override
    public void readdir(long id, long cookie, DirectorySink sink) throws FsException {
        if (!isOurs(id)) {
            union.readdir(id, cookie, sink);
        }
    }

    @Override
    public byte[] getxattr(long id, Name name) throws FsException {
        if (isOurs(id)) {
            throw new FsException(Errno.ENODATA);
        }
        return union.getxattr(id, name);
    }

    @Override
    public List<Name> listxattr(long id) throws FsException {
        return isOurs(id) ? List.of() : union.listxattr(id);
    }

    @Override
    public void setxattr(long id, Name name, byte[] value, int flags) throws FsException {
        refuseOurs(id);
        union.setxattr(id, name, value, flags);
    }

    @Override
    public void removexattr(long id, Name name) throws FsException {
        refuseOurs(id);
        union.removexattr(id, name);
    }

    @Override
    public Capacity statfs() {
        return union.statfs();
    }

    @Override
    public void close() {
        union.close();
    }
}
