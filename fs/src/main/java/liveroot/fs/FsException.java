package liveroot.fs;

/**
 * A file-system operation failed, for a reason that the caller's program can be told: an errno. Ordinary answers
 * (ENOENT of a lookup) take this way too, so it carries no stack trace and costs little.
 *
 * <p>The message, if any, is for the log: what was being done, where (byte offset, path), what was found.
 */
public final class FsException extends Exception {

    private final Errno errno;

    public FsException(Errno errno) {
        this(errno, errno.name());
    }

    public FsException(Errno errno, String message) {
        this(errno, message, null);
    }

    /** With the {@code cause} kept for the log. */
    public FsException(Errno errno, String message, Throwable cause) {
        super(message, cause, false, false);
        this.errno = errno;
    }

    public Errno errno() {
        return errno;
    }
}
