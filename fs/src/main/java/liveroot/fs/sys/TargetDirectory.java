package liveroot.fs.sys;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import liveroot.fs.Name;

/**
 * A directory of the host that files are made in, by descriptor and single names of any bytes: nothing that is made here
 * can lie elsewhere, whatever it is called and whatever symlinks there are. Nothing that exists is opened or replaced.
 */
public final class TargetDirectory implements Closeable {

    private static final boolean ARM = System.getProperty("os.arch").equals("aarch64");

    // asm-generic/fcntl.h, which arm64 differs from.
    private static final int O_DIRECTORY = ARM ? 040000 : 0200000;
    private static final int O_NOFOLLOW = ARM ? 0100000 : 0400000;

    private static final int AT_FDCWD = -100;
    private static final int AT_SYMLINK_NOFOLLOW = 0x100;

    private final int fd;
    private final String name;

    private TargetDirectory(int fd, String name) {
        this.fd = fd;
        this.name = name;
    }

    /**
     * Makes a directory of the host, mode 700.
     *
     * @param path absolute; nothing may be there
     */
    public static TargetDirectory make(Path path) throws IOException {
        String text = path.toString();
        try (Memory memory = new Memory(text.getBytes(StandardCharsets.UTF_8))) {
            check(text, "be made", Libc.call("mkdirat", AT_FDCWD, memory.address(), 0700));
            return new TargetDirectory(
                    check(text, "be opened", Libc.openat(AT_FDCWD, memory.address(), O_DIRECTORY | O_NOFOLLOW, 0)),
                    text);
        }
    }

    /**
     * A directory of the host that is there already.
     *
     * @param path absolute; symlinks in it are followed
     */
    public static TargetDirectory open(Path path) throws IOException {
        String text = path.toString();
        try (Memory memory = new Memory(text.getBytes(StandardCharsets.UTF_8))) {
            return new TargetDirectory(
                    check(text, "be opened", Libc.openat(AT_FDCWD, memory.address(), O_DIRECTORY, 0)), text);
        }
    }

    private static int check(String what, String verb, int result) throws IOException {
        if (result < 0) {
            throw new IOException(what + " cannot " + verb + ": " + Libc.error(-result));
        }
        return result;
    }

    private String path(Name entry) {
        return name + "/" + entry;
    }

    private static void checkName(Name entry, String directory) throws IOException {
        if (!entry.isFileName() || entry.length() > Name.MAX_LENGTH) {
            throw new IOException("'" + entry + "' is no name that a file in " + directory + " can have");
        }
    }

    private interface Call {
        int on(long name);
    }

    private int call(Name entry, String verb, Call call) throws IOException {
        checkName(entry, name);
        try (Memory memory = new Memory(entry.bytes())) {
            return check(path(entry), verb, call.on(memory.address()));
        }
    }

    /** Makes a directory in this one, mode 700. */
    public TargetDirectory mkdir(Name entry) throws IOException {
        call(entry, "be made", address -> Libc.call("mkdirat", fd, address, 0700));
        int made = call(entry, "be opened", address -> Libc.openat(fd, address, O_DIRECTORY | O_NOFOLLOW, 0));
        return new TargetDirectory(made, path(entry));
    }

    /** Makes a file of {@code size} bytes, all of them a hole, mode 600, to be written. */
    public FileChannel create(Name entry, long size) throws IOException {
        int made = call(
                entry,
                "be made",
                address -> Libc.openat(fd, address, Libc.O_WRONLY | Libc.O_CREAT | Libc.O_EXCL | O_NOFOLLOW, 0600));
        try {
            check(path(entry), "be made as long as " + size + " bytes", Libc.ftruncate(made, size));
            return FileChannel.open(Path.of("/proc/self/fd/" + made), StandardOpenOption.WRITE);
        } finally {
            Libc.close(made);
        }
    }

    public void symlink(byte[] target, Name entry) throws IOException {
        try (Memory memory = new Memory(target)) {
            call(entry, "be made", address -> Libc.call("symlinkat", memory.address(), fd, address));
        }
    }

    /**
     * Gives a file one more name, here.
     *
     * @param existing in {@code there}
     */
    public void link(TargetDirectory there, byte[] existing, Name entry) throws IOException {
        try (Memory memory = new Memory(existing)) {
            call(entry, "be linked", address -> Libc.call("linkat", there.fd, memory.address(), fd, address, 0));
        }
    }

    /** @param rdev as in {@link liveroot.fs.Attributes} */
    public void mknod(Name entry, int mode, int rdev) throws IOException {
        // The C library's 64-bit dev_t (sys/sysmacros.h): the low bits of both are where the kernel's 32-bit form has
        // them.
        long device = Integer.toUnsignedLong(rdev);
        call(entry, "be made", address -> Libc.call("mknodat", fd, address, mode, device));
    }

    public void chown(Name entry, int uid, int gid) throws IOException {
        call(entry, "be given its owner", address -> Libc.call("fchownat", fd, address, uid, gid, AT_SYMLINK_NOFOLLOW));
    }

    /**
     * Not for symlinks, which it would follow.
     *
     * @param mode permission bits
     */
    public void chmod(Name entry, int mode) throws IOException {
        call(entry, "be given its mode", address -> Libc.call("fchmodat", fd, address, mode & 07777, 0));
    }

    public void setTimes(Name entry, long atime, int atimeNanos, long mtime, int mtimeNanos) throws IOException {
        try (Memory times = new Memory(4 * Long.BYTES)) {
            times.bytes
                    .putLong(0, atime)
                    .putLong(8, atimeNanos)
                    .putLong(16, mtime)
                    .putLong(24, mtimeNanos);
            call(
                    entry,
                    "be given its times",
                    address -> Libc.call("utimensat", fd, address, times.address(), AT_SYMLINK_NOFOLLOW));
        }
    }

    public void setxattr(Name entry, Name attribute, byte[] value) throws IOException {
        checkName(entry, name);
        byte[] directory = ("/proc/self/fd/" + fd + "/").getBytes(StandardCharsets.US_ASCII);
        byte[] path = Arrays.copyOf(directory, directory.length + entry.length());
        System.arraycopy(entry.bytes(), 0, path, directory.length, entry.length());
        try (Memory file = new Memory(path);
                Memory key = new Memory(attribute.bytes());
                Memory content = new Memory(value)) {
            check(
                    path(entry),
                    "be given the attribute " + attribute,
                    Libc.call("lsetxattr", file.address(), key.address(), content.address(), value.length, 0));
        }
    }

    @Override
    public void close() {
        Libc.close(fd);
    }

    /** Bytes and a NUL, for C. */
    private static final class Memory implements AutoCloseable {

        private final ByteBuffer bytes;

        Memory(byte[] content) {
            this(content.length + 1);
            bytes.put(0, content).put(content.length, (byte) 0);
        }

        Memory(int length) {
            bytes = NativeMemory.allocate(length);
        }

        long address() {
            return NativeMemory.address(bytes);
        }

        @Override
        public void close() {
            NativeMemory.free(bytes);
        }
    }
}
