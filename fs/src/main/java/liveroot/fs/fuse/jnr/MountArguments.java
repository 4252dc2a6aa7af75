package liveroot.fs.fuse.jnr;

import java.util.ArrayList;
import java.util.List;
import liveroot.fs.fuse.MountOptions;

/**
 * The options that libfuse is given. Its kernel inodes are names, not files: two hard links are two inodes that know
 * nothing of each other. So on a tree that can change attributes are not kept at all, and pages only as long as size and
 * time of change say that they are good ({@code auto_cache}); entries, which only this mount changes, are kept for ever.
 */
final class MountArguments {

    /** Bytes; libfuse 2 has no larger requests. */
    static final int LARGEST_REQUEST = 128 << 10;

    /** Seconds, over 30 years. */
    private static final String FOR_EVER = "1000000000";

    private MountArguments() {}

    /**
     * What libfuse itself is to do.
     *
     * @param fixed whether the tree can never change
     */
    static List<String> ofLibrary(boolean fixed) {
        List<String> options = new ArrayList<>(List.of(
                "use_ino",
                "atomic_o_trunc",
                "max_write=" + LARGEST_REQUEST,
                "entry_timeout=" + FOR_EVER,
                "negative_timeout=" + FOR_EVER,
                "attr_timeout=" + (fixed ? FOR_EVER : "0"),
                fixed ? "kernel_cache" : "auto_cache"));
        if (LibFuse2.LINUX) {
            options.add("big_writes");
        }
        return options;
    }

    /** What fuse_mount of Darwin is to do; on Linux libfuse does not mount. */
    static List<String> ofDarwin(MountOptions mount) {
        List<String> options = new ArrayList<>(
                List.of("fsname=" + mount.source().replace("\\", "\\\\").replace(",", "\\,"), "default_permissions"));
        if (System.getProperty("user.name").equals("root")) {
            options.add("allow_other");
        }
        if (mount.readOnly()) {
            options.add("ro");
        }
        if (mount.nosuid()) {
            options.add("nosuid");
        }
        if (mount.nodev()) {
            options.add("nodev");
        }
        if (mount.noexec()) {
            options.add("noexec");
        }
        if (mount.noatime()) {
            options.add("noatime");
        }
        return options;
    }

    /** As of a command line, the program's name first. */
    static List<String> words(List<String> options) {
        return List.of("liveroot", "-o", String.join(",", options));
    }
}
