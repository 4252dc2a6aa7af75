package liveroot.fs.fuse.jnr;

import java.util.List;

/** enum fuse_opcode of linux/fuse.h, as far as protocol 7.19 goes. */
final class Opcodes {

    static final int LOOKUP = 1;
    static final int GETATTR = 3;
    static final int UNLINK = 10;
    static final int RELEASE = 18;

    /** By number; the last stands for all that this protocol does not have. */
    static final List<String> NAMES = List.of(
            "0",
            "LOOKUP",
            "FORGET",
            "GETATTR",
            "SETATTR",
            "READLINK",
            "SYMLINK",
            "7",
            "MKNOD",
            "MKDIR",
            "UNLINK",
            "RMDIR",
            "RENAME",
            "LINK",
            "OPEN",
            "READ",
            "WRITE",
            "STATFS",
            "RELEASE",
            "19",
            "FSYNC",
            "SETXATTR",
            "GETXATTR",
            "LISTXATTR",
            "REMOVEXATTR",
            "FLUSH",
            "INIT",
            "OPENDIR",
            "READDIR",
            "RELEASEDIR",
            "FSYNCDIR",
            "GETLK",
            "SETLK",
            "SETLKW",
            "ACCESS",
            "CREATE",
            "INTERRUPT",
            "BMAP",
            "DESTROY",
            "IOCTL",
            "POLL",
            "NOTIFY_REPLY",
            "BATCH_FORGET",
            "FALLOCATE",
            "OTHER");

    private Opcodes() {}
}
