package liveroot.fs.fuse.jnr;

/** Flags of open(2): the host's made into Linux', without those that the kernel has dealt with. */
enum OpenFlags {
    LINUX {
        @Override
        int ofOpen(int flags) {
            return flags & ~(O_CREAT | O_EXCL | O_NOCTTY);
        }
    },
    /** Numbers of Darwin's sys/fcntl.h. */
    DARWIN {
        @Override
        int ofOpen(int flags) {
            return (flags & O_ACCMODE) | ((flags & 0x8) == 0 ? 0 : O_APPEND) | ((flags & 0x400) == 0 ? 0 : O_TRUNC);
        }
    };

    // Numbers of Linux' asm-generic/fcntl.h
    private static final int O_ACCMODE = 3;
    private static final int O_CREAT = 0100;
    private static final int O_EXCL = 0200;
    private static final int O_NOCTTY = 0400;
    private static final int O_TRUNC = 01000;
    private static final int O_APPEND = 02000;

    abstract int ofOpen(int flags);
}
