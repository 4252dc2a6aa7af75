package liveroot.fs.sys;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;

/**
 * A tmpfs that is in no one's mount table: it is reached by its descriptor alone, and ends with it. Its files have
 * numbers for names, in one directory.
 *
 * <p>fsopen(2), fsconfig(2) and fsmount(2) are of Linux 5.2, noswap is of 6.4; what tmpfs does with them is in mm/shmem.c.
 * Answers of ints are as those of {@link Libc}: negative for an error.
 */
public final class Tmpfs implements Closeable {

    // The same numbers on all architectures (asm-generic/unistd.h).
    private static final int FSOPEN = 430;
    private static final int FSCONFIG = 431;
    private static final int FSMOUNT = 432;
    private static final int FSPICK = 433;

    // linux/mount.h
    private static final int FSOPEN_CLOEXEC = 1;
    private static final int FSMOUNT_CLOEXEC = 1;
    private static final int FSPICK_CLOEXEC = 1;
    private static final int FSPICK_EMPTY_PATH = 8;
    private static final int FSCONFIG_SET_FLAG = 0;
    private static final int FSCONFIG_SET_STRING = 1;
    private static final int FSCONFIG_CMD_CREATE = 6;
    private static final int FSCONFIG_CMD_RECONFIGURE = 7;
    private static final int MOUNT_ATTR_NOSUID = 2;
    private static final int MOUNT_ATTR_NODEV = 4;
    private static final int MOUNT_ATTR_NOATIME = 0x10;

    // struct statfs of 64-bit Linux: type, bsize, blocks, bfree ...
    private static final int STATFS = 120;
    private static final int STATFS_BLOCKS = 16;
    private static final int STATFS_BFREE = 24;

    // struct statx
    private static final int STATX = 256;
    private static final int STATX_SIZE = 40;
    private static final int STATX_BLOCKS = 48;
    private static final int STATX_ATIME = 64;
    private static final int STATX_CTIME = 96;
    private static final int STATX_MTIME = 112;
    private static final int STATX_TIMES_SIZE_BLOCKS = 0x20 | 0x40 | 0x80 | 0x200 | 0x400;

    private static final int NAME = 24;

    /** Nanoseconds that mean that a time stays (sys/stat.h). */
    private static final long UTIME_OMIT = (1L << 30) - 2;

    private static final int CLOCK_REALTIME_COARSE = 5;

    private static final int EMFILE = 24;

    /** Descriptors of our files; what is above is for sockets, logs and the like. */
    private static final long MOST_DESCRIPTORS;

    private static final long MOST_SPARED;

    static {
        long limit = Libc.descriptorLimit();
        MOST_DESCRIPTORS = limit - Math.min(32, limit / 4);
        MOST_SPARED = MOST_DESCRIPTORS - Math.min(64, limit / 4);
    }

    /** An empty name, a name, a struct statx and a struct statfs. */
    private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

    private static final class Scratch {

        final ByteBuffer memory =
                ByteBuffer.allocateDirect(NAME + STATX + STATFS).order(ByteOrder.nativeOrder());
        final long address = NativeMemory.address(memory);

        /** Address of the empty string behind the longest name. */
        long empty() {
            return address + NAME - 1;
        }

        /** Address of a number in decimal. */
        long name(long number) {
            int at = NAME - 2;
            long rest = number;
            do {
                memory.put(--at, (byte) ('0' + rest % 10));
                rest /= 10;
            } while (rest != 0);
            memory.put(NAME - 2, (byte) 0);
            return address + at;
        }
    }

    /** By which its size is changed; negative if a new one has to be had. */
    private int context;

    private final int root;

    private Tmpfs(int context, int root) {
        this.context = context;
        this.root = root;
    }

    /**
     * Makes one.
     *
     * @param bytes that its files may have, a multiple of the page size and not 0
     * @param noatime whether reading leaves access times alone; otherwise it is as with relatime
     * @throws IOException if this process may not, or the kernel does not know how
     */
    public static Tmpfs mount(long bytes, boolean noatime) throws IOException {
        // A client's writes are limited by what the client may: what comes to the daemon has been checked by the
        // kernel.
        require(Libc.liftFileSizeLimit(), "setrlimit RLIMIT_FSIZE");
        int context;
        try (Libc.CString type = new Libc.CString("tmpfs")) {
            context = (int) Libc.syscall(FSOPEN, type.address(), FSOPEN_CLOEXEC);
        }
        require(context, "fsopen");
        try {
            require(set(context, "size", Long.toString(bytes)), "size=" + bytes);
            require(set(context, "nr_inodes", "0"), "nr_inodes=0");
            require(set(context, "mode", "700"), "mode=700");
            // A page that fallocate(2) reserved comes back from swap as data of zeros, where a hole has to be seen.
            require(flag(context, "noswap"), "noswap");
            // Pages, not huge ones, so that the size is exact. A kernel without huge pages does not know the word.
            set(context, "huge", "never");
            require(command(context, FSCONFIG_CMD_CREATE), "fsconfig");
            long attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | (noatime ? MOUNT_ATTR_NOATIME : 0);
            int root = (int) Libc.syscall(FSMOUNT, context, FSMOUNT_CLOEXEC, attributes);
            require(root, "fsmount");
            return new Tmpfs(context, root);
        } catch (IOException e) {
            Libc.close(context);
            throw e;
        }
    }

    private static void require(int result, String what) throws IOException {
        if (result < 0) {
            throw new IOException("no tmpfs can be made (" + what + "): " + Libc.error(-result));
        }
    }

    private static int set(int context, String key, String value) {
        try (Libc.CString k = new Libc.CString(key);
                Libc.CString v = new Libc.CString(value)) {
            return (int) Libc.syscall(FSCONFIG, context, FSCONFIG_SET_STRING, k.address(), v.address(), 0);
        }
    }

    private static int flag(int context, String key) {
        try (Libc.CString k = new Libc.CString(key)) {
            return (int) Libc.syscall(FSCONFIG, context, FSCONFIG_SET_FLAG, k.address(), 0, 0);
        }
    }

    private static int command(int context, int command) {
        return (int) Libc.syscall(FSCONFIG, context, command, 0, 0, 0);
    }

    /** Changes its size, see {@link #mount}. Fails with EINVAL if more is in use. One thread at a time. */
    public int resize(long bytes) {
        if (context < 0) {
            try (Libc.CString here = new Libc.CString("")) {
                context = (int) Libc.syscall(FSPICK, root, here.address(), FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
            }
            if (context < 0) {
                return context;
            }
        }
        int result = set(context, "size", Long.toString(bytes));
        if (result >= 0) {
            result = command(context, FSCONFIG_CMD_RECONFIGURE);
        }
        if (result < 0) {
            // A context that has failed takes nothing more (vfs_cmd_reconfigure of fs/fsopen.c).
            Libc.close(context);
            context = -1;
        }
        return result;
    }

    /** How many pages its files have. */
    public long usedPages() {
        Scratch scratch = SCRATCH.get();
        int at = NAME + STATX;
        int result = Libc.fstatfs(root, scratch.address + at);
        if (result < 0) {
            throw new IllegalStateException("statfs of a tmpfs: " + Libc.error(-result));
        }
        return scratch.memory.getLong(at + STATFS_BLOCKS) - scratch.memory.getLong(at + STATFS_BFREE);
    }

    /** Opens a file for reading and writing. @return its descriptor; EMFILE while there are some left for all else */
    public int open(long number, boolean create) {
        int flags = Libc.O_RDWR | (create ? Libc.O_CREAT | Libc.O_EXCL : 0);
        int fd = Libc.openat(root, SCRATCH.get().name(number), flags, 0600);
        // The kernel gives the lowest number that is free.
        if (fd >= MOST_DESCRIPTORS) {
            Libc.close(fd);
            if (create) {
                unlink(number);
            }
            return -EMFILE;
        }
        return fd;
    }

    /** Whether a file may stay open by this descriptor for long: some are left for those that are open for a request. */
    public static boolean maySpare(int fd) {
        return fd < MOST_SPARED;
    }

    public int unlink(long number) {
        return Libc.unlinkat(root, SCRATCH.get().name(number), 0);
    }

    /**
     * What is known of an open file.
     *
     * @param size bytes
     * @param blocks of 512 bytes
     */
    public record Stat(
            long size,
            long blocks,
            long atime,
            int atimeNanos,
            long mtime,
            int mtimeNanos,
            long ctime,
            int ctimeNanos) {}

    public static Stat stat(int fd) {
        Scratch scratch = SCRATCH.get();
        int result = Libc.statx(fd, scratch.empty(), STATX_TIMES_SIZE_BLOCKS, scratch.address + NAME);
        if (result < 0) {
            throw new IllegalStateException("statx of a file in a tmpfs: " + Libc.error(-result));
        }
        ByteBuffer m = scratch.memory;
        return new Stat(
                m.getLong(NAME + STATX_SIZE),
                m.getLong(NAME + STATX_BLOCKS),
                m.getLong(NAME + STATX_ATIME),
                m.getInt(NAME + STATX_ATIME + 8),
                m.getLong(NAME + STATX_MTIME),
                m.getInt(NAME + STATX_MTIME + 8),
                m.getLong(NAME + STATX_CTIME),
                m.getInt(NAME + STATX_CTIME + 8));
    }

    /** Sets the access time of an open file to the beginning of time, so that relatime sets it at the next read. */
    public static int forgetAccess(int fd) {
        Scratch scratch = SCRATCH.get();
        // struct timespec[2]: atime, mtime.
        scratch.memory
                .putLong(NAME, 0)
                .putLong(NAME + 8, 0)
                .putLong(NAME + 16, 0)
                .putLong(NAME + 24, UTIME_OMIT);
        return Libc.call("futimens", fd, scratch.address + NAME);
    }

    /** The time that the kernel gives to a file that changes now, if no one has asked for its time just before. */
    public static Instant now() {
        Scratch scratch = SCRATCH.get();
        int result = Libc.clockGettime(CLOCK_REALTIME_COARSE, scratch.address + NAME);
        if (result < 0) {
            throw new IllegalStateException("clock_gettime: " + Libc.error(-result));
        }
        return Instant.ofEpochSecond(scratch.memory.getLong(NAME), scratch.memory.getLong(NAME + 8));
    }

    /** Ends it, once the last descriptor of its files is closed too. */
    @Override
    public void close() {
        Libc.close(root);
        if (context >= 0) {
            Libc.close(context);
        }
    }
}
