package liveroot.fs.sys;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A directory of the host, and what lies below it, reached from one descriptor by openat2(2): whatever is mounted over
 * it, moved or renamed above it, and whatever symlinks are in it, nothing else is reached.
 *
 * <p>Where this process may, the descriptor is of a mount of its own (open_tree(2)) that is read-only and noatime, so that
 * the kernel itself sees to it that nothing is written, access times included, and that holds nothing but this one file
 * system. Otherwise it is the directory as it is, read with O_NOATIME where that is allowed.
 *
 * <p>Answers of ints are as those of {@link Libc}. Paths are bytes, relative, and empty for the directory itself.
 */
public final class HostDirectory implements Closeable {

    // linux/openat2.h
    private static final long RESOLVE_NO_XDEV = 1;
    private static final long RESOLVE_NO_MAGICLINKS = 2;
    private static final long RESOLVE_NO_SYMLINKS = 4;
    private static final long RESOLVE_BENEATH = 8;
    private static final long RESOLVE_IN_ROOT = 0x10;
    private static final long RESOLVE = RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH;

    /** PATH_MAX of limits.h, with its NUL. */
    private static final int LONGEST_PATH = 4096;

    /** XATTR_SIZE_MAX and XATTR_LIST_MAX of linux/limits.h. */
    private static final int LONGEST_VALUE = 65536;

    // struct statx
    private static final int STATX = 256;
    private static final int BASIC_STATS = 0x7ff;

    private static final int HOW = 3 * Long.BYTES;

    private static final int EPERM = 1;
    private static final int ENAMETOOLONG = 36;

    private static final byte[] NONE = {};

    private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

    /** Memory for one call: an open_how, a statx, a path and a value. */
    private static final class Scratch {

        final ByteBuffer memory = NativeMemory.allocate(HOW + STATX + LONGEST_PATH + LONGEST_VALUE);
        final long address = NativeMemory.address(memory);

        long statx() {
            return address + HOW;
        }

        /** A string for C, of at most {@link #LONGEST_PATH} bytes. */
        long path(byte[] bytes, int from, int to) {
            int at = HOW + STATX;
            memory.put(at, bytes, from, to - from).put(at + to - from, (byte) 0);
            return address + at;
        }

        long value() {
            return address + HOW + STATX + LONGEST_PATH;
        }

        byte[] value(int length) {
            byte[] value = new byte[length];
            memory.get(HOW + STATX + LONGEST_PATH, value);
            return value;
        }
    }

    /**
     * What statx(2) tells of a file.
     *
     * @param rdev in the kernel's 32-bit form
     * @param device "major:minor" as one number, the major in the upper half
     */
    public record Stat(
            long ino,
            int mode,
            int nlink,
            int uid,
            int gid,
            int rdev,
            long size,
            long blocks,
            int blockSize,
            long atime,
            int atimeNanos,
            long mtime,
            int mtimeNanos,
            long ctime,
            int ctimeNanos,
            long device) {

        /** "major:minor", as mount tables have it. */
        public String deviceName() {
            return (device >>> 32) + ":" + (int) device;
        }

        private static Stat of(ByteBuffer memory) {
            ByteBuffer m = memory.slice(HOW, STATX).order(ByteOrder.nativeOrder());
            int major = m.getInt(128);
            int minor = m.getInt(132);
            return new Stat(
                    m.getLong(32),
                    m.getShort(28) & 0xffff,
                    m.getInt(16),
                    m.getInt(20),
                    m.getInt(24),
                    (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12),
                    m.getLong(40),
                    m.getLong(48),
                    m.getInt(4),
                    m.getLong(64),
                    m.getInt(72),
                    m.getLong(112),
                    m.getInt(120),
                    m.getLong(96),
                    m.getInt(104),
                    ((long) m.getInt(136) << 32) | Integer.toUnsignedLong(m.getInt(140)));
        }
    }

    private final int root;
    private final String notSealed;

    private HostDirectory(int root, String notSealed) {
        this.root = root;
        this.notSealed = notSealed;
    }

    /**
     * The directory that is there now.
     *
     * @param path absolute; symlinks are followed
     */
    public static HostDirectory open(String path) throws IOException {
        int fd = Libc.open(path, Libc.O_PATH | Libc.O_DIRECTORY, 0);
        if (fd < 0) {
            throw new IOException(path + " cannot be opened: " + Libc.error(-fd));
        }
        int own = MountCalls.cloneOf(fd);
        int sealed = own < 0 ? own : MountCalls.seal(own);
        if (sealed < 0) {
            if (own >= 0) {
                Libc.close(own);
            }
            return new HostDirectory(fd, Libc.error(-sealed));
        }
        Libc.close(fd);
        return new HostDirectory(own, null);
    }

    /**
     * Where a path leads, resolved as a process would whose root is {@code root}: symlinks and ".." stay in there.
     *
     * @param path with or without a '/' in front
     * @return absolute, without symlinks, as this process sees it
     * @throws Failure ENOENT, ENOTDIR, EACCES, ELOOP ..., also ENOTDIR if it is no directory
     */
    public static String resolve(String root, String path) throws Failure {
        int top = Failure.check(Libc.open(root, Libc.O_PATH | Libc.O_DIRECTORY, 0));
        int fd = -1;
        try {
            Scratch scratch = SCRATCH.get();
            scratch.memory
                    .putLong(0, Libc.O_PATH | Libc.O_DIRECTORY | Libc.O_CLOEXEC)
                    .putLong(8, 0)
                    .putLong(16, RESOLVE_IN_ROOT);
            byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
            if (bytes.length >= LONGEST_PATH) {
                throw new Failure(ENAMETOOLONG);
            }
            fd = Failure.check(Libc.openat2(top, scratch.path(bytes, 0, bytes.length), scratch.address));
            byte[] link = new byte[PROC.length + 12];
            long address = scratch.path(link, 0, procPath(fd, link, 0));
            int length = Failure.check(Libc.call("readlink", address, scratch.value(), LONGEST_PATH));
            return new String(scratch.value(length), StandardCharsets.UTF_8);
        } finally {
            Libc.close(top);
            if (fd >= 0) {
                Libc.close(fd);
            }
        }
    }

    /** Why the kernel does not see to it that nothing is written, null if it does. */
    public String notSealed() {
        return notSealed;
    }

    /**
     * Opens what lies at a path. A symlink is opened itself, with O_PATH.
     *
     * @return the descriptor
     */
    public int open(byte[] path, int flags) {
        int from = 0;
        int directory = root;
        try {
            // What is deeper than a path can say is reached in steps.
            while (path.length - from >= LONGEST_PATH) {
                int end = from + LONGEST_PATH - 1;
                while (path[end] != '/') {
                    if (--end == from) {
                        return -ENAMETOOLONG;
                    }
                }
                int next = openAt(directory, path, from, end, Libc.O_PATH | Libc.O_DIRECTORY);
                if (next < 0) {
                    return next;
                }
                if (directory != root) {
                    Libc.close(directory);
                }
                directory = next;
                from = end + 1;
            }
            if ((flags & Libc.O_PATH) != 0 || notSealed == null) {
                return openAt(directory, path, from, path.length, flags);
            }
            int fd = openAt(directory, path, from, path.length, flags | Libc.O_NOATIME);
            return fd == -EPERM ? openAt(directory, path, from, path.length, flags) : fd;
        } finally {
            if (directory != root) {
                Libc.close(directory);
            }
        }
    }

    private static int openAt(int directory, byte[] path, int from, int to, int flags) {
        Scratch scratch = SCRATCH.get();
        scratch.memory
                .putLong(0, flags | Libc.O_CLOEXEC | Libc.O_NOFOLLOW)
                .putLong(8, 0)
                .putLong(16, RESOLVE);
        long name = from == to ? scratch.path(new byte[] {'.'}, 0, 1) : scratch.path(path, from, to);
        return Libc.openat2(directory, name, scratch.address);
    }

    /** @throws Failure as Libc answers */
    public static Stat stat(int fd) throws Failure {
        Scratch scratch = SCRATCH.get();
        long empty = scratch.path(NONE, 0, 0);
        Failure.check(Libc.statx(fd, empty, BASIC_STATS, scratch.statx()));
        return Stat.of(scratch.memory);
    }

    /** Of a name in a directory; a symlink itself. */
    public static Stat stat(int directory, byte[] name) throws Failure {
        Scratch scratch = SCRATCH.get();
        long path = scratch.path(name, 0, name.length);
        Failure.check(Libc.statxAt(directory, path, BASIC_STATS, scratch.statx()));
        return Stat.of(scratch.memory);
    }

    /** Target of a symlink that was opened with O_PATH. */
    public static byte[] readlink(int fd) throws Failure {
        Scratch scratch = SCRATCH.get();
        long empty = scratch.path(NONE, 0, 0);
        return scratch.value(Failure.check(Libc.call("readlinkat", fd, empty, scratch.value(), LONGEST_PATH)));
    }

    /** Value of an extended attribute of a file that was opened with O_PATH, whatever its type. */
    public static byte[] getxattr(int fd, byte[] name) throws Failure {
        Scratch scratch = SCRATCH.get();
        if (name.length > 255) {
            throw new Failure(34);
        }
        byte[] both = Arrays.copyOf(name, name.length + 1 + PROC.length + 12);
        int path = name.length + 1;
        int end = procPath(fd, both, path);
        long address = scratch.path(both, 0, end);
        return scratch.value(
                Failure.check(Libc.call("getxattr", address + path, address, scratch.value(), LONGEST_VALUE)));
    }

    /** Names of extended attributes, each with a NUL behind it. */
    public static byte[] listxattr(int fd) throws Failure {
        Scratch scratch = SCRATCH.get();
        byte[] path = new byte[PROC.length + 12];
        long address = scratch.path(path, 0, procPath(fd, path, 0));
        return scratch.value(Failure.check(Libc.call("listxattr", address, scratch.value(), LONGEST_VALUE)));
    }

    private static final byte[] PROC = "/proc/self/fd/".getBytes(StandardCharsets.US_ASCII);

    /** fgetxattr(2) does not take descriptors of O_PATH; their magic links lead to the very file, symlinks too. */
    private static int procPath(int fd, byte[] into, int at) {
        byte[] number = Integer.toString(fd).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(PROC, 0, into, at, PROC.length);
        System.arraycopy(number, 0, into, at + PROC.length, number.length);
        return at + PROC.length + number.length;
    }

    /** Reads entries of an open directory: struct linux_dirent64. @return bytes, 0 at the end */
    public static int readdir(int fd, ByteBuffer into) throws Failure {
        return Failure.check((int) Libc.getdents(fd, NativeMemory.address(into), into.capacity()));
    }

    /**
     * What statfs(2) tells.
     *
     * @param files inodes, 0 if the file system does not count them
     */
    public record Space(int blockSize, long blocks, long free, long available, long files, long filesFree) {}

    public Space space() throws Failure {
        Scratch scratch = SCRATCH.get();
        Failure.check(Libc.fstatfs(root, scratch.statx()));
        // struct statfs: type, bsize, blocks, bfree, bavail, files, ffree
        ByteBuffer m = scratch.memory;
        return new Space(
                (int) m.getLong(HOW + 8),
                m.getLong(HOW + 16),
                m.getLong(HOW + 24),
                m.getLong(HOW + 32),
                m.getLong(HOW + 40),
                m.getLong(HOW + 48));
    }

    @Override
    public void close() {
        Libc.close(root);
    }
}
