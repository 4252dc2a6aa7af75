package liveroot.fs.fuse.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The kernel that runs here, and who this process is to it. */
final class Host {

    private static final Pattern VERSION = Pattern.compile("(\\d{1,6})\\.(\\d{1,6}).*");

    private static final Pattern EVERY_ID = Pattern.compile("\\s*0\\s+0\\s+4294967295\\s*");

    private Host() {}

    /** As uname(1) -r shows it. */
    static String release() {
        return System.getProperty("os.version");
    }

    static boolean isAtLeast(int major, int minor) {
        Matcher version = VERSION.matcher(release());
        if (!version.matches()) {
            return false;
        }
        int isMajor = Integer.parseInt(version.group(1));
        return isMajor > major || (isMajor == major && Integer.parseInt(version.group(2)) >= minor);
    }

    /** Only there does a capability count for what is the whole system's (user_namespaces(7)). */
    static boolean isInitialUserNamespace() {
        try {
            return EVERY_ID.matcher(Files.readString(Path.of("/proc/self/uid_map")))
                    .matches();
        } catch (IOException e) {
            // A kernel without user namespaces.
            return true;
        }
    }
}
