package liveroot.fs.sys;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Mounts as descriptors: open_tree(2), move_mount(2) (Linux 5.2) and mount_setattr(2) (Linux 5.12). Answers are as those
 * of {@link Libc}.
 */
public final class MountCalls {

    private static final int OPEN_TREE = 428;
    private static final int MOVE_MOUNT = 429;
    private static final int FSOPEN = 430;
    private static final int FSCONFIG = 431;
    private static final int FSMOUNT = 432;
    private static final int MOUNT_SETATTR = 442;

    // linux/mount.h
    private static final int OPEN_TREE_CLONE = 1;
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int AT_RECURSIVE = 0x8000;
    private static final int AT_SYMLINK_NOFOLLOW = 0x100;
    private static final int MOVE_MOUNT_F_EMPTY_PATH = 4;
    private static final int FSCONFIG_SET_STRING = 1;
    private static final int FSCONFIG_CMD_CREATE = 6;
    private static final long MOUNT_ATTR_RDONLY = 1;
    private static final long MOUNT_ATTR_NOSUID = 2;
    private static final long MOUNT_ATTR_NODEV = 4;
    private static final long MOUNT_ATTR_NOEXEC = 8;
    private static final long MOUNT_ATTR_NOATIME = 0x10;
    private static final long MOUNT_ATTR_ATIME = 0x70;
    private static final long MS_PRIVATE = 1 << 18;

    private MountCalls() {}

    /**
     * A second mount of what lies at a descriptor, in no one's mount table. What is mounted below it is left out.
     *
     * @return its descriptor
     */
    public static int cloneOf(int fd) {
        try (Libc.CString here = new Libc.CString("")) {
            return (int) Libc.syscall(OPEN_TREE, fd, here.address(), OPEN_TREE_CLONE | Libc.O_CLOEXEC | AT_EMPTY_PATH);
        }
    }

    /** A second mount of what is mounted at a directory, with all that is mounted below it. @return its descriptor */
    public static int cloneOfAll(String directory) {
        try (Libc.CString d = new Libc.CString(directory)) {
            return (int) Libc.syscall(
                    OPEN_TREE, 0, d.address(), OPEN_TREE_CLONE | Libc.O_CLOEXEC | AT_SYMLINK_NOFOLLOW | AT_RECURSIVE);
        }
    }

    /** Through this mount nothing is written any more, access times included, and nothing is sent to other mounts. */
    public static int seal(int mount) {
        // struct mount_attr: attr_set, attr_clr, propagation, userns_fd, 64 bits each
        ByteBuffer attributes = NativeMemory.allocate(4 * Long.BYTES);
        try (Libc.CString here = new Libc.CString("")) {
            attributes
                    .putLong(0, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOATIME)
                    .putLong(8, MOUNT_ATTR_ATIME)
                    .putLong(16, MS_PRIVATE)
                    .putLong(24, 0);
            return (int) Libc.syscall(
                    MOUNT_SETATTR,
                    mount,
                    here.address(),
                    AT_EMPTY_PATH,
                    NativeMemory.address(attributes),
                    4 * Long.BYTES);
        } finally {
            NativeMemory.free(attributes);
        }
    }

    /** Mounts what a descriptor of this class holds at {@code name} in a directory, or at a path. */
    public static int attach(int mount, int directory, String name) {
        try (Libc.CString here = new Libc.CString("");
                Libc.CString there = new Libc.CString(name)) {
            return (int) Libc.syscall(
                    MOVE_MOUNT, mount, here.address(), directory, there.address(), MOVE_MOUNT_F_EMPTY_PATH);
        }
    }

    /**
     * An empty tmpfs, in no one's mount table, whose root everyone may search and no one list.
     *
     * @return its descriptor
     */
    public static int emptyTmpfs() throws IOException {
        int context;
        try (Libc.CString type = new Libc.CString("tmpfs")) {
            context = (int) Libc.syscall(FSOPEN, type.address(), 1);
        }
        require(context, "fsopen");
        try {
            require(set(context, "source", "liveroot"), "source");
            require(set(context, "size", "64k"), "size");
            require(set(context, "nr_inodes", "4096"), "nr_inodes");
            require(set(context, "mode", "711"), "mode");
            require((int) Libc.syscall(FSCONFIG, context, FSCONFIG_CMD_CREATE, 0, 0, 0), "fsconfig");
            int root = (int) Libc.syscall(
                    FSMOUNT, context, 1, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOATIME);
            require(root, "fsmount");
            return root;
        } finally {
            Libc.close(context);
        }
    }

    private static int set(int context, String key, String value) {
        try (Libc.CString k = new Libc.CString(key);
                Libc.CString v = new Libc.CString(value)) {
            return (int) Libc.syscall(FSCONFIG, context, FSCONFIG_SET_STRING, k.address(), v.address(), 0);
        }
    }

    private static void require(int result, String what) throws IOException {
        if (result < 0) {
            throw new IOException("no tmpfs can be made (" + what + "): " + Libc.error(-result));
        }
    }

    /** What is on top at a directory. @return its descriptor, for {@link #placeholder} and {@link #attach} */
    public static int rootOf(String directory) {
        try (Libc.CString d = new Libc.CString(directory)) {
            return Libc.openat(-1, d.address(), Libc.O_PATH | Libc.O_DIRECTORY | Libc.O_NOFOLLOW, 0);
        }
    }

    /** Makes an empty file for something to be mounted on. */
    public static int placeholder(int directory, String name) {
        try (Libc.CString n = new Libc.CString(name)) {
            int fd = Libc.openat(directory, n.address(), Libc.O_WRONLY | Libc.O_CREAT, 0);
            return fd < 0 ? fd : Libc.close(fd);
        }
    }
}
