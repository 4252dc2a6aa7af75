package liveroot.fs;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A tree in memory that keeps the whole contract, for tests of what stands on it: by default one that can be written to,
 * after {@link #freeze} one that never changes. It counts the lookups that it handed out and did not get back, and the
 * handles that are open, so that a test can see whether its user gives everything back. A block of zeros counts as a hole.
 * One lock, no speed. Tests that need a tree with a fault or a trait of its own override an operation.
 */
public class MemoryTree implements FileTree {

    private static final int BLOCK = 4096;
    private static final int O_ACCMODE = 3;
    private static final int O_TRUNC = 01000;
    private static final int FALLOC_FL_PUNCH_HOLE_KEEP_SIZE = 3;
    private static final int SEEK_DATA = 3;
    private static final int XATTR_CREATE = 1;
    private static final int XATTR_REPLACE = 2;

    private static final class Inode {
        final long id;
        int mode;
        int nlink = 1;
        int uid;
        int gid;
        int rdev;
        /** The first {@code size} bytes count, those behind them are zeros. */
        byte[] data = new byte[0];

        int size;
        Instant atime = Instant.EPOCH;
        Instant mtime = Instant.EPOCH;
        Instant ctime = Instant.EPOCH;
        final Map<Name, byte[]> xattrs = new TreeMap<>();

        /** Of a directory; the order is that of making, and the cookie of an entry is never used again. */
        final Map<Name, Entry> entries = new LinkedHashMap<>();

        Inode parent;
        long lastCookie = 2;

        Inode(long id, int mode) {
            this.id = id;
            this.mode = mode;
        }

        void content(byte[] bytes) {
            data = bytes.clone();
            size = bytes.length;
        }
    }

    private record Entry(Inode inode, long cookie) {}

    private final Map<Long, Inode> inodes = new HashMap<>();
    private final Map<Long, Long> lookups = new HashMap<>();
    private final Map<Long, Inode> handles = new HashMap<>();
    private long lastId = ROOT;
    private long lastHandle;
    private boolean readOnly;
    private long capacity = 64L << 20;

    public MemoryTree() {
        Inode root = new Inode(ROOT, Mode.S_IFDIR | 0755);
        root.nlink = 2;
        root.parent = root;
        inodes.put(ROOT, root);
    }

    // What tests build trees with, and look at them with

    /** Ends all change. */
    public synchronized MemoryTree freeze() {
        readOnly = true;
        return this;
    }

    /** Bytes of file data that there is room for. */
    public synchronized MemoryTree capacity(long bytes) {
        capacity = bytes;
        return this;
    }

    /** Makes a directory, and those above it. */
    public MemoryTree directory(String path) throws FsException {
        make(path, Mode.S_IFDIR | 0755);
        return this;
    }

    public MemoryTree file(String path, String text) throws FsException {
        return file(path, text.getBytes(StandardCharsets.UTF_8));
    }

    public synchronized MemoryTree file(String path, byte[] data) throws FsException {
        make(path, Mode.S_IFREG | 0644).content(data);
        return this;
    }

    public synchronized MemoryTree symlink(String path, String target) throws FsException {
        make(path, Mode.S_IFLNK | 0777).content(target.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    public synchronized MemoryTree device(String path, int mode, int rdev) throws FsException {
        make(path, mode).rdev = rdev;
        return this;
    }

    /** One more name for what is at {@code path}. */
    public synchronized MemoryTree hardLink(String path, String newPath) throws FsException {
        int slash = newPath.lastIndexOf('/');
        put(
                make(newPath.substring(0, slash), Mode.S_IFDIR | 0755),
                Name.of(newPath.substring(slash + 1)),
                make(path, 0));
        make(path, 0).nlink++;
        return this;
    }

    public synchronized MemoryTree xattr(String path, String name, String value) throws FsException {
        make(path, 0).xattrs.put(Name.of(name), value.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    /** A file whose name is any bytes. */
    public synchronized MemoryTree file(String directory, Name name, byte[] data) throws FsException {
        Inode inode = fresh(Mode.S_IFREG | 0644);
        inode.content(data);
        put(make(directory, Mode.S_IFDIR | 0755), name, inode);
        return this;
    }

    public synchronized void owner(String path, int uid, int gid) throws FsException {
        Inode inode = make(path, 0);
        inode.uid = uid;
        inode.gid = gid;
    }

    private synchronized Inode make(String path, int mode) throws FsException {
        Inode at = inodes.get(ROOT);
        String[] names =
                Arrays.stream(path.split("/", -1)).filter(n -> !n.isEmpty()).toArray(String[]::new);
        for (int i = 0; i < names.length; i++) {
            Entry entry = at.entries.get(Name.of(names[i]));
            if (entry == null) {
                Inode inode = fresh(i < names.length - 1 ? Mode.S_IFDIR | 0755 : mode);
                put(at, Name.of(names[i]), inode);
                at = inode;
            } else {
                at = entry.inode;
            }
        }
        return at;
    }

    /** Lookups handed out and not given back. */
    public synchronized long lookupsHeld() {
        return lookups.values().stream().mapToLong(Long::longValue).sum();
    }

    public synchronized int handlesOpen() {
        return handles.size();
    }

    /** Bytes of a file, as the tree has them. */
    public synchronized byte[] content(String path) throws FsException {
        Inode inode = make(path, 0);
        return Arrays.copyOf(inode.data, inode.size);
    }

    /** Inodes in memory, named or not. */
    public synchronized int inodeCount() {
        return inodes.size();
    }

    // The contract

    @Override
    public boolean isReadOnly() {
        return readOnly;
    }

    private Inode inode(long id) throws FsException {
        Inode inode = inodes.get(id);
        if (inode == null) {
            throw new FsException(Errno.ESTALE);
        }
        return inode;
    }

    private Inode directory(long id) throws FsException {
        Inode inode = inode(id);
        if (!Mode.isDirectory(inode.mode)) {
            throw new FsException(Errno.ENOTDIR);
        }
        return inode;
    }

    private Inode regular(long id) throws FsException {
        Inode inode = inode(id);
        if (Mode.isDirectory(inode.mode)) {
            throw new FsException(Errno.EISDIR);
        }
        if (!Mode.isRegular(inode.mode)) {
            throw new FsException(Errno.EINVAL);
        }
        return inode;
    }

    private void changing() throws FsException {
        if (readOnly) {
            throw new FsException(Errno.EROFS);
        }
    }

    private Entry entry(Inode parent, Name name) throws FsException {
        if (name.length() > Name.MAX_LENGTH) {
            throw new FsException(Errno.ENAMETOOLONG);
        }
        Entry entry = parent.entries.get(name);
        if (entry == null) {
            throw new FsException(Errno.ENOENT);
        }
        return entry;
    }

    private Inode free(long parent, Name name) throws FsException {
        changing();
        Inode directory = directory(parent);
        if (directory.nlink == 0) {
            throw new FsException(Errno.ENOENT);
        }
        if (name.length() > Name.MAX_LENGTH) {
            throw new FsException(Errno.ENAMETOOLONG);
        }
        if (directory.entries.containsKey(name)) {
            throw new FsException(Errno.EEXIST);
        }
        return directory;
    }

    private Inode fresh(int mode) {
        Inode inode = new Inode(++lastId, mode);
        if (Mode.isDirectory(mode)) {
            inode.nlink = 2;
        }
        inodes.put(inode.id, inode);
        return inode;
    }

    private static void put(Inode parent, Name name, Inode inode) {
        parent.entries.put(name, new Entry(inode, ++parent.lastCookie));
        if (Mode.isDirectory(inode.mode)) {
            inode.parent = parent;
            parent.nlink++;
        }
    }

    private static void take(Inode parent, Name name) {
        Inode inode = parent.entries.remove(name).inode;
        if (Mode.isDirectory(inode.mode)) {
            parent.nlink--;
        }
    }

    private static void touch(Inode inode) {
        inode.mtime = Instant.now();
        inode.ctime = inode.mtime;
    }

    private Node handedOut(Inode inode) {
        if (!readOnly) {
            lookups.merge(inode.id, 1L, Long::sum);
        }
        return new Node(inode.id, attributes(inode));
    }

    private static Attributes attributes(Inode i) {
        return new Attributes(
                i.id,
                i.mode,
                i.nlink,
                i.uid,
                i.gid,
                i.rdev,
                i.size,
                (i.size + 511) / 512,
                BLOCK,
                i.atime.getEpochSecond(),
                i.atime.getNano(),
                i.mtime.getEpochSecond(),
                i.mtime.getNano(),
                i.ctime.getEpochSecond(),
                i.ctime.getNano());
    }

    private void dropIfGone(Inode inode) {
        if (inode.nlink == 0 && !lookups.containsKey(inode.id) && !handles.containsValue(inode)) {
            inodes.remove(inode.id);
        }
    }

    @Override
    public synchronized Node lookup(long parent, Name name) throws FsException {
        return handedOut(entry(directory(parent), name).inode);
    }

    @Override
    public synchronized Node reference(long id) throws FsException {
        if (!inodes.containsKey(id)) {
            throw new FsException(Errno.ENOENT);
        }
        return handedOut(inode(id));
    }

    @Override
    public synchronized void forget(long id, long count) {
        if (readOnly) {
            return;
        }
        long left = lookups.getOrDefault(id, 0L) - count;
        if (left < 0) {
            throw new IllegalStateException("inode " + id + " is forgotten more often than it was looked up");
        }
        if (left == 0) {
            lookups.remove(id);
            dropIfGone(inodes.get(id));
        } else {
            lookups.put(id, left);
        }
    }

    @Override
    public synchronized Attributes getattr(long id) throws FsException {
        return attributes(inode(id));
    }

    @Override
    public synchronized Attributes setattr(long id, long handle, AttributeChange change, Caller caller)
            throws FsException {
        changing();
        Inode inode = inode(id);
        Instant now = Instant.now();
        if (change.has(AttributeChange.SIZE)) {
            resize(regular(id), change.size());
            inode.mtime = now;
        }
        if (change.has(AttributeChange.MODE)) {
            inode.mode = Mode.type(inode.mode) | (change.mode() & ~Mode.S_IFMT);
        }
        if (change.has(AttributeChange.UID)) {
            inode.uid = change.uid();
        }
        if (change.has(AttributeChange.GID)) {
            inode.gid = change.gid();
        }
        if (change.has(AttributeChange.ATIME)) {
            inode.atime = change.has(AttributeChange.ATIME_NOW)
                    ? now
                    : Instant.ofEpochSecond(change.atime(), change.atimeNanos());
        }
        if (change.has(AttributeChange.MTIME)) {
            inode.mtime = change.has(AttributeChange.MTIME_NOW)
                    ? now
                    : Instant.ofEpochSecond(change.mtime(), change.mtimeNanos());
        }
        inode.ctime = now;
        return attributes(inode);
    }

    private void resize(Inode inode, long size) throws FsException {
        long others = inodes.values().stream().mapToLong(i -> i.size).sum() - inode.size;
        if (size > Integer.MAX_VALUE - 8) {
            throw new FsException(Errno.EFBIG);
        }
        if (others + size > capacity) {
            throw new FsException(Errno.ENOSPC);
        }
        if (size < inode.size) {
            Arrays.fill(inode.data, (int) size, inode.size, (byte) 0);
        } else if (size > inode.data.length) {
            inode.data =
                    Arrays.copyOf(inode.data, (int) Math.min(Math.max(size, 2L * inode.size), Integer.MAX_VALUE - 8));
        }
        inode.size = (int) size;
    }

    @Override
    public synchronized byte[] readlink(long id) throws FsException {
        Inode inode = inode(id);
        if (!Mode.isSymlink(inode.mode)) {
            throw new FsException(Errno.EINVAL);
        }
        return Arrays.copyOf(inode.data, inode.size);
    }

    private Inode made(Inode parent, Name name, int mode, Caller caller) {
        Inode inode = fresh(mode & ~caller.umask());
        inode.uid = caller.uid();
        inode.gid = (parent.mode & Mode.S_ISGID) != 0 ? parent.gid : caller.gid();
        touch(inode);
        inode.atime = inode.mtime;
        put(parent, name, inode);
        touch(parent);
        return inode;
    }

    @Override
    public synchronized Node mknod(long parent, Name name, int mode, int rdev, Caller caller) throws FsException {
        Inode inode = made(free(parent, name), name, mode, caller);
        inode.rdev = rdev;
        return handedOut(inode);
    }

    @Override
    public synchronized Node mkdir(long parent, Name name, int mode, Caller caller) throws FsException {
        return handedOut(made(free(parent, name), name, Mode.S_IFDIR | (mode & ~Mode.S_IFMT), caller));
    }

    @Override
    public synchronized Node symlink(long parent, Name name, byte[] target, Caller caller) throws FsException {
        Inode inode = made(free(parent, name), name, Mode.S_IFLNK | 0777, caller);
        inode.mode = Mode.S_IFLNK | 0777;
        inode.content(target);
        return handedOut(inode);
    }

    @Override
    public synchronized Node link(long id, long newParent, Name newName) throws FsException {
        Inode parent = free(newParent, newName);
        Inode inode = inode(id);
        if (Mode.isDirectory(inode.mode)) {
            throw new FsException(Errno.EPERM);
        }
        put(parent, newName, inode);
        inode.nlink++;
        inode.ctime = Instant.now();
        touch(parent);
        return handedOut(inode);
    }

    @Override
    public synchronized void unlink(long parent, Name name) throws FsException {
        changing();
        Inode directory = directory(parent);
        Inode inode = entry(directory, name).inode;
        if (Mode.isDirectory(inode.mode)) {
            throw new FsException(Errno.EISDIR);
        }
        take(directory, name);
        inode.nlink--;
        inode.ctime = Instant.now();
        touch(directory);
        dropIfGone(inode);
    }

    @Override
    public synchronized void rmdir(long parent, Name name) throws FsException {
        changing();
        Inode directory = directory(parent);
        Inode inode = entry(directory, name).inode;
        removable(inode);
        take(directory, name);
        inode.nlink = 0;
        touch(directory);
        dropIfGone(inode);
    }

    private static void removable(Inode directory) throws FsException {
        if (!Mode.isDirectory(directory.mode)) {
            throw new FsException(Errno.ENOTDIR);
        }
        if (!directory.entries.isEmpty()) {
            throw new FsException(Errno.ENOTEMPTY);
        }
    }

    @Override
    public synchronized void rename(long parent, Name name, long newParent, Name newName, int flags)
            throws FsException {
        changing();
        if (flags != 0 && flags != RENAME_NOREPLACE && flags != RENAME_EXCHANGE && flags != RENAME_WHITEOUT) {
            throw new FsException(Errno.EINVAL);
        }
        Inode from = directory(parent);
        Inode to = directory(newParent);
        Inode inode = entry(from, name).inode;
        if (flags == RENAME_EXCHANGE) {
            exchange(from, name, to, newName);
            return;
        }
        for (Inode above = to; ; above = above.parent) {
            if (above == inode) {
                throw new FsException(Errno.EINVAL);
            }
            if (above.id == ROOT) {
                break;
            }
        }
        Entry replaced = to.entries.get(newName);
        if (replaced != null) {
            if (flags == RENAME_NOREPLACE) {
                throw new FsException(Errno.EEXIST);
            }
            if (replaced.inode == inode) {
                return;
            }
            if (Mode.isDirectory(inode.mode)) {
                removable(replaced.inode);
            } else if (Mode.isDirectory(replaced.inode.mode)) {
                throw new FsException(Errno.EISDIR);
            }
            take(to, newName);
            replaced.inode.nlink = Mode.isDirectory(replaced.inode.mode) ? 0 : replaced.inode.nlink - 1;
            dropIfGone(replaced.inode);
        }
        take(from, name);
        put(to, newName, inode);
        if (flags == RENAME_WHITEOUT) {
            put(from, name, fresh(Mode.S_IFCHR));
        }
        touch(from);
        touch(to);
    }

    private static void exchange(Inode from, Name name, Inode to, Name newName) throws FsException {
        Entry one = from.entries.get(name);
        Entry other = to.entries.get(newName);
        if (other == null) {
            throw new FsException(Errno.ENOENT);
        }
        take(from, name);
        take(to, newName);
        put(from, name, other.inode);
        put(to, newName, one.inode);
        touch(from);
        touch(to);
    }

    private Opened opened(Inode inode) {
        if (readOnly) {
            return new Opened(0, -1);
        }
        handles.put(++lastHandle, inode);
        return new Opened(lastHandle, -1);
    }

    @Override
    public synchronized Opened open(long id, int flags, Caller caller) throws FsException {
        Inode inode = regular(id);
        if ((flags & O_ACCMODE) != 0 || (flags & O_TRUNC) != 0) {
            changing();
        }
        if ((flags & O_TRUNC) != 0) {
            resize(inode, 0);
            touch(inode);
        }
        return opened(inode);
    }

    @Override
    public synchronized Created create(long parent, Name name, int mode, int flags, Caller caller) throws FsException {
        Inode inode = made(free(parent, name), name, mode, caller);
        return new Created(handedOut(inode), opened(inode));
    }

    @Override
    public synchronized Created tmpfile(long parent, int mode, int flags, Caller caller) throws FsException {
        changing();
        directory(parent);
        Inode inode = fresh(mode & ~caller.umask());
        inode.nlink = 0;
        inode.uid = caller.uid();
        inode.gid = caller.gid();
        touch(inode);
        return new Created(handedOut(inode), opened(inode));
    }

    @Override
    public synchronized void read(long id, long handle, long offset, int length, ReadSink sink) throws FsException {
        Inode inode = regular(id);
        if (offset < inode.size) {
            int n = (int) Math.min(length, inode.size - offset);
            sink.space(n).put(inode.data, (int) offset, n);
        }
    }

    @Override
    public synchronized void write(long id, long handle, long offset, ByteBuffer data, int flags) throws FsException {
        changing();
        Inode inode = regular(id);
        long end = offset + data.remaining();
        if (end > inode.size) {
            resize(inode, end);
        }
        data.get(inode.data, (int) offset, data.remaining());
        touch(inode);
    }

    @Override
    public synchronized void release(long id, long handle) {
        if (!readOnly) {
            Inode inode = handles.remove(handle);
            if (inode == null) {
                throw new IllegalStateException("handle " + handle + " is released twice");
            }
            dropIfGone(inode);
        }
    }

    @Override
    public synchronized void fallocate(long id, long handle, long offset, long length, int mode) throws FsException {
        changing();
        Inode inode = regular(id);
        if (mode == FALLOC_FL_PUNCH_HOLE_KEEP_SIZE) {
            int end = (int) Math.min(inode.size, offset + length);
            if (offset < end) {
                Arrays.fill(inode.data, (int) offset, end, (byte) 0);
            }
        } else if (mode != 0) {
            throw new FsException(Errno.EOPNOTSUPP);
        } else if (offset + length > inode.size) {
            resize(inode, offset + length);
        }
    }

    @Override
    public synchronized long lseek(long id, long handle, long offset, int whence) throws FsException {
        Inode inode = regular(id);
        boolean data = whence == SEEK_DATA;
        for (long at = offset; at < inode.size; at = (at / BLOCK + 1) * BLOCK) {
            if (isHole(inode, at / BLOCK) != data) {
                return at;
            }
        }
        if (data || offset >= inode.size) {
            throw new FsException(Errno.ENXIO);
        }
        return inode.size;
    }

    private static boolean isHole(Inode inode, long block) {
        for (long i = block * BLOCK; i < Math.min(inode.size, (block + 1) * BLOCK); i++) {
            if (inode.data[(int) i] != 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public synchronized void readdir(long id, long cookie, DirectorySink sink) throws FsException {
        Inode directory = directory(id);
        if (cookie < 1 && !sink.entry(Name.DOT, 0, directory.id, Mode.S_IFDIR, 1)) {
            return;
        }
        Inode parent = directory.parent;
        if (cookie < 2 && !sink.entry(Name.DOT_DOT, 0, parent.id, Mode.S_IFDIR, 2)) {
            return;
        }
        for (Map.Entry<Name, Entry> entry : List.copyOf(directory.entries.entrySet())) {
            Inode inode = entry.getValue().inode;
            long next = entry.getValue().cookie;
            if (next > cookie && !sink.entry(entry.getKey(), inode.id, inode.id, Mode.type(inode.mode), next)) {
                return;
            }
        }
    }

    @Override
    public synchronized byte[] getxattr(long id, Name name) throws FsException {
        byte[] value = inode(id).xattrs.get(name);
        if (value == null) {
            throw new FsException(Errno.ENODATA);
        }
        return value.clone();
    }

    @Override
    public synchronized List<Name> listxattr(long id) throws FsException {
        return new ArrayList<>(inode(id).xattrs.keySet());
    }

    @Override
    public synchronized void setxattr(long id, Name name, byte[] value, int flags) throws FsException {
        changing();
        Map<Name, byte[]> xattrs = inode(id).xattrs;
        if (flags == XATTR_CREATE && xattrs.containsKey(name)) {
            throw new FsException(Errno.EEXIST);
        }
        if (flags == XATTR_REPLACE && !xattrs.containsKey(name)) {
            throw new FsException(Errno.ENODATA);
        }
        xattrs.put(name, value.clone());
    }

    @Override
    public synchronized void removexattr(long id, Name name) throws FsException {
        changing();
        if (inode(id).xattrs.remove(name) == null) {
            throw new FsException(Errno.ENODATA);
        }
    }

    @Override
    public synchronized Capacity statfs() {
        long used = inodes.values().stream().mapToLong(i -> i.size).sum();
        long free = readOnly ? 0 : (capacity - used) / BLOCK;
        return new Capacity(BLOCK, capacity / BLOCK, free, free, inodes.size() + 1000L, readOnly ? 0 : 1000);
    }

    @Override
    public void close() {}
}
