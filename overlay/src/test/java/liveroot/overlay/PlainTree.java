package liveroot.overlay;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import liveroot.fs.Attributes;
import liveroot.fs.Caller;
import liveroot.fs.Capacity;
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

/** A read-only tree made by hand, to lay unions over. Every file belongs to 10:20 and is of the second 1000. */
final class PlainTree implements FileTree {

    static final int UID = 10;
    static final int GID = 20;
    static final long TIME = 1000;

    private final List<Inode> inodes = new ArrayList<>();

    /** Reads of file data so far. */
    final AtomicLong reads = new AtomicLong();

    /** Listings begun so far. */
    final AtomicLong listings = new AtomicLong();

    /** Entries that listings came past. */
    final AtomicLong listed = new AtomicLong();

    /** What {@link #fill} was given. */
    PageCache pages;

    private static final class Inode {
        long id;
        int mode;
        int rdev;
        int nlink;
        byte[] content = {};
        final Map<Name, Inode> children = new LinkedHashMap<>();
        final Map<Name, byte[]> xattrs = new LinkedHashMap<>();
        Inode parent;

        Attributes attributes() {
            long size = content.length;
            return new Attributes(
                    id, mode, nlink, UID, GID, rdev, size, (size + 511) / 512, 4096, TIME, 1, TIME, 2, TIME, 3);
        }
    }

    PlainTree() {
        Inode root = inode(Mode.S_IFDIR | 0755);
        root.nlink = 2;
        root.parent = root;
    }

    private Inode inode(int mode) {
        Inode inode = new Inode();
        inode.mode = mode;
        inodes.add(inode);
        inode.id = inodes.size();
        return inode;
    }

    private Inode at(String path) {
        Inode inode = inodes.get(0);
        for (String name : path.split("/", -1)) {
            if (!name.isEmpty()) {
                inode = inode.children.get(Name.of(name));
            }
        }
        return inode;
    }

    private void add(String path, Inode inode) {
        int slash = path.lastIndexOf('/');
        Inode parent = at(path.substring(0, Math.max(0, slash)));
        parent.children.put(Name.of(path.substring(slash + 1)), inode);
        inode.nlink++;
        if (Mode.isDirectory(inode.mode)) {
            inode.nlink++;
            parent.nlink++;
            inode.parent = parent;
        }
    }

    private boolean foldsCase;

    /** From now on names are found in any case, as on HFS+. */
    PlainTree foldCase() {
        foldsCase = true;
        return this;
    }

    PlainTree dir(String path) {
        return dir(path, 0755);
    }

    PlainTree dir(String path, int permissions) {
        add(path, inode(Mode.S_IFDIR | permissions));
        return this;
    }

    PlainTree file(String path, String content) {
        return file(path, 0644, content.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    PlainTree file(String path, int permissions, byte[] content) {
        Inode inode = inode(Mode.S_IFREG | permissions);
        inode.content = content;
        add(path, inode);
        return this;
    }

    PlainTree symlink(String path, String target) {
        Inode inode = inode(Mode.S_IFLNK | 0777);
        inode.content = target.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        add(path, inode);
        return this;
    }

    PlainTree device(String path, int rdev) {
        Inode inode = inode(Mode.S_IFCHR | 0600);
        inode.rdev = rdev;
        add(path, inode);
        return this;
    }

    PlainTree link(String existing, String path) {
        add(path, at(existing));
        return this;
    }

    PlainTree xattr(String path, String name, String value) {
        at(path).xattrs.put(Name.of(name), value.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        return this;
    }

    long id(String path) {
        return at(path).id;
    }

    private Inode get(long id) throws FsException {
        if (id < 1 || id > inodes.size()) {
            throw new FsException(Errno.ESTALE);
        }
        return inodes.get((int) id - 1);
    }

    private Inode directory(long id) throws FsException {
        Inode inode = get(id);
        if (!Mode.isDirectory(inode.mode)) {
            throw new FsException(Errno.ENOTDIR);
        }
        return inode;
    }

    @Override
    public boolean isReadOnly() {
        return true;
    }

    @Override
    public Node lookup(long parent, Name name) throws FsException {
        Inode child = directory(parent).children.get(ownName(parent, name));
        if (child == null) {
            throw new FsException(Errno.ENOENT);
        }
        return new Node(child.id, child.attributes());
    }

    @Override
    public Name ownName(long parent, Name name) throws FsException {
        return !foldsCase
                ? name
                : directory(parent).children.keySet().stream()
                        .filter(own -> own.toString().equalsIgnoreCase(name.toString()))
                        .findFirst()
                        .orElse(name);
    }

    @Override
    public Node reference(long id) throws FsException {
        return new Node(id, getattr(id));
    }

    @Override
    public Attributes getattr(long id) throws FsException {
        return get(id).attributes();
    }

    @Override
    public byte[] readlink(long id) throws FsException {
        if (!Mode.isSymlink(get(id).mode)) {
            throw new FsException(Errno.EINVAL);
        }
        return get(id).content;
    }

    @Override
    public Opened open(long id, int flags, Caller caller) {
        return new Opened(0, -1);
    }

    @Override
    public void read(long id, long handle, long offset, int length, ReadSink sink) throws FsException {
        reads.incrementAndGet();
        byte[] content = get(id).content;
        if (offset < content.length) {
            int count = (int) Math.min(length, content.length - offset);
            ByteBuffer space = sink.space(count);
            space.put(content, (int) offset, count);
        }
    }

    /** Data and holes in units of 4 KiB: a block of zeros is a hole. */
    @Override
    public long lseek(long id, long handle, long offset, int whence) throws FsException {
        byte[] content = get(id).content;
        if (offset < 0 || offset >= content.length) {
            throw new FsException(Errno.ENXIO);
        }
        for (long at = offset; at < content.length; at = (at / 4096 + 1) * 4096) {
            boolean hole = true;
            for (int i = (int) (at / 4096 * 4096); i < Math.min(content.length, (at / 4096 + 1) * 4096); i++) {
                hole &= content[i] == 0;
            }
            if (hole == (whence == 4)) {
                return at;
            }
        }
        if (whence == 4) {
            return content.length;
        }
        throw new FsException(Errno.ENXIO);
    }

    @Override
    public void readdir(long id, long cookie, DirectorySink sink) throws FsException {
        listings.incrementAndGet();
        Inode directory = directory(id);
        if (cookie == 0 && !sink.entry(Name.DOT, 0, id, Mode.S_IFDIR, 1)) {
            return;
        }
        if (cookie <= 1 && !sink.entry(Name.DOT_DOT, 0, directory.parent.id, Mode.S_IFDIR, 2)) {
            return;
        }
        long next = 2;
        for (Map.Entry<Name, Inode> entry : directory.children.entrySet()) {
            next++;
            Inode child = entry.getValue();
            if (next > cookie) {
                listed.incrementAndGet();
                if (!sink.entry(entry.getKey(), child.id, child.id, Mode.type(child.mode), next)) {
                    return;
                }
            }
        }
    }

    @Override
    public byte[] getxattr(long id, Name name) throws FsException {
        byte[] value = get(id).xattrs.get(name);
        if (value == null) {
            throw new FsException(Errno.ENODATA);
        }
        return value;
    }

    @Override
    public List<Name> listxattr(long id) throws FsException {
        return List.copyOf(get(id).xattrs.keySet());
    }

    @Override
    public void fill(PageCache kernel) {
        pages = kernel;
    }

    @Override
    public Capacity statfs() {
        return new Capacity(4096, 0, 0, 0, inodes.size(), 0);
    }

    @Override
    public void close() {}
}
