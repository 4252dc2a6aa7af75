package liveroot.fs.sys;

import com.kenai.jffi.MemoryIO;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The set-user-id program by which users other than root mount FUSE. It opens /dev/fuse itself, mounts it, and passes the
 * descriptor back over a socket whose number it finds in {@code _FUSE_COMMFD} (util/fusermount.c of libfuse).
 */
public final class Fusermount {

    private static final MemoryIO MEMORY = MemoryIO.getInstance();

    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM = 1;
    private static final int FD_CLOEXEC = 1;
    private static final int F_SETFD = 2;
    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;
    private static final int MSG_CMSG_CLOEXEC = 0x40000000;

    /** sizeof(posix_spawn_file_actions_t) is 80 in glibc and in musl. */
    private static final int FILE_ACTIONS = 256;

    private Fusermount() {}

    /** Path of the program, or null if there is none. */
    public static String program() {
        String path = System.getenv("PATH") == null ? "" : System.getenv("PATH");
        for (String name : new String[] {"fusermount3", "fusermount"}) {
            for (String dir : (path + ":/usr/bin:/bin").split(":", -1)) {
                File file = new File(dir, name);
                if (!dir.isEmpty() && file.canExecute()) {
                    return file.getPath();
                }
            }
        }
        return null;
    }

    /**
     * Mounts. Other users may look in only if /etc/fuse.conf says {@code user_allow_other}.
     *
     * @param options of mount(8), comma-separated
     * @return descriptor of /dev/fuse
     * @throws IOException with what the program said
     */
    public static int mount(Path directory, String options) throws IOException {
        Result shared = run(options + ",allow_other", directory);
        if (shared.fd >= 0) {
            return shared.fd;
        }
        boolean notShared = shared.said.contains("user_allow_other");
        Result own = notShared ? run(options, directory) : shared;
        if (own.fd < 0) {
            throw new IOException(directory + " cannot be mounted: " + own.said);
        }
        return own.fd;
    }

    /** Unmounts. */
    public static void unmount(Path directory, boolean lazily) throws IOException {
        List<String> command = new ArrayList<>(List.of(requireProgram(), "-u"));
        if (lazily) {
            command.add("-z");
        }
        command.add("--");
        command.add(directory.toString());
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .directory(new File("/"))
                .start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        try {
            if (process.waitFor() != 0) {
                boolean busy = said.toLowerCase(Locale.ROOT).contains("busy");
                throw new IOException(directory + " cannot be unmounted: " + (busy ? "Device or resource busy" : said));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(directory + ": interrupted while unmounting", e);
        }
    }

    private static String requireProgram() throws IOException {
        String program = program();
        if (program == null) {
            throw new IOException("fusermount3 is missing; install it (Debian: apt-get install fuse3), or run as root");
        }
        return program;
    }

    /** @param said by the program on its standard error */
    private record Result(int fd, String said) {}

    private static Result run(String options, Path directory) throws IOException {
        String program = requireProgram();
        // One piece of memory for all that libc fills: the socket pair, the pipe, the pid, the status.
        long ints = MEMORY.allocateMemory(64, true);
        long actions = MEMORY.allocateMemory(FILE_ACTIONS, true);
        int ours = -1;
        int theirs = -1;
        int listen = -1;
        int speak = -1;
        try {
            check("socketpair", Libc.call("socketpair", AF_UNIX, SOCK_STREAM, 0, ints));
            ours = MEMORY.getInt(ints);
            theirs = MEMORY.getInt(ints + 4);
            check("fcntl", Libc.call("fcntl", ours, F_SETFD, FD_CLOEXEC));
            check("pipe2", Libc.call("pipe2", ints, Libc.O_CLOEXEC));
            listen = MEMORY.getInt(ints);
            speak = MEMORY.getInt(ints + 4);
            Libc.call("posix_spawn_file_actions_init", actions);
            Libc.call("posix_spawn_file_actions_adddup2", actions, speak, 2);
            int pid;
            try (CStrings arguments = new CStrings(program, "-o", options, "--", directory.toString());
                    CStrings environment =
                            new CStrings("_FUSE_COMMFD=" + theirs, "PATH=/usr/sbin:/usr/bin:/sbin:/bin")) {
                int error = Libc.call(
                        "posix_spawn", ints, arguments.first(), actions, 0, arguments.address(), environment.address());
                if (error != 0) {
                    throw new IOException(program + " cannot be started: " + Libc.error(error));
                }
                pid = MEMORY.getInt(ints);
            } finally {
                Libc.call("posix_spawn_file_actions_destroy", actions);
            }
            Libc.close(speak);
            speak = -1;
            Libc.close(theirs);
            theirs = -1;
            int fd = receiveDescriptor(ours);
            String said = fd < 0 ? readAll(listen) : "";
            while (Libc.call("waitpid", pid, ints, 0) == -Libc.EINTR) {
                // again
            }
            return new Result(fd, said.isEmpty() ? program + " failed" : said);
        } finally {
            for (int fd : new int[] {ours, theirs, listen, speak}) {
                if (fd >= 0) {
                    Libc.close(fd);
                }
            }
            MEMORY.freeMemory(ints);
            MEMORY.freeMemory(actions);
        }
    }

    private static void check(String function, int result) throws IOException {
        if (result < 0) {
            throw new IOException(function + ": " + Libc.error(-result));
        }
    }

    /** A descriptor sent over a socket, see unix(7) and cmsg(3), or -1 if the other side closed it. */
    private static int receiveDescriptor(int socket) {
        int control = 24;
        // struct msghdr: name, namelen, iov, iovlen, control, controllen, flags; then one iovec, one byte, the control.
        long message = MEMORY.allocateMemory(56 + 16 + 8 + control, true);
        try {
            long vector = message + 56;
            long data = vector + 16;
            MEMORY.putLong(message + 16, vector);
            MEMORY.putLong(message + 24, 1);
            MEMORY.putLong(message + 32, data + 8);
            MEMORY.putLong(message + 40, control);
            MEMORY.putLong(vector, data);
            MEMORY.putLong(vector + 8, 1);
            int n;
            do {
                n = Libc.call("recvmsg", socket, message, MSG_CMSG_CLOEXEC);
            } while (n == -Libc.EINTR);
            // struct cmsghdr: len u64, level s32, type s32; then the descriptor.
            long header = data + 8;
            boolean got = n > 0
                    && MEMORY.getLong(message + 40) >= 20
                    && MEMORY.getInt(header + 8) == SOL_SOCKET
                    && MEMORY.getInt(header + 12) == SCM_RIGHTS;
            return got ? MEMORY.getInt(header + 16) : -1;
        } finally {
            MEMORY.freeMemory(message);
        }
    }

    private static String readAll(int fd) {
        int room = 4096;
        long buffer = MEMORY.allocateMemory(room, false);
        try {
            StringBuilder text = new StringBuilder();
            for (long n; text.length() < room && (n = Libc.read(fd, buffer, room)) != 0; ) {
                if (n > 0) {
                    byte[] bytes = new byte[(int) n];
                    MEMORY.getByteArray(buffer, bytes, 0, bytes.length);
                    text.append(new String(bytes, StandardCharsets.UTF_8));
                } else if (n != -Libc.EINTR) {
                    break;
                }
            }
            return text.toString().strip().replace('\n', ' ');
        } finally {
            MEMORY.freeMemory(buffer);
        }
    }

    /** A NULL-ended array of strings, as argv is. */
    private static final class CStrings implements AutoCloseable {

        private final Libc.CString[] strings;
        private final long array;

        CStrings(String... texts) {
            strings = new Libc.CString[texts.length];
            array = MEMORY.allocateMemory(8L * (texts.length + 1), true);
            for (int i = 0; i < texts.length; i++) {
                strings[i] = new Libc.CString(texts[i]);
                MEMORY.putLong(array + 8L * i, strings[i].address());
            }
        }

        long address() {
            return array;
        }

        long first() {
            return strings[0].address();
        }

        @Override
        public void close() {
            for (Libc.CString string : strings) {
                string.close();
            }
            MEMORY.freeMemory(array);
        }
    }
}
