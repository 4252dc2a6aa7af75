package liveroot.fs;

/**
 * What stat(2) tells of an inode.
 *
 * @param ino inode number shown to programs; the same for every name of a file, and across remounts of an image
 * @param mode type and permission bits, see {@link Mode}
 * @param nlink number of names; 0 for an open file whose last name is gone
 * @param uid owner
 * @param gid group
 * @param rdev for a device its number in the kernel's 32-bit form (new_encode_dev of linux/kdev_t.h: minor bits 0-7,
 *     major bits 8-19, the rest of minor in bits 20-31), else 0
 * @param size bytes; of a symlink the length of its target
 * @param blocks 512-byte units taken
 * @param blockSize preferred size of I/O in bytes
 * @param atime seconds since 1970 UTC, with {@code atimeNanos} 0 to 999,999,999; likewise mtime and ctime
 */
public record Attributes(
        long ino,
        int mode,
        int nlink,
        int uid,
        int gid,
        int rdev,
        long size,
        long blocks,
        int blockSize,
        long atime,
        int atimeNanos,
        long mtime,
        int mtimeNanos,
        long ctime,
        int ctimeNanos) {

    public boolean isDirectory() {
        return Mode.isDirectory(mode);
    }

    public boolean isRegular() {
        return Mode.isRegular(mode);
    }

    public boolean isSymlink() {
        return Mode.isSymlink(mode);
    }
}
