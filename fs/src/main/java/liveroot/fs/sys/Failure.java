package liveroot.fs.sys;

/** A system call failed. */
public final class Failure extends Exception {

    private static final long serialVersionUID = 1;

    private final int errno;

    /** @param errno positive */
    Failure(int errno) {
        super(Libc.error(errno), null, false, false);
        this.errno = errno;
    }

    /** @return {@code result} if it is not negative */
    public static int check(int result) throws Failure {
        if (result < 0) {
            throw new Failure(-result);
        }
        return result;
    }

    /** Number of the error, positive. */
    public int errno() {
        return errno;
    }
}
