package liveroot.fs.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import liveroot.fs.Attributes;
import liveroot.fs.Caller;
import liveroot.fs.Capacity;
import liveroot.fs.DirectorySink;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Mode;
import liveroot.fs.Name;
import liveroot.fs.Node;
import liveroot.fs.Opened;
import liveroot.fs.ReadSink;
import liveroot.fs.sys.Failure;
import liveroot.fs.sys.HostDirectory;
import liveroot.fs.sys.Libc;
import liveroot.fs.sys.NativeMemory;

/**
 * A directory of the host, with what lies below it on the same mount, read-only. It stays the directory that it was when
 * this tree was opened, whatever is mounted over it afterwards.
 */
public final class HostTree implements FileTree {

    /** Heap that an inode takes once it has been asked for, in bytes. */
    public static final int BYTES_PER_INODE = KnownInodes.BYTES;

    /** Listings count names from here: 1 and 2 are behind "." and "..". */
    private static final int DOTS = 2;

    private final HostDirectory directory;
    private final KnownInodes known;
    private final OpenFiles files = new OpenFiles();
    private final Streams streams = new Streams();
    private final Ahead walker = new Ahead("walk");
    private final Ahead reader = new Ahead("files-ahead");
    private final Walk walk = new Walk(this::listAhead, walker);
    private final FilesAhead filesAhead;

    /** What was found by listing is asked for next by the same thread, see {@link #readdir}. */
    private static final ThreadLocal<Listed> LISTED = new ThreadLocal<>();

    private record Listed(HostTree tree, Node node) {}

    private HostTree(HostDirectory directory, KnownInodes known) {
        this.directory = directory;
        this.known = known;
        this.filesAhead = new FilesAhead(known, this::readAhead, reader);
    }

    /**
     * Opens the directory at a path.
     *
     * @param path absolute
     * @param inodes that may be known at the most; beyond it, lookups of others fail with ENFILE
     */
    public static HostTree open(String path, int inodes) throws IOException {
        HostDirectory directory = HostDirectory.open(path);
        try {
            KnownInodes known = new KnownInodes(inodes);
            HostTree tree = new HostTree(directory, known);
            int fd = directory.open(new byte[0], Libc.O_PATH | Libc.O_DIRECTORY);
            Failure.check(fd);
            try {
                HostDirectory.Stat stat = HostDirectory.stat(fd);
                known.idOf(stat.device(), stat.ino(), 0, new byte[0], stat.mode());
            } finally {
                Libc.close(fd);
            }
            return tree;
        } catch (Failure | FsException e) {
            directory.close();
            throw new IOException(path + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Why only this process, and not the kernel, sees to it that nothing is written below; null if the kernel does. */
    public String notSealed() {
        return directory.notSealed();
    }

    /** Where the kernel lets no access time change, directories may be listed that nobody asks for. */
    private boolean isSealed() {
        return notSealed() == null;
    }

    /** The directory in which an inode was found first; that at the top is its own. */
    public long parentOf(long id) throws FsException {
        return known.parent(id);
    }

    /** Opens an inode with O_PATH. @return a descriptor, the caller's to close */
    public int openPath(long id) throws FsException {
        return open(id, Libc.O_PATH);
    }

    private int open(long id, int flags) throws FsException {
        int fd = directory.open(known.path(id), flags);
        if (fd < 0) {
            // It was there: what has gone meanwhile is another error than a name that is not there.
            throw failed(fd == -Libc.ENOENT ? Errno.ESTALE.number() : -fd, id);
        }
        return fd;
    }

    private FsException failed(int errno, long id) throws FsException {
        return failed(errno, known.path(id));
    }

    private static FsException failed(int errno, byte[] path) {
        return new FsException(Errno.of(errno), "covered directory, '" + Name.of(path) + "': " + Libc.error(errno));
    }

    /** What a call on an open inode answers. */
    @FunctionalInterface
    private interface Question<T> {
        T ask(int fd, HostDirectory.Stat stat) throws Failure;
    }

    private <T> T ask(long id, Question<T> question) throws FsException {
        int fd = openPath(id);
        try {
            HostDirectory.Stat stat = HostDirectory.stat(fd);
            require(id, stat);
            return question.ask(fd, stat);
        } catch (Failure e) {
            throw failed(e.errno(), id);
        } finally {
            Libc.close(fd);
        }
    }

    /** That the path still leads to the inode, unless it is by its path that it is known. */
    private void require(long id, HostDirectory.Stat stat) throws FsException {
        if (!Mode.isDirectory(stat.mode()) && !known.is(id, stat.device(), stat.ino())) {
            throw failed(Errno.ESTALE.number(), id);
        }
    }

    private Attributes attributes(long id, HostDirectory.Stat s) throws FsException {
        return new Attributes(
                Mode.isDirectory(s.mode()) ? known.shownIno(id) : known.shownIno(s.device(), s.ino()),
                s.mode(),
                s.nlink(),
                s.uid(),
                s.gid(),
                s.rdev(),
                s.size(),
                s.blocks(),
                s.blockSize(),
                s.atime(),
                s.atimeNanos(),
                s.mtime(),
                s.mtimeNanos(),
                s.ctime(),
                s.ctimeNanos());
    }

    @Override
    public boolean isReadOnly() {
        return true;
    }

    @Override
    public Node lookup(long parent, Name name) throws FsException {
        if (name.length() > Name.MAX_LENGTH) {
            throw new FsException(Errno.ENAMETOOLONG);
        }
        if (!name.isFileName()) {
            throw new FsException(Errno.EINVAL);
        }
        byte[] path = known.path(parent, name.bytes());
        int fd = directory.open(path, Libc.O_PATH);
        if (fd == -Libc.ENOENT) {
            throw new FsException(Errno.ENOENT);
        } else if (fd < 0) {
            throw failed(-fd, path);
        }
        try {
            HostDirectory.Stat stat = HostDirectory.stat(fd);
            return node(parent, name, stat);
        } catch (Failure e) {
            throw failed(e.errno(), path);
        } finally {
            Libc.close(fd);
        }
    }

    private Node node(long parent, Name name, HostDirectory.Stat stat) throws FsException {
        long id = known.idOf(stat.device(), stat.ino(), parent, name.bytes(), stat.mode());
        return new Node(id, attributes(id, stat));
    }

    @Override
    public Node reference(long id) throws FsException {
        return new Node(id, getattr(id));
    }

    @Override
    public Attributes getattr(long id) throws FsException {
        Listed found = LISTED.get();
        if (found != null && found.tree == this && found.node.id() == id) {
            return found.node.attributes();
        }
        return attributes(id, ask(id, (fd, stat) -> stat));
    }

    @Override
    public byte[] readlink(long id) throws FsException {
        return ask(id, (fd, stat) -> {
            if (!Mode.isSymlink(stat.mode())) {
                Failure.check(-Errno.EINVAL.number());
            }
            return HostDirectory.readlink(fd);
        });
    }

    @Override
    public Opened open(long id, int flags, Caller caller) throws FsException {
        if ((flags & Libc.O_ACCMODE) != Libc.O_RDONLY) {
            throw new FsException(Errno.EROFS);
        }
        // What the kernel has in its cache need not be opened below.
        int type = known.type(id);
        if (!Mode.isRegular(type)) {
            throw new FsException(Mode.isDirectory(type) ? Errno.EISDIR : Errno.EINVAL);
        }
        return new Opened(0, -1);
    }

    private OpenFiles.File use(long id) throws FsException {
        return files.use(id, () -> openFile(id));
    }

    private OpenFiles.File openFile(long id) throws FsException {
        // O_NONBLOCK: what was a file may be a fifo by now.
        int fd = open(id, Libc.O_RDONLY | Libc.O_NONBLOCK);
        try {
            HostDirectory.Stat stat = HostDirectory.stat(fd);
            require(id, stat);
            if (!Mode.isRegular(stat.mode())) {
                throw new FsException(Mode.isDirectory(stat.mode()) ? Errno.EISDIR : Errno.EINVAL);
            }
            return new OpenFiles.File(fd, stat.size());
        } catch (Failure e) {
            Libc.close(fd);
            throw failed(e.errno(), id);
        } catch (FsException e) {
            Libc.close(fd);
            throw e;
        }
    }

    /** All of a directory, for a reader that will come to it; null if it is too long to be kept, or cannot be read. */
    private List<Walk.Entry> listAhead(byte[] path, int most) {
        int fd = directory.open(path, Libc.O_RDONLY | Libc.O_DIRECTORY);
        if (fd < 0) {
            return null;
        }
        Streams.Stream stream = new Streams.Stream(0, fd);
        try {
            List<Walk.Entry> entries = new ArrayList<>();
            for (Name name = stream.next(); name != null; name = stream.next()) {
                if (entries.size() == most) {
                    return null;
                }
                entries.add(new Walk.Entry(name, stream.stat()));
                stream.took(null);
            }
            return entries;
        } catch (Failure | FsException e) {
            return null;
        } finally {
            stream.close();
        }
    }

    /** Has the kernel read the beginning of a file, and keeps it open for who will read it. */
    private void readAhead(long id, int most) {
        try {
            OpenFiles.File file = use(id);
            try {
                Libc.readahead(file.fd, 0, Math.min(most, file.size));
            } finally {
                files.giveBack(file);
            }
        } catch (FsException e) {
            // Its reader will be told.
        }
    }

    @Override
    public void read(long id, long handle, long offset, int length, ReadSink sink) throws FsException {
        if (offset == 0) {
            filesAhead.reached(id);
        }
        OpenFiles.File file = use(id);
        try {
            int wanted = (int) Math.min(length, Math.max(0, file.size - offset));
            if (wanted == 0) {
                return;
            }
            ByteBuffer space = sink.space(wanted);
            long address = NativeMemory.address(space);
            for (int done = 0; done < wanted; ) {
                long n = Libc.pread(file.fd, address + done, wanted - done, offset + done);
                if (n == -Libc.EINTR) {
                    continue;
                } else if (n < 0) {
                    throw failed((int) -n, id);
                } else if (n == 0) {
                    // It has become shorter, behind the back of this tree.
                    while (done < wanted) {
                        space.put(done++, (byte) 0);
                    }
                }
                done += (int) n;
            }
        } finally {
            files.giveBack(file);
        }
    }

    @Override
    public long lseek(long id, long handle, long offset, int whence) throws FsException {
        OpenFiles.File file = use(id);
        try {
            long found = Libc.lseek(file.fd, offset, whence);
            if (found < 0) {
                throw failed((int) -found, id);
            }
            return found;
        } finally {
            files.giveBack(file);
        }
    }

    @Override
    public void readdir(long id, long cookie, DirectorySink sink) throws FsException {
        if (cookie < 0) {
            throw new FsException(Errno.EINVAL);
        }
        if (!Mode.isDirectory(known.type(id))) {
            throw new FsException(Errno.ENOTDIR);
        }
        if (cookie == 0 && !sink.entry(Name.DOT, 0, known.shownIno(id), Mode.S_IFDIR, 1)) {
            return;
        }
        if (cookie <= 1 && !sink.entry(Name.DOT_DOT, 0, known.shownIno(known.parent(id)), Mode.S_IFDIR, DOTS)) {
            return;
        }
        long listed = Math.max(0, cookie - DOTS);
        Streams.Stream stream = cookie == 0 ? begin(id) : streams.take(id, listed);
        if (stream == null) {
            stream = live(id);
        }
        boolean again = false;
        try {
            while (stream.listed() < listed && stream.next() != null) {
                stream.took(null);
            }
            // Who got something asks once more, also at the end.
            again = list(id, stream, sink) || stream.listed() > listed || cookie <= 1;
        } finally {
            streams.giveBack(stream, again);
        }
    }

    private Streams.Stream begin(long id) throws FsException {
        List<Walk.Entry> entries = isSealed() ? walk.reached(known.path(id)) : null;
        return entries == null ? live(id) : new Streams.Stream(id, entries);
    }

    private Streams.Stream live(long id) throws FsException {
        return new Streams.Stream(id, open(id, Libc.O_RDONLY | Libc.O_DIRECTORY));
    }

    /** @return whether the sink was full before the end */
    private boolean list(long id, Streams.Stream stream, DirectorySink sink) throws FsException {
        for (Name name = stream.next(); name != null; name = stream.next()) {
            HostDirectory.Stat stat;
            try {
                stat = stream.stat();
            } catch (Failure e) {
                throw failed(e.errno(), known.path(id, name.bytes()));
            }
            if (stat == null) {
                stream.took(null);
                continue;
            }
            Node node = node(id, name, stat);
            // The sink may ask for its attributes, which are here.
            LISTED.set(new Listed(this, node));
            try {
                if (!sink.entry(
                        name, node.id(), node.attributes().ino(), Mode.type(stat.mode()), stream.listed() + 1 + DOTS)) {
                    return true;
                }
            } finally {
                LISTED.remove();
            }
            stream.took(stat);
        }
        if (stream.isOpen() && isSealed()) {
            walk.listed(known.path(id), stream.directories());
        }
        stream.close();
        return false;
    }

    @Override
    public byte[] getxattr(long id, Name name) throws FsException {
        return ask(id, (fd, stat) -> HostDirectory.getxattr(fd, name.bytes()));
    }

    @Override
    public List<Name> listxattr(long id) throws FsException {
        byte[] list = ask(id, (fd, stat) -> HostDirectory.listxattr(fd));
        List<Name> names = new ArrayList<>();
        for (int from = 0, i = 0; i < list.length; i++) {
            if (list[i] == 0) {
                names.add(Name.of(Arrays.copyOfRange(list, from, i)));
                from = i + 1;
            }
        }
        return names;
    }

    @Override
    public Capacity statfs() throws FsException {
        try {
            HostDirectory.Space space = directory.space();
            return new Capacity(
                    space.blockSize(),
                    space.blocks(),
                    space.free(),
                    space.available(),
                    space.files(),
                    space.filesFree());
        } catch (Failure e) {
            throw new FsException(Errno.of(e.errno()), "statfs of a covered directory: " + e.getMessage());
        }
    }

    @Override
    public void close() {
        walker.close();
        reader.close();
        files.close();
        streams.close();
        directory.close();
    }
}
