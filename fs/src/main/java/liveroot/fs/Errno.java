package liveroot.fs;

/** The error numbers that a file system answers with, by their POSIX names, and their numbers on each host. */
public enum Errno {
    EPERM(1, 1),
    ENOENT(2, 2),
    EINTR(4, 4),
    EIO(5, 5),
    ENXIO(6, 6),
    E2BIG(7, 7),
    EBADF(9, 9),
    EAGAIN(11, 35),
    ENOMEM(12, 12),
    EACCES(13, 13),
    EBUSY(16, 16),
    EEXIST(17, 17),
    EXDEV(18, 18),
    ENODEV(19, 19),
    ENOTDIR(20, 20),
    EISDIR(21, 21),
    EINVAL(22, 22),
    ENFILE(23, 23),
    EMFILE(24, 24),
    ENOTTY(25, 25),
    ETXTBSY(26, 26),
    EFBIG(27, 27),
    ENOSPC(28, 28),
    ESPIPE(29, 29),
    EROFS(30, 30),
    EMLINK(31, 31),
    EPIPE(32, 32),
    ERANGE(34, 34),
    EDEADLK(35, 11),
    ENAMETOOLONG(36, 63),
    ENOSYS(38, 78),
    ENOTEMPTY(39, 66),
    ELOOP(40, 62),
    /** No such extended attribute: ENODATA on Linux, ENOATTR on Darwin. */
    ENODATA(61, 93),
    EOVERFLOW(75, 84),
    EILSEQ(84, 92),
    EOPNOTSUPP(95, 102),
    ECONNABORTED(103, 53),
    ENOTCONN(107, 57),
    ESTALE(116, 70),
    EDQUOT(122, 69),
    /** No key for what is encrypted; of Darwin, which knows no such thing, ENEEDAUTH. */
    ENOKEY(126, 81);

    private static final boolean DARWIN = System.getProperty("os.name").startsWith("Mac");

    private final int linux;
    private final int darwin;

    /** Numbers of Linux' asm-generic/errno.h and of Darwin's sys/errno.h. */
    Errno(int linux, int darwin) {
        this.linux = linux;
        this.darwin = darwin;
    }

    /** The number on this host, positive. */
    public int number() {
        return DARWIN ? darwin : linux;
    }

    /** The name of this host's number, or EIO for one that is not in the list. */
    public static Errno of(int number) {
        for (Errno errno : values()) {
            if (errno.number() == number) {
                return errno;
            }
        }
        return EIO;
    }
}
