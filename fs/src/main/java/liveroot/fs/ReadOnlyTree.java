package liveroot.fs;

import java.io.IOException;
import java.util.List;

/**
 * A tree that an image holds, by what differs from format to format: how an inode is read, how its data, entries and
 * attributes are found. What is the same for all is here: the checks of types and arguments, and which errno stands for
 * what. An {@link IOException}, of the medium or by damage of the image, is EIO for the operation that met it, and names
 * the operation and the inode.
 *
 * @param <I> an inode of the format, whatever it needs for the other operations
 */
public abstract class ReadOnlyTree<I> implements ImageTree {

    /** The longest symlink target (PATH_MAX of linux/limits.h). */
    public static final int LONGEST_TARGET = 4096;

    /** The part of open's flags that says reading or writing (fcntl.h; the same on Linux and Darwin). */
    private static final int O_ACCMODE = 3;

    /** Null until the kernel's page cache was handed over. */
    private volatile Pusher<I> pushing;

    /** @throws FsException ESTALE if the image has no inode of this id; {@link #stale} makes it */
    protected abstract I inode(long id) throws IOException, FsException;

    /** Type and permissions, as in {@link Attributes}. */
    protected abstract int mode(long id, I inode);

    /** Bytes of a regular file. */
    protected abstract long size(long id, I file);

    protected abstract Attributes attributes(long id, I inode) throws IOException, FsException;

    /** The entry of a directory that has this name, or null. */
    protected abstract Node find(long id, I directory, Name name) throws IOException, FsException;

    /** As {@link FileTree#readdir}, with a cookie that is not negative. */
    protected abstract void list(long id, I directory, long cookie, DirectorySink sink) throws IOException, FsException;

    protected abstract byte[] target(long id, I symlink) throws IOException, FsException;

    /** Adds exactly {@code length} bytes, at least one, all before the end of the file. */
    protected abstract void read(long id, I file, long offset, int length, ReadSink sink)
            throws IOException, FsException;

    /**
     * Where the next data or hole begins; of holes nothing is known, if a format does not say otherwise.
     *
     * @param offset before the end of the file
     * @return at least {@code offset}; the size of the file or more, or -1, if there is no such place before the end
     */
    protected long seek(long id, I file, long offset, boolean hole) throws IOException {
        return hole ? -1 : offset;
    }

    /** Value of an extended attribute, or null. */
    protected byte[] xattr(long id, I inode, Name name) throws IOException, FsException {
        return null;
    }

    protected List<Name> xattrs(long id, I inode) throws IOException {
        return List.of();
    }

    protected static FsException stale(long id) {
        return new FsException(Errno.ESTALE, "no inode has the id " + id);
    }

    @Override
    public final boolean isReadOnly() {
        return true;
    }

    @Override
    public Node lookup(long parent, Name name) throws FsException {
        if (name.length() > Name.MAX_LENGTH) {
            throw new FsException(Errno.ENAMETOOLONG);
        }
        try {
            Node found = find(parent, directory(parent), name);
            if (found == null) {
                throw new FsException(Errno.ENOENT);
            }
            return found;
        } catch (IOException e) {
            throw failed("lookup", parent, e);
        }
    }

    @Override
    public final Node reference(long id) throws FsException {
        return new Node(id, getattr(id));
    }

    @Override
    public final Attributes getattr(long id) throws FsException {
        try {
            return attributes(id, inode(id));
        } catch (IOException e) {
            throw failed("getattr", id, e);
        }
    }

    @Override
    public final byte[] readlink(long id) throws FsException {
        try {
            I inode = inode(id);
            if (!Mode.isSymlink(mode(id, inode))) {
                throw new FsException(Errno.EINVAL);
            }
            return target(id, inode);
        } catch (IOException e) {
            throw failed("readlink", id, e);
        }
    }

    @Override
    public final Opened open(long id, int flags, Caller caller) throws FsException {
        if ((flags & O_ACCMODE) != 0) {
            throw new FsException(Errno.EROFS);
        }
        try {
            file(id);
            return new Opened(0, -1);
        } catch (IOException e) {
            throw failed("open", id, e);
        }
    }

    @Override
    public final void read(long id, long handle, long offset, int length, ReadSink sink) throws FsException {
        if (offset < 0 || length < 0) {
            throw new FsException(Errno.EINVAL);
        }
        try {
            I file = file(id);
            long left = size(id, file) - offset;
            if (left > 0 && length > 0) {
                Pusher<I> pusher = pushing;
                if (pusher != null) {
                    pusher.demanded(id);
                }
                read(id, file, offset, (int) Math.min(length, left), sink);
            }
        } catch (IOException e) {
            throw failed("read", id, e);
        }
    }

    @Override
    public final long lseek(long id, long handle, long offset, int whence) throws FsException {
        if (whence != SEEK_DATA && whence != SEEK_HOLE) {
            throw new FsException(Errno.EINVAL);
        }
        try {
            I file = file(id);
            long size = size(id, file);
            if (offset < 0 || offset >= size) {
                throw new FsException(Errno.ENXIO);
            }
            long found = seek(id, file, offset, whence == SEEK_HOLE);
            if (found >= 0 && found < size) {
                return found;
            }
            if (whence == SEEK_DATA) {
                throw new FsException(Errno.ENXIO);
            }
            return size;
        } catch (IOException e) {
            throw failed("lseek", id, e);
        }
    }

    @Override
    public final void readdir(long id, long cookie, DirectorySink sink) throws FsException {
        if (cookie < 0) {
            throw new FsException(Errno.EINVAL);
        }
        try {
            Pusher<I> pusher = pushing;
            I directory = directory(id);
            if (pusher == null) {
                list(id, directory, cookie, sink);
            } else {
                Listings.Listed listed = new Listings.Listed(id, cookie, sink);
                list(id, directory, cookie, listed);
                pusher.listed(listed);
            }
        } catch (IOException e) {
            throw failed("readdir", id, e);
        }
    }

    @Override
    public final byte[] getxattr(long id, Name name) throws FsException {
        try {
            byte[] value = xattr(id, inode(id), name);
            if (value == null) {
                throw new FsException(Errno.ENODATA);
            }
            return value;
        } catch (IOException e) {
            throw failed("getxattr", id, e);
        }
    }

    @Override
    public final List<Name> listxattr(long id) throws FsException {
        try {
            return xattrs(id, inode(id));
        } catch (IOException e) {
            throw failed("listxattr", id, e);
        }
    }

    private I directory(long id) throws IOException, FsException {
        I inode = inode(id);
        if (!Mode.isDirectory(mode(id, inode))) {
            throw new FsException(Errno.ENOTDIR);
        }
        return inode;
    }

    private I file(long id) throws IOException, FsException {
        I inode = inode(id);
        int mode = mode(id, inode);
        if (Mode.isDirectory(mode)) {
            throw new FsException(Errno.EISDIR);
        }
        if (!Mode.isRegular(mode)) {
            throw new FsException(Errno.EINVAL);
        }
        return inode;
    }

    /** Small files ahead of readers in the order of listings go there, if a format knows no better. */
    @Override
    public void fill(PageCache pages) {
        pushing = new Pusher<>(this, pages);
    }

    /** Ends what is read ahead. A format closes what it has after that. */
    @Override
    public void close() throws IOException {
        Pusher<I> pusher = pushing;
        if (pusher != null) {
            pusher.close();
        }
    }

    protected static FsException failed(String operation, long id, IOException cause) {
        return new FsException(Errno.EIO, operation + " of inode " + id + ": " + cause.getMessage(), cause);
    }
}
