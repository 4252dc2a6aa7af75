package liveroot.fs.host;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import liveroot.fs.FsException;
import liveroot.fs.sys.Libc;

/**
 * Files that are open for reading: those in use, and those that were used last, so that the kernel reads ahead in them.
 */
final class OpenFiles {

    /** As many may stay open without being in use; fewer where few files may be open, as there may be many trees. */
    static final int MOST = (int) Math.max(2, Math.min(64, Libc.descriptorLimit() / 128));

    /** An open file. */
    static final class File {

        private int users = 1;

        final int fd;

        /** Bytes, when it was opened. */
        final long size;

        File(int fd, long size) {
            this.fd = fd;
            this.size = size;
        }
    }

    /** How a file is opened. */
    @FunctionalInterface
    interface Opener {
        File open() throws FsException;
    }

    private final Map<Long, File> files = new LinkedHashMap<>(16, 0.75f, true);
    private boolean closed;

    /** Opened before, or by {@code opener}, which gives it one user; to be given back. */
    File use(long id, Opener opener) throws FsException {
        synchronized (this) {
            File file = files.get(id);
            if (file != null) {
                file.users++;
                return file;
            }
        }
        File opened = opener.open();
        synchronized (this) {
            File other = files.get(id);
            if (other != null) {
                other.users++;
            } else {
                files.put(id, opened);
                closeIdle();
                return opened;
            }
            Libc.close(opened.fd);
            return other;
        }
    }

    synchronized void giveBack(File file) {
        file.users--;
        if (closed && file.users == 0) {
            Libc.close(file.fd);
        } else {
            closeIdle();
        }
    }

    private void closeIdle() {
        int more = files.size() - MOST;
        ArrayDeque<File> idle = new ArrayDeque<>();
        for (Iterator<File> eldest = files.values().iterator(); more > 0 && eldest.hasNext(); ) {
            File file = eldest.next();
            if (file.users == 0) {
                eldest.remove();
                idle.add(file);
                more--;
            }
        }
        idle.forEach(file -> Libc.close(file.fd));
    }

    synchronized void close() {
        closed = true;
        for (File file : files.values()) {
            if (file.users == 0) {
                Libc.close(file.fd);
            }
        }
        files.clear();
    }
}
