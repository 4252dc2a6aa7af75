package liveroot.fs;

/**
 * What a setattr is to change, as the kernel's FUSE_SETATTR states it. A field counts only if its bit is in
 * {@code valid}.
 *
 * @param valid bits of this record's constants (FATTR_* of linux/fuse.h)
 */
public record AttributeChange(
        int valid,
        int mode,
        int uid,
        int gid,
        long size,
        long atime,
        int atimeNanos,
        long mtime,
        int mtimeNanos,
        long ctime,
        int ctimeNanos) {

    public static final int MODE = 1;
    public static final int UID = 1 << 1;
    public static final int GID = 1 << 2;
    public static final int SIZE = 1 << 3;
    public static final int ATIME = 1 << 4;
    public static final int MTIME = 1 << 5;
    /** Take the present time, not the field (UTIME_NOW). Comes with {@link #ATIME}. */
    public static final int ATIME_NOW = 1 << 7;
    /** Take the present time, not the field (UTIME_NOW). Comes with {@link #MTIME}. */
    public static final int MTIME_NOW = 1 << 8;

    public static final int CTIME = 1 << 10;
    /** Clear set-user-id, and set-group-id of a group-executable file, as the caller may not keep them. */
    public static final int KILL_SUIDGID = 1 << 11;

    public boolean has(int bit) {
        return (valid & bit) != 0;
    }

    /** A change of the permission bits alone. */
    public static AttributeChange ofMode(int mode) {
        return new AttributeChange(MODE, mode, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    /** A change of the size alone (truncate). */
    public static AttributeChange ofSize(long size) {
        return new AttributeChange(SIZE, 0, 0, 0, size, 0, 0, 0, 0, 0, 0);
    }

    /** A change of owner and group. */
    public static AttributeChange ofOwner(int uid, int gid) {
        return new AttributeChange(UID | GID, 0, uid, gid, 0, 0, 0, 0, 0, 0, 0);
    }
}
