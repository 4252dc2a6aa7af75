package liveroot.fs.sys;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** The user namespace of this process, see user_namespaces(7). */
public final class UserNamespace {

    private static final Pattern EVERY_ID = Pattern.compile("\\s*0\\s+0\\s+4294967295\\s*");

    private UserNamespace() {}

    /** Only there does a capability count for what is the whole system's. */
    public static boolean isInitial() {
        try {
            return EVERY_ID.matcher(Files.readString(Path.of("/proc/self/uid_map")))
                    .matches();
        } catch (IOException e) {
            // A kernel without user namespaces.
            return true;
        }
    }
}
