package liveroot.fs.sys;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.LastError;
import com.kenai.jffi.Library;
import com.kenai.jffi.MemoryIO;
import com.kenai.jffi.Type;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Functions of libc. Each answers its result, or the negative number of the error (-errno) where C answers -1.
 * Addresses are of {@link NativeMemory}.
 */
public final class Libc {

    public static final int O_RDONLY = 0;
    public static final int O_WRONLY = 1;
    public static final int O_RDWR = 2;
    public static final int O_ACCMODE = 3;
    public static final int O_CREAT = 0100;
    public static final int O_EXCL = 0200;
    public static final int O_TRUNC = 01000;
    public static final int O_APPEND = 02000;
    public static final int O_NONBLOCK = 04000;
    public static final int O_CLOEXEC = 02000000;

    /** O_DIRECTORY and O_NOFOLLOW have numbers of their own on arm64 (asm/fcntl.h). */
    public static final int O_DIRECTORY = System.getProperty("os.arch").equals("aarch64") ? 040000 : 0200000;

    public static final int O_NOFOLLOW = System.getProperty("os.arch").equals("aarch64") ? 0100000 : 0400000;
    public static final int O_NOATIME = 01000000;
    public static final int O_PATH = 010000000;

    /** Bytes of the longest path, with its NUL (limits.h). */
    public static final int PATH_MAX = 4096;

    public static final int MS_RDONLY = 1;
    public static final int MS_NOSUID = 2;
    public static final int MS_NODEV = 4;
    public static final int MS_NOEXEC = 8;
    public static final int MS_NOATIME = 1024;

    private static final int PROT_READ = 1;
    private static final int PROT_WRITE = 2;
    private static final int MAP_SHARED = 1;

    public static final int MNT_DETACH = 2;
    public static final int UMOUNT_NOFOLLOW = 8;

    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int AT_SYMLINK_NOFOLLOW = 0x100;
    private static final int AT_NO_AUTOMOUNT = 0x800;

    private static final int OPENAT2 = 437;
    private static final int IO_URING_ENTER = 426;
    private static final int GETDENTS64 = System.getProperty("os.arch").equals("aarch64") ? 61 : 217;

    /** Number of statx, which differs; that of the calls that came later is the same on all (asm-generic/unistd.h). */
    private static final int STATX = System.getProperty("os.arch").equals("aarch64") ? 291 : 332;

    public static final int EINTR = 4;
    public static final int EAGAIN = 11;
    public static final int ENOENT = 2;
    public static final int ENODEV = 19;

    private static final Invoker INVOKER = Invoker.getInstance();
    private static final MemoryIO MEMORY = MemoryIO.getInstance();
    private static final Library LIBC = Library.getDefault();

    // Every argument and result as a 64-bit word, which the calling conventions of x86-64 and arm64 Linux allow for
    // integers and pointers of any size, variadic functions included. Results of type int are cut to 32 bits.
    private static final CallContext[] WORDS = new CallContext[7];

    static {
        for (int n = 0; n < WORDS.length; n++) {
            Type[] parameters = new Type[n];
            Arrays.fill(parameters, Type.SINT64);
            WORDS[n] = CallContext.getCallContext(Type.SINT64, parameters, CallingConvention.DEFAULT, true);
        }
    }

    private static final long READ = symbol("read");
    private static final long WRITE = symbol("write");
    private static final long WRITEV = symbol("writev");
    private static final long PREAD = symbol("pread64");
    private static final long PWRITE = symbol("pwrite64");
    private static final long IOCTL = symbol("ioctl");
    private static final long CLOSE = symbol("close");
    private static final long POLL = symbol("poll");
    private static final long OPENAT = symbol("openat");
    private static final long UNLINKAT = symbol("unlinkat");
    private static final long FTRUNCATE = symbol("ftruncate64");
    private static final long FALLOCATE = symbol("fallocate64");
    private static final long LSEEK = symbol("lseek64");
    private static final long FSTATFS = symbol("fstatfs64");
    private static final long READAHEAD = symbol("readahead");
    private static final long SYSCALL = symbol("syscall");
    private static final long CLOCK_GETTIME = symbol("clock_gettime");

    private Libc() {}

    private static long symbol(String name) {
        long address = LIBC.getSymbolAddress(name);
        if (address == 0) {
            throw new UnsatisfiedLinkError("libc has no " + name);
        }
        return address;
    }

    private static long orErrno(long result) {
        return result == -1 ? -LastError.getInstance().get() : result;
    }

    private static int orErrnoInt(long result) {
        return (int) result == -1 ? -LastError.getInstance().get() : (int) result;
    }

    // Hot calls

    public static long read(int fd, long address, long length) {
        return orErrno(INVOKER.invokeL3(WORDS[3], READ, fd, address, length));
    }

    public static long write(int fd, long address, long length) {
        return orErrno(INVOKER.invokeL3(WORDS[3], WRITE, fd, address, length));
    }

    /** @param vectors address of {@code count} struct iovec: address u64, length u64 */
    public static long writev(int fd, long vectors, int count) {
        return orErrno(INVOKER.invokeL3(WORDS[3], WRITEV, fd, vectors, count));
    }

    public static long pread(int fd, long address, long length, long offset) {
        return orErrno(INVOKER.invokeL4(WORDS[4], PREAD, fd, address, length, offset));
    }

    /** readahead(2): has the kernel begin to read what is not in its page cache. */
    public static int readahead(int fd, long offset, long length) {
        return orErrnoInt(INVOKER.invokeL3(WORDS[3], READAHEAD, fd, offset, length));
    }

    public static long pwrite(int fd, long address, long length, long offset) {
        return orErrno(INVOKER.invokeL4(WORDS[4], PWRITE, fd, address, length, offset));
    }

    public static int ioctl(int fd, long request, long argument) {
        return orErrnoInt(INVOKER.invokeL3(WORDS[3], IOCTL, fd, request, argument));
    }

    public static int close(int fd) {
        return orErrnoInt(INVOKER.invokeL1(WORDS[1], CLOSE, fd));
    }

    /**
     * @param fds address of {@code count} struct pollfd: fd s32, events s16, revents s16
     * @param timeout milliseconds, -1 without end
     */
    public static int poll(long fds, int count, int timeout) {
        return orErrnoInt(INVOKER.invokeL3(WORDS[3], POLL, fds, count, timeout));
    }

    /** @param path address of a string for C */
    public static int openat(int directory, long path, int flags, int mode) {
        return orErrnoInt(INVOKER.invokeL4(WORDS[4], OPENAT, directory, path, flags | O_CLOEXEC, mode));
    }

    /**
     * openat2(2) of Linux 5.6.
     *
     * @param path address of a string for C
     * @param how address of a struct open_how: flags, mode and resolve, 64 bits each
     */
    static int openat2(int directory, long path, long how) {
        return orErrnoInt(INVOKER.invokeL5(WORDS[5], SYSCALL, OPENAT2, directory, path, how, 3 * Long.BYTES));
    }

    /**
     * statx(2) of a name in a directory; a symlink is not followed.
     *
     * @param name address of a string for C
     * @param statx address of a struct statx, 256 bytes
     */
    static int statxAt(int directory, long name, int mask, long statx) {
        int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;
        return orErrnoInt(INVOKER.invokeL6(WORDS[6], SYSCALL, STATX, directory, name, flags, mask, statx));
    }

    /** getdents64(2) into {@code length} bytes at {@code entries}. */
    static long getdents(int directory, long entries, long length) {
        return orErrno(INVOKER.invokeL4(WORDS[4], SYSCALL, GETDENTS64, directory, entries, length));
    }

    /** io_uring_enter(2) of Linux 5.1. */
    static int ioUringEnter(int fd, int submit, int wait, int flags) {
        return orErrnoInt(INVOKER.invokeL6(WORDS[6], SYSCALL, IO_URING_ENTER, fd, submit, wait, flags, 0));
    }

    /** @param path address of a string for C */
    public static int unlinkat(int directory, long path, int flags) {
        return orErrnoInt(INVOKER.invokeL3(WORDS[3], UNLINKAT, directory, path, flags));
    }

    public static int ftruncate(int fd, long size) {
        return orErrnoInt(INVOKER.invokeL2(WORDS[2], FTRUNCATE, fd, size));
    }

    public static int fallocate(int fd, int mode, long offset, long length) {
        return orErrnoInt(INVOKER.invokeL4(WORDS[4], FALLOCATE, fd, mode, offset, length));
    }

    public static long lseek(int fd, long offset, int whence) {
        return orErrno(INVOKER.invokeL3(WORDS[3], LSEEK, fd, offset, whence));
    }

    /** @param statfs address of a struct statfs, 120 bytes */
    public static int fstatfs(int fd, long statfs) {
        return orErrnoInt(INVOKER.invokeL2(WORDS[2], FSTATFS, fd, statfs));
    }

    /** @param timespec address of a struct timespec: seconds and nanoseconds, 64 bits each */
    public static int clockGettime(int clock, long timespec) {
        return orErrnoInt(INVOKER.invokeL2(WORDS[2], CLOCK_GETTIME, clock, timespec));
    }

    /**
     * statx(2) of a descriptor: the one whose result is laid out alike everywhere.
     *
     * @param empty address of a string for C that is empty
     * @param statx address of a struct statx, 256 bytes
     */
    public static int statx(int fd, long empty, int mask, long statx) {
        return orErrnoInt(INVOKER.invokeL6(WORDS[6], SYSCALL, STATX, fd, empty, AT_EMPTY_PATH, mask, statx));
    }

    // Calls that are made now and then

    /** How many descriptors this process may have open (RLIMIT_NOFILE: 7 on Linux, 8 on Darwin). */
    public static long descriptorLimit() {
        ByteBuffer rlimit = ByteBuffer.allocateDirect(2 * Long.BYTES).order(ByteOrder.nativeOrder());
        int result =
                call("getrlimit", System.getProperty("os.name").equals("Linux") ? 7 : 8, NativeMemory.address(rlimit));
        // RLIM_INFINITY is all bits set on Linux.
        return result < 0 || rlimit.getLong(0) < 0 ? Long.MAX_VALUE : rlimit.getLong(0);
    }

    /**
     * Takes the limit off the size of files that this process writes (RLIMIT_FSIZE: 1 on Linux), which it may have been
     * started with.
     *
     * @return EPERM, negative, if there is one and this process may not
     */
    static int liftFileSizeLimit() {
        ByteBuffer infinity =
                ByteBuffer.allocateDirect(2 * Long.BYTES).putLong(-1).putLong(-1);
        return call("setrlimit", 1, NativeMemory.address(infinity));
    }

    /** A function of ints and addresses that answers an int, by its name. */
    public static int call(String function, long... arguments) {
        return orErrnoInt(invoke(function, arguments));
    }

    /** A system call that libc has no function for in every version; answers a long. */
    public static long syscall(int number, long... arguments) {
        long[] all = new long[arguments.length + 1];
        all[0] = number;
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return orErrno(invoke("syscall", all));
    }

    /**
     * mmap(2) of a descriptor, to be read and written, shared with whoever else has it.
     *
     * @return the address, or -errno
     */
    static long mapShared(int fd, long offset, long length) {
        return orErrno(invoke("mmap64", new long[] {0, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset}));
    }

    private static long invoke(String function, long[] a) {
        long f = symbol(function);
        return switch (a.length) {
            case 0 -> INVOKER.invokeL0(WORDS[0], f);
            case 1 -> INVOKER.invokeL1(WORDS[1], f, a[0]);
            case 2 -> INVOKER.invokeL2(WORDS[2], f, a[0], a[1]);
            case 3 -> INVOKER.invokeL3(WORDS[3], f, a[0], a[1], a[2]);
            case 4 -> INVOKER.invokeL4(WORDS[4], f, a[0], a[1], a[2], a[3]);
            case 5 -> INVOKER.invokeL5(WORDS[5], f, a[0], a[1], a[2], a[3], a[4]);
            case 6 -> INVOKER.invokeL6(WORDS[6], f, a[0], a[1], a[2], a[3], a[4], a[5]);
            default -> throw new IllegalArgumentException(function + " with " + a.length + " arguments");
        };
    }

    public static int open(String path, int flags, int mode) {
        try (CString p = new CString(path)) {
            return call("open", p.address(), flags | O_CLOEXEC, mode);
        }
    }

    /**
     * mount(2).
     *
     * @param data the file system's own options, comma-separated, at most a page
     */
    public static int mount(String source, String target, String type, long flags, String data) {
        try (CString s = new CString(source);
                CString t = new CString(target);
                CString y = new CString(type);
                CString d = new CString(data)) {
            return call("mount", s.address(), t.address(), y.address(), flags, d.address());
        }
    }

    /** umount2(2). */
    public static int umount(String target, int flags) {
        try (CString t = new CString(target)) {
            return call("umount2", t.address(), flags);
        }
    }

    public static int geteuid() {
        return (int) invoke("geteuid", new long[0]);
    }

    public static int getegid() {
        return (int) invoke("getegid", new long[0]);
    }

    /** A string for C: UTF-8 bytes and a NUL. */
    static final class CString implements AutoCloseable {

        private final long address;

        CString(String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            address = MEMORY.allocateMemory(bytes.length + 1, false);
            MEMORY.putByteArray(address, bytes, 0, bytes.length);
            MEMORY.putByte(address + bytes.length, (byte) 0);
        }

        long address() {
            return address;
        }

        @Override
        public void close() {
            MEMORY.freeMemory(address);
        }
    }

    /** What strerror(3) says of an error number, in a few common words. */
    public static String error(int errno) {
        long text = INVOKER.invokeL1(WORDS[1], symbol("strerror"), errno);
        return new String(MEMORY.getZeroTerminatedByteArray(text), StandardCharsets.UTF_8);
    }
}
