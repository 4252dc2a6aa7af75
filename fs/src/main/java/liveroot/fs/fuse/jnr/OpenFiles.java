package liveroot.fs.fuse.jnr;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import liveroot.fs.Errno;
import liveroot.fs.FsException;

/**
 * The open files and directories of a mount by the number that libfuse keeps for each ({@code fuse_file_info.fh}). An
 * open file goes on to work when its path has gone.
 */
final class OpenFiles {

    /**
     * One of them.
     *
     * @param inode with the lookup that is held until the release
     * @param handle the tree's own
     */
    record OpenFile(Inode inode, long handle, boolean directory) {

        long id() {
            return inode.id();
        }
    }

    private final ConcurrentMap<Long, OpenFile> files = new ConcurrentHashMap<>();
    private final AtomicLong last = new AtomicLong();

    long add(OpenFile file) {
        long number = last.incrementAndGet();
        files.put(number, file);
        return number;
    }

    OpenFile get(long number) throws FsException {
        OpenFile file = files.get(number);
        if (file == null) {
            throw new FsException(Errno.EBADF);
        }
        return file;
    }

    OpenFile remove(long number) throws FsException {
        OpenFile file = files.remove(number);
        if (file == null) {
            throw new FsException(Errno.EBADF);
        }
        return file;
    }

    boolean isOpen(long id) {
        return files.values().stream().anyMatch(file -> file.id() == id);
    }

    /** Numbers of all that is open. */
    Iterable<Long> numbers() {
        return files.keySet();
    }
}
