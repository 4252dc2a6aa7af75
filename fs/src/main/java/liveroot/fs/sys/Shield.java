package liveroot.fs.sys;

import com.kenai.jffi.MemoryIO;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What keeps a process that file systems depend on alive and moving, and tells the service manager about it. */
public final class Shield {

    // linux/prctl.h, sys/mman.h
    private static final int PR_SET_IO_FLUSHER = 57;
    private static final int MCL_CURRENT = 1;
    private static final int MCL_FUTURE = 2;
    private static final int MCL_ONFAULT = 4;

    // sys/socket.h, sys/un.h
    private static final int AF_UNIX = 1;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_CLOEXEC = 02000000;
    private static final int SUN_PATH = 108;

    /** Field of /proc/self/stat behind the name in parentheses: the address of the first argument, proc(5). */
    private static final int ARG_START = 45;

    private Shield() {}

    /**
     * This thread, and those that it starts from now on, get memory without waiting for file systems, which may wait for
     * them (PR_SET_IO_FLUSHER, Linux 5.6). Answers as {@link Libc}.
     */
    public static int flushIo() {
        return Libc.call("prctl", PR_SET_IO_FLUSHER, 1, 0, 0, 0);
    }

    /** Keeps what this process has touched, and what it will touch, out of swap (mlockall(2)). */
    public static int lockMemory() {
        return Libc.call("mlockall", MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
    }

    /** The kernel is to kill others first when memory runs out. @throws IOException if it may not be asked to */
    public static void spareFromOom() throws IOException {
        Files.writeString(Path.of("/proc/self/oom_score_adj"), "-1000");
    }

    /**
     * Makes the first argument of this process, as others see it, begin with '@': systemd does not kill such a process of
     * root's at shutdown, as file systems may need it until the end (its "root storage daemons" rule). The arguments lie in
     * memory of this process, and /proc/PID/cmdline shows what is there.
     */
    public static void outliveShutdown() throws IOException {
        String stat = Files.readString(Path.of("/proc/self/stat"), StandardCharsets.ISO_8859_1);
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        long address = Long.parseLong(fields[ARG_START]);
        byte[] shown = Files.readAllBytes(Path.of("/proc/self/cmdline"));
        if (address == 0 || shown.length == 0 || MemoryIO.getInstance().getByte(address) != shown[0]) {
            throw new IOException("the arguments of this process are not where /proc/self/stat says");
        }
        MemoryIO.getInstance().putByte(address, (byte) '@');
    }

    /**
     * Sends a datagram to a service manager, see sd_notify(3).
     *
     * @param socket its path, or '@' and a name without a path
     */
    public static void notify(String socket, String state) throws IOException {
        byte[] path = socket.getBytes(StandardCharsets.UTF_8);
        byte[] text = state.getBytes(StandardCharsets.UTF_8);
        if (path.length < 2 || path.length >= SUN_PATH) {
            throw new IOException("NOTIFY_SOCKET '" + socket + "' is no address");
        }
        if (path[0] == '@') {
            path[0] = 0;
        }
        int fd = Libc.call("socket", AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0) {
            throw new IOException("no socket can be made: " + Libc.error(-fd));
        }
        int length = Short.BYTES + path.length;
        ByteBuffer memory = NativeMemory.allocate(length + text.length).order(ByteOrder.nativeOrder());
        try {
            memory.putShort(0, (short) AF_UNIX).put(Short.BYTES, path).put(length, text);
            long address = NativeMemory.address(memory);
            int sent = Libc.call("sendto", fd, address + length, text.length, 0, address, length);
            if (sent < 0) {
                throw new IOException("NOTIFY_SOCKET " + socket + " takes no message: " + Libc.error(-sent));
            }
        } finally {
            NativeMemory.free(memory);
            Libc.close(fd);
        }
    }
}
