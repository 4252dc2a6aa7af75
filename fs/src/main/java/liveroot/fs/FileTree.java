package liveroot.fs;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A tree of files: an image, a stack of layers, an overlay. It is what a front mounts, and its operations are those of
 * FUSE's low-level interface: by inode id, not by path.
 *
 * <p><b>Ids.</b> The root has the id {@link #ROOT}. Every other id comes from a {@link Node} or a listing, and of an
 * image it is positive. An unknown id is answered with ESTALE, and never harms.
 *
 * <p><b>Lookup counts.</b> Every {@link Node} handed out (by lookup, reference, create, mknod, mkdir, symlink, link,
 * tmpfile) counts as one lookup of its inode, which the caller gives back by {@link #forget}. Until then the id stays
 * valid, even if the last name goes.
 *
 * <p><b>Read-only trees</b> never change: whatever was learnt of them may be kept for ever. They answer each changing
 * operation with EROFS, count no lookups, and know their files without opening: {@code handle} 0 is always good there,
 * for files and for directories.
 *
 * <p><b>Permissions</b> are the kernel's to check ({@code default_permissions}), and it has resolved "..", trailing
 * slashes and symlinks. What it has not checked is checked here: existence, types, emptiness, space, lengths of names.
 *
 * <p><b>Failure</b> is an {@link FsException}, and has changed nothing. All methods may be called by many threads at
 * once.
 */
public interface FileTree extends Closeable {

    long ROOT = 1;

    /** Flag of {@link #rename}: fail with EEXIST if the new name exists (RENAME_NOREPLACE of linux/fs.h). */
    int RENAME_NOREPLACE = 1;
    /** Flag of {@link #rename}: both names exist, and change places (RENAME_EXCHANGE). */
    int RENAME_EXCHANGE = 2;
    /** Flag of {@link #rename}: leave a 0:0 character device at the old name (RENAME_WHITEOUT). */
    int RENAME_WHITEOUT = 4;

    /** For {@link #lseek}: the first byte that is data, at the offset or behind it (SEEK_DATA of unistd.h). */
    int SEEK_DATA = 3;
    /** For {@link #lseek}: the first byte that is in a hole, or the end (SEEK_HOLE). */
    int SEEK_HOLE = 4;

    /** Flag of {@link #write}: clear set-user-id and set-group-id (FUSE_WRITE_KILL_SUIDGID of linux/fuse.h). */
    int WRITE_KILL_SUIDGID = 4;

    /** Whether nothing in this tree can ever change. */
    boolean isReadOnly();

    /**
     * Finds a name in a directory.
     *
     * @throws FsException ENOENT, ENOTDIR, ENAMETOOLONG, EIO
     */
    Node lookup(long parent, Name name) throws FsException;

    /**
     * As {@link #lookup(long, Name)}, for a front that knows who asks. A tree may show one caller what it does not show
     * another, if the answer is {@link Node#fleeting}.
     *
     * @param thread its id on the host, 0 if not known
     */
    default Node lookup(long parent, Name name, int thread) throws FsException {
        return lookup(parent, name);
    }

    /**
     * The name that a listing of {@code parent} has for what {@link #lookup(long, Name)} finds by {@code name}: another one
     * where upper and lower case, or composed and decomposed letters, are the same.
     *
     * @throws FsException as lookup
     */
    default Name ownName(long parent, Name name) throws FsException {
        return name;
    }

    /** The inode that a listing named, counted as a lookup. @throws FsException ENOENT if it has gone meanwhile */
    Node reference(long id) throws FsException;

    /** Gives back {@code lookups} lookups. */
    default void forget(long id, long lookups) {}

    Attributes getattr(long id) throws FsException;

    /**
     * Changes attributes, all or none. A size makes the times new also if it is the same, as on a disk.
     *
     * @param handle of an open file that the change came through (ftruncate), or 0
     */
    default Attributes setattr(long id, long handle, AttributeChange change, Caller caller) throws FsException {
        throw new FsException(Errno.EROFS);
    }

    /** The target of a symlink. @throws FsException EINVAL if it is none */
    byte[] readlink(long id) throws FsException;

    /**
     * Makes a file, fifo, socket or device.
     *
     * @param mode type and permission bits, not yet masked by the caller's umask
     * @param rdev number of a device, as in {@link Attributes}
     */
    default Node mknod(long parent, Name name, int mode, int rdev, Caller caller) throws FsException {
        throw new FsException(Errno.EROFS);
    }

    default Node mkdir(long parent, Name name, int mode, Caller caller) throws FsException {
        throw new FsException(Errno.EROFS);
    }

    default Node symlink(long parent, Name name, byte[] target, Caller caller) throws FsException {
        throw new FsException(Errno.EROFS);
    }

    /** Gives the inode {@code id} one more name. */
    default Node link(long id, long newParent, Name newName) throws FsException {
        throw new FsException(Errno.EROFS);
    }

    default void unlink(long parent, Name name) throws FsException {
        throw new FsException(Errno.EROFS);
    }

    default void rmdir(long parent, Name name) throws FsException {
        throw new FsException(Errno.EROFS);
    }

    /** @param flags RENAME_*; unknown ones are EINVAL */
    default void rename(long parent, Name name, long newParent, Name newName, int flags) throws FsException {
        throw new FsException(Errno.EROFS);
    }

    /**
     * Opens a regular file.
     *
     * @param flags of open(2), in Linux' numbers; O_CREAT, O_EXCL and O_NOCTTY have been dealt with. O_TRUNC is this
     *     call's to do, but for set-user-id and set-group-id, which the front then takes away by {@link #setattr} if the
     *     caller may not keep them
     */
    Opened open(long id, int flags, Caller caller) throws FsException;

    /** Makes a regular file and opens it. @throws FsException EEXIST if the name exists */
    default Created create(long parent, Name name, int mode, int flags, Caller caller) throws FsException {
        throw new FsException(Errno.EROFS);
    }

    /** Makes and opens a regular file that has no name yet (O_TMPFILE); {@link #link} may give it one. */
    default Created tmpfile(long parent, int mode, int flags, Caller caller) throws FsException {
        throw new FsException(Errno.EROFS);
    }

    /**
     * Reads bytes of a regular file into {@code sink}: {@code length} of them, or fewer if the file ends before.
     *
     * @param offset not negative; at or behind the end of the file nothing is added
     * @throws FsException EIO if the image is damaged there
     */
    void read(long id, long handle, long offset, int length, ReadSink sink) throws FsException;

    /**
     * Writes the remaining bytes of {@code data}, all or none.
     *
     * @param data direct memory
     * @param flags WRITE_*
     * @throws FsException ENOSPC, EFBIG
     */
    default void write(long id, long handle, long offset, ByteBuffer data, int flags) throws FsException {
        throw new FsException(Errno.EROFS);
    }

    /** Ends the use of a handle of {@link #open}, {@link #create} or {@link #tmpfile}. */
    default void release(long id, long handle) {}

    /**
     * Allocates or frees space in a file.
     *
     * @param mode FALLOC_FL_* of linux/falloc.h; EOPNOTSUPP for what is not known
     */
    default void fallocate(long id, long handle, long offset, long length, int mode) throws FsException {
        throw new FsException(Errno.EROFS);
    }

    /**
     * Finds data or a hole.
     *
     * @param whence {@link #SEEK_DATA} or {@link #SEEK_HOLE}
     * @return the offset found
     * @throws FsException ENXIO if there is none, or the offset is at or behind the end
     */
    long lseek(long id, long handle, long offset, int whence) throws FsException;

    /**
     * Lists a directory from a cookie on, "." and ".." first, until its end or until the sink is full. Directories are
     * not opened.
     *
     * @param cookie 0, or one that an earlier listing of this directory gave. It stays good while entries come and go:
     *     what was there all the time is listed exactly once
     */
    void readdir(long id, long cookie, DirectorySink sink) throws FsException;

    /** Value of an extended attribute. @throws FsException ENODATA if the inode has none of that name */
    byte[] getxattr(long id, Name name) throws FsException;

    /** Names of the extended attributes, with their prefixes ("user.", "trusted.", "security.", "system."). */
    List<Name> listxattr(long id) throws FsException;

    /** @param flags 1 XATTR_CREATE: EEXIST if it exists; 2 XATTR_REPLACE: ENODATA if not (linux/xattr.h) */
    default void setxattr(long id, Name name, byte[] value, int flags) throws FsException {
        throw new FsException(Errno.EROFS);
    }

    default void removexattr(long id, Name name) throws FsException {
        throw new FsException(Errno.EROFS);
    }

    Capacity statfs() throws FsException;

    /**
     * Hands over the kernel's page cache of the mount of this tree, which it may fill with what it foresees will be read.
     * A tree that can change stores nothing of a file that is open, and has who opens it wait for a store under way: the
     * kernel writes to the pages of open files by itself, and a store may wait for a READ of one.
     */
    default void fill(PageCache pages) {}

    /** Ends the use of the tree and gives its memory back. Not called while an operation is under way. */
    @Override
    void close() throws IOException;
}
