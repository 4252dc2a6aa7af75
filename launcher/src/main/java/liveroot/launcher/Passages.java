package liveroot.launcher;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
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
import liveroot.fs.ReadSink;
import liveroot.fs.host.HostTree;
import liveroot.fs.sys.Libc;
import liveroot.overlay.Overlay;

/**
 * A union over a directory of the host whose sockets and fifos lead to those below. To the kernel a socket is an inode: a
 * server that was bound below before the directory was covered is found by the inode of the lower file system alone, and a
 * fifo's two ends meet there alone.
 *
 * <p>A bind mount of that inode over its name would do, but the kernel lets no one unlink or rename a name that something
 * is mounted on, and does not ask us first. So the mount is elsewhere: in the {@link Chamber}, a directory of the union's root
 * that no listing shows. To whoever is about to connect, send or open ({@link ConnectingCall}) such a name is a symlink
 * there; to all others it is the socket, an inode of the union, that can be looked at, renamed, linked, changed and removed
 * as any other. A socket that was made in the union is nothing special.
 *
 * <p>The mount is made when the symlink is read: the kernel then holds no lock of a directory of ours.
 *
 * <p>What it cannot do is in docs/boot.md.
 *
 * <p><b>Locks.</b> The monitor of {@link PassageLinks} and the lock of the chamber; neither is taken within the other, nor
 * held over a call of the union.
 */
final class Passages implements FileTree {

    private static final Name CHAMBER = Name.of(Chamber.NAME);

    /** Id of the chamber. Ids of the lower tree are small, and those of new inodes negative. */
    private static final long CHAMBER_ID = 1L << 60;

    /** Ids of links count from here. */
    private static final long LINK = 1L << 61;

    private final Overlay union;
    private final HostTree below;
    private final Chamber chamber;
    private final PassageLinks links = new PassageLinks(LINK);
    private final Instant made = Instant.now();

    /** @param directory where the union is mounted */
    Passages(Overlay union, HostTree below, Path directory) {
        this.union = union;
        this.below = below;
        this.chamber = new Chamber(below, directory);
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
        if (parent == ROOT && name.equals(CHAMBER)) {
            return new Node(CHAMBER_ID, attributes(CHAMBER_ID, Mode.S_IFDIR | 0711, 0));
        }
        Node node = union.lookup(parent, name);
        if (!hasPassage(node)) {
            return node;
        }
        if (ConnectingCall.isMadeBy(thread)) {
            union.forget(node.id(), 1);
            return passage(node.id(), parent, name);
        }
        return new Node(node.id(), node.attributes(), true);
    }

    private Node passage(long socket, long parent, Name name) throws FsException {
        if (chamber.isDisturbed()) {
            links.renew();
        }
        int depth = depth(parent);
        // As fs.protected_symlinks demands in directories like /tmp.
        int owner = union.getattr(parent).uid();
        long id = links.lookup(socket, depth, owner, name);
        return new Node(id, attributes(id, Mode.S_IFLNK | 0777, owner), true);
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
        PassageLinks.Link link = links.get(id);
        if (!chamber.reach(link.socket())) {
            // Others are at it, whom the kernel may ask us for: the way back to the name leads here again.
            links.spend(id);
            return link.name().bytes();
        }
        return ("../".repeat(link.depth()) + Chamber.pathTo(link.socket())).getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public void forget(long id, long lookups) {
        if (!isOurs(id)) {
            union.forget(id, lookups);
            return;
        }
        links.forget(id, lookups);
    }

    /** Takes the chamber away, so that the union can be unmounted. It comes again when it is asked for. */
    void closePassages() {
        chamber.close();
        links.renew();
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
        if (parent == ROOT && name.equals(CHAMBER)) {
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
            return attributes(id, Mode.S_IFLNK | 0777, links.get(id).owner());
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

    /** Of the directory below as well. */
    @Override
    public void close() {
        union.close();
        below.close();
    }
}
