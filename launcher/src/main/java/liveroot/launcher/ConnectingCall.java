package liveroot.launcher;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import liveroot.fs.sys.Libc;

/**
 * Whether a thread that waits for an answer of ours is about to use what a path leads to (connect to it, send to it, open
 * it) and not the name itself (stat, unlink, rename, chmod ...). FUSE does not say; /proc/PID/syscall does, see proc(5).
 */
final class ConnectingCall {

    private static final boolean ARM = System.getProperty("os.arch").equals("aarch64");

    /** connect, sendto, sendmsg, sendmmsg, io_uring_enter: those of this host and those of its 32-bit programs. */
    private static final Set<Integer> ALWAYS = ARM
            ? Set.of(203, 206, 211, 269, 426, 283, 290, 296, 374)
            : Set.of(42, 44, 46, 307, 426, 102, 362, 369, 370, 345, 85);

    /** openat, of this host and of 32-bit programs. */
    private static final Set<Integer> OPENAT = ARM ? Set.of(56, 322) : Set.of(257, 295);

    /** open likewise. */
    private static final Set<Integer> OPEN = ARM ? Set.of(5) : Set.of(2, 5);

    /** openat2, everywhere: its flags are the first word of what its third argument points to. */
    private static final int OPENAT2 = 437;

    private static final int HOW = 3;

    /** What is shown of a thread that has asked us and has not gone to sleep yet; it does when a processor is free for it. */
    private static final String RUNNING = "running";

    private static final long MOST_WAIT_NANOS = 1_000_000_000;
    private static final long FIRST_PAUSE_NANOS = 20_000;

    private ConnectingCall() {}

    /** The memory of a process. */
    @FunctionalInterface
    interface Memory {
        /** The 64-bit word at an address. */
        long word(long address) throws IOException;
    }

    /** A line of /proc/PID/syscall, as it is now. */
    @FunctionalInterface
    interface State {
        String line() throws IOException;
    }

    /** @param thread its id; false if that is not known or may not be looked at */
    static boolean isMadeBy(int thread) {
        if (thread <= 0) {
            return false;
        }
        try {
            Path state = Path.of("/proc/" + thread + "/syscall");
            String line = onceAsleep(() -> Files.readString(state, StandardCharsets.US_ASCII));
            return isIn(line, address -> word(thread, address));
        } catch (IOException e) {
            return false;
        }
    }

    /** What is shown of a thread once it waits, or after a second. */
    static String onceAsleep(State state) throws IOException {
        long end = System.nanoTime() + MOST_WAIT_NANOS;
        long pause = FIRST_PAUSE_NANOS;
        String line = state.line();
        while (line.startsWith(RUNNING) && System.nanoTime() < end) {
            LockSupport.parkNanos(pause);
            pause *= 2;
            line = state.line();
        }
        return line;
    }

    private static long word(int thread, long address) throws IOException {
        try (RandomAccessFile memory = new RandomAccessFile("/proc/" + thread + "/mem", "r")) {
            memory.seek(address);
            return Long.reverseBytes(memory.readLong());
        }
    }

    /**
     * @param line number and arguments of a system call, the latter in hexadecimal
     * @param memory of who makes it
     */
    static boolean isIn(String line, Memory memory) throws IOException {
        String[] words = line.strip().split(" ", -1);
        try {
            int number = Integer.parseInt(words[0]);
            if (ALWAYS.contains(number)) {
                return true;
            }
            if (number == OPENAT2 && words.length > HOW) {
                return follows(memory.word(Long.decode(words[HOW])));
            }
            int flags = OPENAT.contains(number) ? 3 : OPEN.contains(number) ? 2 : 0;
            return flags > 0 && flags < words.length && follows(Long.decode(words[flags]));
        } catch (NumberFormatException e) {
            // It does not wait.
            return false;
        }
    }

    /** Whether an open with these flags leads to a file's content. */
    private static boolean follows(long flags) {
        return (flags & (Libc.O_NOFOLLOW | Libc.O_PATH)) == 0;
    }
}
