package liveroot.launcher;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import liveroot.fs.sys.Libc;

/**
 * Whether a thread that waits for an answer of ours is about to use what a path leads to (connect to it, send to it, open
 * it) and not the name itself (stat, unlink, rename, chmod ...). FUSE does not say; /proc/PID/syscall does, see proc(5).
 */
final class ConnectingCall {

    private static final boolean ARM = System.getProperty("os.arch").equals("aarch64");

    /** connect, sendto, sendmsg, sendmmsg, openat2, io_uring_enter: those of this host and those of its 32-bit programs. */
    private static final Set<Integer> ALWAYS = ARM
            ? Set.of(203, 206, 211, 269, 437, 426, 283, 290, 296, 374)
            : Set.of(42, 44, 46, 307, 437, 426, 102, 362, 369, 370, 345, 85);

    /** openat, of this host and of 32-bit programs. */
    private static final Set<Integer> OPENAT = ARM ? Set.of(56, 322) : Set.of(257, 295);

    /** open likewise. */
    private static final Set<Integer> OPEN = ARM ? Set.of(5) : Set.of(2, 5);

    private ConnectingCall() {}

    /** @param thread its id; false if that is not known or may not be looked at */
    static boolean isMadeBy(int thread) {
        if (thread <= 0) {
            return false;
        }
        try {
            return isIn(Files.readString(Path.of("/proc/" + thread + "/syscall"), StandardCharsets.US_ASCII));
        } catch (IOException e) {
            return false;
        }
    }

    /** @param line number and arguments of a system call, the latter in hexadecimal */
    static boolean isIn(String line) {
        String[] words = line.strip().split(" ", -1);
        try {
            int number = Integer.parseInt(words[0]);
            if (ALWAYS.contains(number)) {
                return true;
            }
            int flags = OPENAT.contains(number) ? 3 : OPEN.contains(number) ? 2 : 0;
            return flags > 0
                    && flags < words.length
                    && (Long.decode(words[flags]) & (Libc.O_NOFOLLOW | Libc.O_PATH)) == 0;
        } catch (NumberFormatException e) {
            // "running": it does not wait.
            return false;
        }
    }
}
