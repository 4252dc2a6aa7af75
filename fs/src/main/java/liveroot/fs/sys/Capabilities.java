package liveroot.fs.sys;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a thread may do as root does, see capabilities(7). */
public final class Capabilities {

    private static final int CAP_FSETID = 4;
    private static final String EFFECTIVE = "\nCapEff:";

    private Capabilities() {}

    /**
     * Whether set-user-id and set-group-id bits stay when this thread, which waits for us meanwhile, changes a file. Of a
     * thread that cannot be looked at root may, and others may not.
     *
     * @param thread its id, 0 if not known
     */
    public static boolean mayKeepSetId(int thread, int uid) {
        if (thread > 0) {
            try {
                Path process = Path.of("/proc", Integer.toString(thread));
                String status = Files.readString(process.resolve("status"), StandardCharsets.ISO_8859_1);
                int at = status.indexOf(EFFECTIVE) + EFFECTIVE.length();
                long effective = Long.parseUnsignedLong(
                        status.substring(at, status.indexOf('\n', at)).strip(), 16);
                return (effective >>> CAP_FSETID & 1) != 0 && isOfOurs(process);
            } catch (IOException | RuntimeException e) {
                // No /proc, or it may not be read.
            }
        }
        return uid == 0;
    }

    /** In a user namespace of its own a thread has all capabilities, and none of them counts for a file of ours. */
    private static boolean isOfOurs(Path process) throws IOException {
        Path namespace = Path.of("ns/user");
        return Files.readSymbolicLink(process.resolve(namespace))
                .equals(Files.readSymbolicLink(Path.of("/proc/self").resolve(namespace)));
    }
}
