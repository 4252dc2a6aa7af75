package liveroot.fs.host;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import liveroot.fs.Errno;
import liveroot.fs.FsException;
import liveroot.fs.Mode;
import liveroot.fs.Name;
import liveroot.fs.sys.Failure;
import liveroot.fs.sys.HostDirectory;
import liveroot.fs.sys.Libc;
import liveroot.fs.sys.NativeMemory;

/**
 * Directories that are being listed. Each listing goes on where one left off, known by how many names have been listed:
 * the host's own cookies may take all 63 bits. A directory that nobody changes has one order.
 */
final class Streams {

    /** As many stay open between two requests, see {@link OpenFiles#MOST}. */
    static final int MOST = (int) Math.max(1, Math.min(16, Libc.descriptorLimit() / 512));

    private static final int BUFFER = 32 << 10;

    /** As many directories of one are remembered for who walks on into them; a directory may have millions. */
    private static final int MOST_DIRECTORIES = 1024;

    // struct linux_dirent64: ino u64, off s64, reclen u16, type u8, name
    private static final int LENGTH = 16;
    private static final int NAME = 19;

    /**
     * A directory that is being listed, and how far: from an open descriptor, or from what was listed ahead. One thread's
     * while it is used.
     */
    static final class Stream {

        private final long id;
        private final List<Walk.Entry> ahead;
        private final List<Name> directories = new ArrayList<>();
        private ByteBuffer entries;
        private int fd;
        private int at;
        private int end;
        private long listed;

        Stream(long id, int fd) {
            this.id = id;
            this.fd = fd;
            this.entries = NativeMemory.allocate(BUFFER);
            this.ahead = null;
        }

        /** @param ahead all that is to be listed */
        Stream(long id, List<Walk.Entry> ahead) {
            this.id = id;
            this.fd = -1;
            this.ahead = ahead;
        }

        /** Whether it reads the directory itself, and has not come to its end before. */
        boolean isOpen() {
            return fd >= 0;
        }

        /** How many names have been listed, "." and ".." not counted. */
        long listed() {
            return listed;
        }

        /** The first of the names that are directories, as far as their attributes were looked at. */
        List<Name> directories() {
            return directories;
        }

        /** The name that comes next, null at the end. */
        Name next() throws FsException {
            if (ahead != null) {
                return listed < ahead.size() ? ahead.get((int) listed).name() : null;
            }
            while (fd >= 0) {
                if (at == end) {
                    try {
                        end = HostDirectory.readdir(fd, entries);
                    } catch (Failure e) {
                        throw new FsException(Errno.of(e.errno()), "a directory cannot be read: " + e.getMessage());
                    }
                    at = 0;
                    if (end == 0) {
                        return null;
                    }
                }
                Name name = name();
                if (!name.equals(Name.DOT) && !name.equals(Name.DOT_DOT)) {
                    return name;
                }
                at += entries.getShort(at + LENGTH) & 0xffff;
            }
            return null;
        }

        private Name name() {
            int from = at + NAME;
            int to = from;
            while (entries.get(to) != 0) {
                to++;
            }
            byte[] bytes = new byte[to - from];
            entries.get(from, bytes);
            return Name.of(bytes);
        }

        /** Of the next name, null if it has gone meanwhile. */
        HostDirectory.Stat stat() throws FsException, Failure {
            if (ahead != null) {
                return ahead.get((int) listed).stat();
            }
            try {
                return HostDirectory.stat(fd, next().bytes());
            } catch (Failure e) {
                if (e.errno() == Libc.ENOENT) {
                    return null;
                }
                throw e;
            }
        }

        /**
         * The next name has been listed.
         *
         * @param stat its attributes, or null
         */
        void took(HostDirectory.Stat stat) {
            if (ahead == null) {
                if (stat != null && Mode.isDirectory(stat.mode()) && directories.size() < MOST_DIRECTORIES) {
                    directories.add(name());
                }
                at += entries.getShort(at + LENGTH) & 0xffff;
            }
            listed++;
        }

        /** Gives back what it takes: nothing comes any more. */
        void close() {
            if (fd >= 0) {
                Libc.close(fd);
                NativeMemory.free(entries);
                fd = -1;
                entries = null;
            }
        }
    }

    private final List<Stream> idle = new ArrayList<>();

    /** The stream of a directory that has come that far, which is the caller's until it is given back; or null. */
    synchronized Stream take(long id, long listed) {
        for (Stream stream : idle) {
            if (stream.id == id && stream.listed == listed) {
                idle.remove(stream);
                return stream;
            }
        }
        return null;
    }

    /** @param more whether the listing is likely to go on */
    void giveBack(Stream stream, boolean more) {
        Stream closing = stream;
        if (more) {
            synchronized (this) {
                idle.add(stream);
                closing = idle.size() > MOST ? idle.remove(0) : null;
            }
        }
        if (closing != null) {
            closing.close();
        }
    }

    synchronized void close() {
        idle.forEach(Stream::close);
        idle.clear();
    }
}
