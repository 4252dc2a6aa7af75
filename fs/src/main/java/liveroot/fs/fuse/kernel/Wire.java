package liveroot.fs.fuse.kernel;

/** Numbers and struct layouts of linux/fuse.h. Offsets count from the beginning of their struct. */
final class Wire {

    static final int MAJOR = 7;
    /** The minor version that this front was written for. */
    static final int MINOR = 45;
    /** The oldest that it speaks (Linux 5.4). */
    static final int OLDEST_MINOR = 31;

    static final int LOOKUP = 1;
    static final int FORGET = 2;
    static final int GETATTR = 3;
    static final int SETATTR = 4;
    static final int READLINK = 5;
    static final int SYMLINK = 6;
    static final int MKNOD = 8;
    static final int MKDIR = 9;
    static final int UNLINK = 10;
    static final int RMDIR = 11;
    static final int RENAME = 12;
    static final int LINK = 13;
    static final int OPEN = 14;
    static final int READ = 15;
    static final int WRITE = 16;
    static final int STATFS = 17;
    static final int RELEASE = 18;
    static final int SETXATTR = 21;
    static final int GETXATTR = 22;
    static final int LISTXATTR = 23;
    static final int REMOVEXATTR = 24;
    static final int INIT = 26;
    static final int READDIR = 28;
    static final int CREATE = 35;
    static final int INTERRUPT = 36;
    static final int DESTROY = 38;
    static final int IOCTL = 39;
    static final int BATCH_FORGET = 42;
    static final int FALLOCATE = 43;
    static final int READDIRPLUS = 44;
    static final int RENAME2 = 45;
    static final int LSEEK = 46;
    static final int TMPFILE = 51;

    // struct fuse_in_header: len u32, opcode u32, unique u64, nodeid u64, uid u32, gid u32, pid u32, extlen u16, pad
    static final int IN_HEADER = 40;
    static final int IN_LENGTH = 0;
    static final int IN_OPCODE = 4;
    static final int IN_UNIQUE = 8;
    static final int IN_NODE = 16;
    static final int IN_UID = 24;
    static final int IN_GID = 28;
    static final int IN_PID = 32;

    // struct fuse_out_header: len u32, error s32, unique u64
    static final int OUT_HEADER = 16;

    // struct fuse_attr, fuse_entry_out, fuse_attr_out, fuse_open_out
    static final int ATTR = 88;
    static final int ENTRY_OUT = 40 + ATTR;
    static final int ATTR_OUT = 16 + ATTR;
    static final int OPEN_OUT = 16;

    // struct fuse_dirent: ino u64, off u64, namelen u32, type u32, name; padded to 8
    static final int DIRENT = 24;

    // fuse_init_in.flags and flags2 as one word
    static final long ASYNC_READ = 1L;
    static final long ATOMIC_O_TRUNC = 1L << 3;
    static final long BIG_WRITES = 1L << 5;
    static final long DONT_MASK = 1L << 6;
    static final long DO_READDIRPLUS = 1L << 13;
    static final long READDIRPLUS_AUTO = 1L << 14;
    static final long ASYNC_DIO = 1L << 15;
    static final long NO_OPEN_SUPPORT = 1L << 17;
    static final long PARALLEL_DIROPS = 1L << 18;
    static final long POSIX_ACL = 1L << 20;
    static final long ABORT_ERROR = 1L << 21;
    static final long MAX_PAGES = 1L << 22;
    static final long CACHE_SYMLINKS = 1L << 23;
    static final long NO_OPENDIR_SUPPORT = 1L << 24;
    static final long HANDLE_KILLPRIV_V2 = 1L << 28;
    static final long SETXATTR_EXT = 1L << 29;
    static final long INIT_EXT = 1L << 30;
    static final long PASSTHROUGH = 1L << 37;
    static final long OVER_IO_URING = 1L << 41;

    // fuse_getattr_in.getattr_flags, fuse_setattr_in.valid, fuse_open_in.open_flags
    static final int GETATTR_FH = 1;
    static final int FATTR_FH = 1 << 6;
    static final int FATTR_LOCKOWNER = 1 << 9;
    static final int OPEN_KILL_SUIDGID = 1;
    // fuse_setxattr_in.setxattr_flags, which it has only if SETXATTR_EXT was agreed
    static final int SETXATTR_ACL_KILL_SGID = 1;

    // enum fuse_notify_code; struct fuse_notify_inval_inode_out: ino u64, off s64, len s64
    static final int NOTIFY_INVAL_INODE = 2;
    static final int INVAL_INODE_OUT = 24;
    // struct fuse_notify_store_out: nodeid u64, offset u64, size u32, padding u32
    static final int NOTIFY_STORE = 4;
    static final int STORE_OUT = 24;

    // fuse_open_out.open_flags
    static final int FOPEN_KEEP_CACHE = 1 << 1;
    static final int FOPEN_PASSTHROUGH = 1 << 7;

    // _IOW(229, 1, struct fuse_backing_map {fd s32, flags u32, padding u64}) and _IOW(229, 2, u32)
    static final long BACKING_OPEN = 0x4010E501L;
    static final long BACKING_CLOSE = 0x4004E502L;

    /** Seconds that what was told stays true: as long as the mount. */
    static final long FOR_EVER = 1L << 32;

    private Wire() {}

    /** Whether the kernel waits for an answer. */
    static boolean hasReply(int opcode) {
        return opcode != FORGET && opcode != BATCH_FORGET && opcode != INTERRUPT;
    }
}
