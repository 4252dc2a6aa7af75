package liveroot.fs.fuse.jnr;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import liveroot.fs.sys.Libc;

/** What this host and this user allow. */
record Host(boolean isLinux, boolean isRoot, boolean mayAllowOther) {

    private static final Path FUSE_CONF = Path.of("/etc/fuse.conf");

    static Host current() {
        boolean linux = System.getProperty("os.name").equals("Linux");
        boolean root =
                linux ? Libc.geteuid() == 0 : System.getProperty("user.name").equals("root");
        return new Host(linux, root, root || (linux && userAllowOther()));
    }

    /** Whether fusermount lets users other than root ask for allow_other, see fuse(8). */
    private static boolean userAllowOther() {
        try {
            return Files.readString(FUSE_CONF, StandardCharsets.ISO_8859_1)
                    .lines()
                    .anyMatch(line -> line.strip().equals("user_allow_other"));
        } catch (IOException e) {
            return false;
        }
    }
}
