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
     * Leaves it: a session of its own, nothing to read, output to nowhere, the error stream to a log. Whoever waits for
     * the end of our output waits no more.
     */
    static void leave(Path log) throws IOException {
        PrintStream errors = new PrintStream(new LogFile(log), true, StandardCharsets.UTF_8);
        int nowhere = Libc.open("/dev/null", Libc.O_RDWR, 0);
        if (nowhere < 0) {
            throw new IOException("/dev/null cannot be opened: " + Libc.error(-nowhere));
        }
        Libc.call("setsid");
        for (int descriptor = 0; descriptor <= 2; descriptor++) {
            int result = Libc.call("dup2", nowhere, descriptor);
            if (result < 0) {
                throw new IOException("descriptor " + descriptor + " cannot be redirected: " + Libc.error(-result));
            }
        }
        Libc.close(nowhere);
        System.setErr(errors);
    }
}
