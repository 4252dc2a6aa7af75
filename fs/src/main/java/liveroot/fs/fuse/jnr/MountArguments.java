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

    /** Seconds, over 30 years. */
    private static final String FOR_EVER = "1000000000";

    /** Bytes; libfuse 2 has no larger requests. */
    private static final int LARGEST_REQUEST = 128 << 10;

    private final List<String> options = new ArrayList<>();

    /**
     * @param fixed whether the tree can never change
     * @param host what kind of mount is possible here
     */
    MountArguments(MountOptions mount, boolean fixed, Host host) {
        options.add("fsname=" + escaped(mount.source()));
        if (host.isLinux()) {
            options.add("subtype=liveroot");
            options.add("big_writes");
        }
        options.add("default_permissions");
        if (host.mayAllowOther()) {
            options.add("allow_other");
        }
        options.add("max_read=" + LARGEST_REQUEST);
        options.add("max_write=" + LARGEST_REQUEST);
        options.add("use_ino");
        options.add("atomic_o_trunc");
        options.add("entry_timeout=" + FOR_EVER);
        options.add("negative_timeout=" + FOR_EVER);
        options.add("attr_timeout=" + (fixed ? FOR_EVER : "0"));
        options.add(fixed ? "kernel_cache" : "auto_cache");

        if (mount.readOnly()) {
            options.add("ro");
        }
        if (mount.noexec()) {
            options.add("noexec");
        }
        if (mount.noatime()) {
            options.add("noatime");
        }
        // libfuse mounts nosuid,nodev by itself, and fusermount lets no one but root ask for more.
        if (!mount.nosuid() && host.isRoot()) {
            options.add("suid");
        }
        if (!mount.nodev() && host.isRoot()) {
            options.add("dev");
        }
    }

    /** For a directory that is not empty, which libfuse 2 refuses unless told not to. */
    void overFiles() {
        options.add("nonempty");
    }

    /** As of a command line, the program's name first. */
    List<String> words() {
        return List.of("liveroot", "-o", String.join(",", options));
    }

    /** libfuse takes a backslash off, and does not end an option at the comma behind it. */
    private static String escaped(String value) {
        return value.replace("\\", "\\\\").replace(",", "\\,");
    }
}
