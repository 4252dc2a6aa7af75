package liveroot.launcher;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import liveroot.fs.sys.Libc;

/** The terminal, or whatever else this process was started from. */
final class Terminal {

    private Terminal() {}

    /**
     * Leaves it: a session of its own, nothing to read, output to nowhere, the error stream to a log, and descriptor 2
     * to the same, for what a crash of the JVM has to say. Whoever waits for the end of our output waits no more.
     */
    static void leave(Path log) throws IOException {
        PrintStream errors = new PrintStream(new LogFile(log), true, StandardCharsets.UTF_8);
        Libc.call("setsid");
        redirect("/dev/null", Libc.O_RDWR, 0, 1);
        redirect(log.toString(), Libc.O_WRONLY | Libc.O_APPEND, 2);
        System.setErr(errors);
    }

    private static void redirect(String file, int flags, int... descriptors) throws IOException {
        int opened = Libc.open(file, flags, 0);
        if (opened < 0) {
            throw new IOException(file + " cannot be opened: " + Libc.error(-opened));
        }
        for (int descriptor : descriptors) {
            int result = Libc.call("dup2", opened, descriptor);
            if (result < 0) {
                throw new IOException("descriptor " + descriptor + " cannot be redirected: " + Libc.error(-result));
            }
        }
        Libc.close(opened);
    }
}
