package liveroot.fs.fuse.kernel;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.BooleanSupplier;
import liveroot.fs.AttributeChange;
import liveroot.fs.Attributes;
import liveroot.fs.Caller;
import liveroot.fs.Capacity;
import liveroot.fs.Created;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Mode;
import liveroot.fs.Name;
import liveroot.fs.Node;
import liveroot.fs.Opened;
import liveroot.fs.sys.Capabilities;

/** What each opcode asks of the tree, and how its answer is laid out. One for each worker. */
final class Operations {

    /** PATH_MAX of limits.h without its NUL. */
    private static final int LONGEST_TARGET = 4095;

    private static final Name ACCESS_LIST = Name.of("system.posix_acl_access");

    private static final int SET_ID = Mode.S_ISUID | Mode.S_ISGID;

    private static final AttributeChange KILL_SET_ID =
            new AttributeChange(AttributeChange.KILL_SUIDGID, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    private final FileTree tree;
    private final boolean readOnly;
    private final boolean opensItself;
    private final Held held;
    private final Grants grants;
    private final Reply reply;
    private final Listing listing;
    private final BooleanSupplier extendedSetxattr;

    /** @param opensItself the kernel may open files without asking: neither the tree nor the mount can be written to */
    /** @param extendedSetxattr whether SETXATTR_EXT was agreed, which is known after INIT */
    Operations(
            FileTree tree,
            boolean opensItself,
            Held held,
            Grants grants,
            Reply reply,
            BooleanSupplier extendedSetxattr) {
        this.extendedSetxattr = extendedSetxattr;
        this.tree = tree;
        this.readOnly = tree.isReadOnly();
        this.opensItself = opensItself;
        this.held = held;
        this.grants = grants;
        this.reply = reply;
        this.listing = new Listing(tree, reply, grants);
    }

    /**
     * Puts the answer to a request into the reply.
     *
     * @throws FsException with the errno to answer instead; ENOSYS for what is not served, such as OPENDIR: the kernel
     *     then opens directories by itself, and keeps their listings until they change
     */
    void serve(Request request) throws FsException {
        long id = request.node();
        switch (request.opcode()) {
            case Wire.LOOKUP -> lookup(request, id);
            case Wire.GETATTR -> reply.attributes(tree.getattr(id));
            case Wire.SETATTR -> setattr(request, id);
            case Wire.READLINK -> readlink(id);
            case Wire.SYMLINK -> {
                Name name = request.name(0);
                byte[] target = request.string(name.length() + 1);
                entry(tree.symlink(id, name, target, request.caller(0)));
            }
            case Wire.MKNOD ->
                entry(tree.mknod(
                        id, request.name(16), request.getInt(0), request.getInt(4), request.caller(request.getInt(8))));
            case Wire.MKDIR ->
                entry(tree.mkdir(
                        id, request.name(8), Mode.S_IFDIR | request.getInt(0), request.caller(request.getInt(4))));
            case Wire.UNLINK -> tree.unlink(id, request.name(0));
            case Wire.RMDIR -> tree.rmdir(id, request.name(0));
            case Wire.RENAME -> rename(request, id, 8, 0);
            case Wire.RENAME2 -> rename(request, id, 16, request.getInt(8));
            case Wire.LINK -> entry(tree.link(request.getLong(0), id, request.name(8)));
            case Wire.OPEN -> open(request, id);
            case Wire.CREATE -> {
                Caller caller = request.caller(request.getInt(8));
                created(
                        tree.create(id, request.name(16), request.getInt(4), request.getInt(0), caller),
                        request.getInt(0));
            }
            case Wire.TMPFILE -> {
                Caller caller = request.caller(request.getInt(8));
                created(tree.tmpfile(id, request.getInt(4), request.getInt(0), caller), request.getInt(0));
            }
            case Wire.READ -> tree.read(id, request.getLong(0), request.getLong(8), size(request, 16), reply);
            case Wire.WRITE -> write(request, id);
            case Wire.RELEASE -> held.release(id, request.getLong(0), request.getInt(8));
            case Wire.STATFS -> statfs(tree.statfs());
            case Wire.READDIR -> listing.fill(id, request.getLong(8), size(request, 16), false);
            case Wire.READDIRPLUS -> listing.fill(id, request.getLong(8), size(request, 16), true);
            case Wire.GETXATTR -> getxattr(request, id);
            case Wire.LISTXATTR -> listxattr(request, id);
            case Wire.SETXATTR -> setxattr(request, id);
            case Wire.REMOVEXATTR -> tree.removexattr(id, request.name(0));
            case Wire.FALLOCATE -> fallocate(request, id);
            case Wire.LSEEK ->
                reply.putLong(tree.lseek(id, request.getLong(0), request.getLong(8), request.getInt(16)));
            case Wire.IOCTL -> throw new FsException(Errno.ENOTTY);
            case Wire.DESTROY -> {}
            default -> throw new FsException(Errno.ENOSYS);
        }
    }

    /** FORGET and BATCH_FORGET. */
    void forget(Request request) throws FsException {
        if (request.opcode() == Wire.FORGET) {
            held.forget(request.node(), request.getLong(0));
        } else {
            int count = request.getInt(0);
            for (int i = 0; i < count; i++) {
                held.forget(request.getLong(8 + 16 * i), request.getLong(16 + 16 * i));
            }
        }
    }

    private int size(Request request, int offset) throws FsException {
        int size = request.getInt(offset);
        if (size < 0 || size > Session.LARGEST_TRANSFER) {
            throw new FsException(Errno.EINVAL, "a transfer of " + size + " bytes");
        }
        return size;
    }

    private void entry(Node node) {
        grants.lookup(node.id());
        reply.entry(node);
    }

    private void readlink(long id) throws FsException {
        byte[] target = tree.readlink(id);
        if (target.length > LONGEST_TARGET) {
            throw new FsException(Errno.ENAMETOOLONG);
        }
        reply.bytes(target);
    }

    private void lookup(Request request, long id) throws FsException {
        try {
            entry(tree.lookup(id, request.name(0), request.thread()));
        } catch (FsException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
            reply.noEntry();
        }
    }

    private void setattr(Request request, long id) throws FsException {
        int valid = request.getInt(0);
        long handle = (valid & Wire.FATTR_FH) != 0 ? request.getLong(8) : 0;
        if ((valid & ~(Wire.FATTR_FH | Wire.FATTR_LOCKOWNER)) == 0 && losesSetId(request, id)) {
            // A change of nothing is what is left of ATTR_KILL_SUID and ATTR_KILL_SGID (fuse_setattr of fs/fuse/dir.c
            // with FUSE_HANDLE_KILLPRIV_V2): it comes before a write, also one that is passed through, and the
            // kernel keeps the mode that is answered. Who has CAP_FSETID gets here by ATTR_KILL_PRIV alone.
            valid |= AttributeChange.KILL_SUIDGID;
            requireOwnerOrWriter(id, request.caller(0));
        }
        AttributeChange change = new AttributeChange(
                valid,
                request.getInt(68),
                request.getInt(76),
                request.getInt(80),
                request.getLong(16),
                request.getLong(32),
                request.getInt(56),
                request.getLong(40),
                request.getInt(60),
                request.getLong(48),
                request.getInt(64));
        reply.attributes(tree.setattr(id, handle, change, request.caller(0)));
    }

    /**
     * The same request comes of chown(file, -1, -1), which anyone may call, and the kernel has checked nothing: who
     * does not own a file must not take its set-user-id away but by writing.
     */
    private void requireOwnerOrWriter(long id, Caller caller) throws FsException {
        Attributes attributes = tree.getattr(id);
        boolean keeps = attributes.isDirectory() || (attributes.mode() & SET_ID) == 0;
        if (!keeps && caller.uid() != attributes.uid() && !held.isOpenForWriting(id)) {
            throw new FsException(Errno.EPERM);
        }
    }

    private void rename(Request request, long id, int names, int flags) throws FsException {
        Name from = request.name(names);
        Name to = request.name(names + from.length() + 1);
        tree.rename(id, from, request.getLong(0), to, flags);
    }

    private void open(Request request, long id) throws FsException {
        if (opensItself) {
            // The kernel then opens by itself, and keeps the pages of every file.
            throw new FsException(Errno.ENOSYS);
        }
        Caller caller = request.caller(0);
        Opened opened = tree.open(id, request.getInt(0), caller);
        int backing = grants.file(id, opened, request.getInt(0));
        if ((request.getInt(4) & Wire.OPEN_KILL_SUIDGID) != 0) {
            tree.setattr(id, opened.handle(), KILL_SET_ID, caller);
            reply.forgetAttributes(id);
        }
        opened(opened, backing);
    }

    /**
     * With HANDLE_KILLPRIV_V2 the kernel leaves it to us to take set-user-id away, and asks for size and times after a
     * write, but goes on with the mode that it knows: it must be told, or the file would still be executed as its owner.
     */
    private void write(Request request, long id) throws FsException {
        int size = request.getInt(16);
        int flags = request.getInt(20);
        boolean kills = (flags & FileTree.WRITE_KILL_SUIDGID) != 0 && hasSetId(id);
        tree.write(id, request.getLong(0), request.getLong(8), request.data(40, size), flags);
        if (kills) {
            reply.forgetAttributes(id);
        }
        reply.putInt(size);
        reply.putInt(0);
    }

    /** The kernel does not say who may keep set-user-id here. */
    private void fallocate(Request request, long id) throws FsException {
        long handle = request.getLong(0);
        boolean kills = losesSetId(request, id);
        tree.fallocate(id, handle, request.getLong(8), request.getLong(16), request.getInt(24));
        if (kills) {
            tree.setattr(id, handle, KILL_SET_ID, request.caller(0));
            reply.forgetAttributes(id);
        }
    }

    /** Whether a file is set-user-id or set-group-id, and this caller may not change it without it losing that. */
    private boolean losesSetId(Request request, long id) throws FsException {
        Caller caller = request.caller(0);
        return hasSetId(id) && !Capabilities.mayKeepSetId(caller.pid(), caller.uid());
    }

    private boolean hasSetId(long id) throws FsException {
        return (tree.getattr(id).mode() & SET_ID) != 0;
    }

    private void created(Created created, int flags) {
        int backing = grants.file(created.node().id(), created.opened(), flags);
        entry(created.node());
        opened(created.opened(), backing);
    }

    private void opened(Opened opened, int backing) {
        int flags = backing == Backings.NONE ? Wire.FOPEN_KEEP_CACHE : Wire.FOPEN_PASSTHROUGH;
        reply.opened(opened.handle(), flags, backing);
    }

    /** struct fuse_kstatfs. */
    private void statfs(Capacity capacity) {
        reply.putLong(capacity.blocks());
        reply.putLong(capacity.free());
        reply.putLong(capacity.available());
        reply.putLong(capacity.files());
        reply.putLong(capacity.filesFree());
        reply.putInt(capacity.blockSize());
        reply.putInt(Name.MAX_LENGTH);
        reply.putInt(capacity.blockSize());
        int rest = 7 * Integer.BYTES;
        int at = reply.reserve(rest);
        for (int i = 0; i < rest; i += Integer.BYTES) {
            reply.fields().putInt(at + i, 0);
        }
    }

    private void setxattr(Request request, long id) throws FsException {
        boolean extended = extendedSetxattr.getAsBoolean();
        int names = extended ? 16 : 8;
        Name name = request.name(names);
        ByteBuffer data = request.data(names + name.length() + 1, request.getInt(0));
        byte[] value = new byte[data.remaining()];
        data.get(value);
        tree.setxattr(id, name, value, request.getInt(4));
        // The kernel asks for it with default lists too (fuse_set_acl of fs/fuse/acl.c), which say nothing of the mode.
        boolean kills = extended && (request.getInt(8) & Wire.SETXATTR_ACL_KILL_SGID) != 0;
        if (kills && name.equals(ACCESS_LIST)) {
            int mode = tree.getattr(id).mode();
            if ((mode & Mode.S_ISGID) != 0) {
                AttributeChange change = AttributeChange.ofMode(mode & ~(Mode.S_IFMT | Mode.S_ISGID));
                tree.setattr(id, 0, change, request.caller(0));
                reply.forgetAttributes(id);
            }
        }
    }

    private void getxattr(Request request, long id) throws FsException {
        byte[] value;
        try {
            value = tree.getxattr(id, request.name(8));
        } catch (FsException e) {
            if (readOnly && e.errno() == Errno.EOPNOTSUPP) {
                // The image keeps none at all: the kernel then says EOPNOTSUPP by itself, without asking.
                throw new FsException(Errno.ENOSYS);
            }
            throw e;
        }
        sized(value, request.getInt(0));
    }

    private void listxattr(Request request, long id) throws FsException {
        List<Name> names = tree.listxattr(id);
        if (request.caller(0).uid() != 0) {
            // Only those who may read them see them, as with the kernel's own file systems (xattr(7)).
            names = names.stream().filter(name -> !name.isTrusted()).toList();
        }
        int size = 0;
        for (Name name : names) {
            size += name.length() + 1;
        }
        byte[] list = new byte[size];
        int at = 0;
        for (Name name : names) {
            System.arraycopy(name.bytes(), 0, list, at, name.length());
            at += name.length() + 1;
        }
        sized(list, request.getInt(0));
    }

    /** An answer to a question of which {@code room} 0 asks for the size alone. */
    private void sized(byte[] value, int room) throws FsException {
        if (room == 0) {
            reply.putInt(value.length);
            reply.putInt(0);
        } else if (value.length > room) {
            throw new FsException(Errno.ERANGE);
        } else {
            reply.bytes(value);
        }
    }
}
