package liveroot.fs;

/**
 * The process on whose behalf something is done.
 *
 * @param uid its file-system user id: the owner of what it makes
 * @param gid its file-system group id
 * @param pid its thread id, 0 if not known
 * @param umask its file mode creation mask. Modes given with it are not yet masked
 */
public record Caller(int uid, int gid, int pid, int umask) {

    /** The daemon itself. */
    public static final Caller ROOT = new Caller(0, 0, 0, 022);
}
