package liveroot.launcher;

/**
 * A command cannot do what it was asked for. The message is the one line that people get to see: what, and what to do.
 * The code is the process's exit status, of sysexits.h.
 */
final class Refusal extends Exception {

    private static final long serialVersionUID = 1;

    /** The command line or a unions file cannot be understood (EX_USAGE). */
    static final int USAGE = 64;
    /** The image is none, or damaged (EX_DATAERR). */
    static final int DATA = 65;
    /** What was named is not there: the image, a path in it, a mount (EX_NOINPUT). */
    static final int NO_INPUT = 66;
    /** No FUSE, no Java: the host lacks something (EX_UNAVAILABLE). */
    static final int UNAVAILABLE = 69;
    /** A fault of liveroot's own (EX_SOFTWARE). */
    static final int SOFTWARE = 70;
    /** The operating system refused (EX_OSERR). */
    static final int OS = 71;
    /** The mount point cannot be used, a file cannot be made (EX_CANTCREAT). */
    static final int CANNOT_CREATE = 73;
    /** An image cannot be read by its medium (EX_IOERR). */
    static final int IO = 74;
    /** Busy: try again later (EX_TEMPFAIL). */
    static final int BUSY = 75;
    /** No permission (EX_NOPERM). */
    static final int PERMISSION = 77;

    private final int code;

    Refusal(int code, String message) {
        super(message, null, false, false);
        this.code = code;
    }

    int code() {
        return code;
    }
}
