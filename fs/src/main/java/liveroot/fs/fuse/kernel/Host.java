package liveroot.fs.fuse.kernel;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The kernel that runs here, and who this process is to it. */
final class Host {

    private static final Pattern VERSION = Pattern.compile("(\\d{1,6})\\.(\\d{1,6}).*");

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
}
