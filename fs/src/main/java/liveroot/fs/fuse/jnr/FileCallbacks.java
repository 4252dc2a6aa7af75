package liveroot.fs.fuse.jnr;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Closure.Buffer;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.MemoryIO;
import com.kenai.jffi.Type;
import liveroot.fs.AttributeChange;
import liveroot.fs.Caller;
import liveroot.fs.Created;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Mode;
import liveroot.fs.Name;
import liveroot.fs.Opened;
import liveroot.fs.sys.Capabilities;
import ru.serce.jnrfuse.struct.FileStat;

/** What opens files and directories, and what is done with them then. Paths may be null but in open, create, opendir. */
final class FileCallbacks {

    private static final MemoryIO MEMORY = MemoryIO.getInstance();

    /** int fuse_fill_dir_t(void *buf, const char *name, const struct stat *stbuf, off_t off). */
    private static final CallContext FILLER = CallContext.getCallContext(
            Type.SINT32,
            new Type[] {Type.POINTER, Type.POINTER, Type.POINTER, Type.SINT64},
            CallingConvention.DEFAULT,
            false);

    /** Linux' number, in which {@link OpenFlags} puts all. */
    private static final int O_TRUNC = 01000;

    private final FileTree tree;
    private final Paths paths;
    private final OpenFiles files;
    private final HiddenFiles hidden;
    private final Callers callers;
    private final OpenFlags flags;

    FileCallbacks(FileTree tree, Paths paths, OpenFiles files, HiddenFiles hidden, Callers callers, OpenFlags flags) {
        this.tree = tree;
        this.paths = paths;
        this.files = files;
        this.hidden = hidden;
        this.callers = callers;
        this.flags = flags;
    }

    private static byte[] path(Buffer arguments) {
        return MEMORY.getZeroTerminatedByteArray(arguments.getLong(0));
    }

    private OpenFiles.OpenFile file(long fileInfo) throws FsException {
        return files.get(FileInfo.handle(fileInfo));
    }

    private void keep(long fileInfo, OpenFiles.OpenFile file) {
        FileInfo.setHandle(fileInfo, files.add(file));
    }

    /** (const char *path, struct fuse_file_info *fi). O_TRUNC comes with it, by -o atomic_o_trunc. */
    int open(Buffer arguments) throws FsException {
        long fileInfo = arguments.getLong(1);
        Inode inode = paths.find(path(arguments));
        boolean kept = false;
        try {
            Caller caller = callers.current();
            int how = flags.ofOpen(FileInfo.flags(fileInfo));
            Opened opened = tree.open(inode.id(), how, caller);
            if ((how & O_TRUNC) != 0) {
                killSetId(inode.id(), opened.handle(), caller);
            }
            keep(fileInfo, new OpenFiles.OpenFile(inode, opened.handle(), false));
            kept = true;
        } finally {
            if (!kept) {
                inode.close();
            }
        }
        return 0;
    }

    /** With atomic_o_trunc the kernel leaves that to us, and does not say who may keep it. */
    private void killSetId(long id, long handle, Caller caller) throws FsException {
        if ((tree.getattr(id).mode() & (Mode.S_ISUID | Mode.S_ISGID)) != 0
                && !Capabilities.mayKeepSetId(caller.pid(), caller.uid())) {
            AttributeChange change = new AttributeChange(AttributeChange.KILL_SUIDGID, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
            tree.setattr(id, handle, change, caller);
        }
    }

    /** (const char *path, mode_t mode, struct fuse_file_info *fi). */
    int create(Buffer arguments) throws FsException {
        byte[] path = path(arguments);
        int mode = ((int) arguments.getLong(1) & ~Mode.S_IFMT) | Mode.S_IFREG;
        long fileInfo = arguments.getLong(2);
        try (Inode parent = paths.parent(path)) {
            Caller caller = callers.current();
            Created created =
                    tree.create(parent.id(), paths.newName(path), mode, flags.ofOpen(FileInfo.flags(fileInfo)), caller);
            keep(
                    fileInfo,
                    new OpenFiles.OpenFile(
                            new Inode(tree, created.node()), created.opened().handle(), false));
        }
        return 0;
    }

    /** (const char *path, char *buf, size_t size, off_t offset, struct fuse_file_info *fi). */
    int read(Buffer arguments) throws FsException {
        OpenFiles.OpenFile file = file(arguments.getLong(4));
        int length = Math.toIntExact(arguments.getLong(2));
        BufferSink sink = new BufferSink(arguments.getLong(1), length);
        tree.read(file.id(), file.handle(), arguments.getLong(3), length, sink);
        return sink.length();
    }

    /** (const char *path, const char *buf, size_t size, off_t offset, struct fuse_file_info *fi). */
    int write(Buffer arguments) throws FsException {
        OpenFiles.OpenFile file = file(arguments.getLong(4));
        int length = Math.toIntExact(arguments.getLong(2));
        tree.write(
                file.id(),
                file.handle(),
                arguments.getLong(3),
                MEMORY.newDirectByteBuffer(arguments.getLong(1), length),
                0);
        return length;
    }

    /** (const char *path, struct fuse_file_info *fi): release and releasedir. */
    int release(Buffer arguments) throws FsException {
        release(FileInfo.handle(arguments.getLong(1)));
        return 0;
    }

    private void release(long number) throws FsException {
        OpenFiles.OpenFile file = files.remove(number);
        try (Inode inode = file.inode()) {
            if (!file.directory()) {
                tree.release(inode.id(), file.handle());
                hidden.released(inode.id());
            }
        }
    }

    /** Releases what is still open: the kernel no longer does after a connection was cut. */
    void releaseAll() {
        for (long number : files.numbers()) {
            try {
                release(number);
            } catch (FsException e) {
                Border.complain("releasing what was open when the mount ended: " + e.getMessage(), e);
            }
        }
    }

    /** (const char *path, int mode, off_t offset, off_t length, struct fuse_file_info *fi). */
    int fallocate(Buffer arguments) throws FsException {
        OpenFiles.OpenFile file = file(arguments.getLong(4));
        tree.fallocate(
                file.id(), file.handle(), arguments.getLong(2), arguments.getLong(3), (int) arguments.getLong(1));
        return 0;
    }

    /** (const char *path, struct fuse_file_info *fi). */
    int opendir(Buffer arguments) throws FsException {
        Inode inode = paths.find(path(arguments));
        keep(arguments.getLong(1), new OpenFiles.OpenFile(inode, 0, true));
        return 0;
    }

    /**
     * (const char *path, void *buf, fuse_fill_dir_t filler, off_t offset, struct fuse_file_info *fi). The offsets are the
     * tree's cookies, so that libfuse asks on where the reply was full and keeps no listing of its own.
     */
    int readdir(Buffer arguments) throws FsException {
        OpenFiles.OpenFile directory = file(arguments.getLong(4));
        long buffer = arguments.getLong(1);
        long filler = arguments.getLong(2);
        ServingThread thread = ServingThread.current();
        tree.readdir(directory.id(), arguments.getLong(3), (name, id, ino, type, next) -> {
            FileStat stat = thread.stat(thread.entryStat());
            stat.st_ino.set(ino);
            stat.st_mode.set(type);
            return Invoker.getInstance()
                            .invokeL4NoErrno(FILLER, filler, buffer, terminated(thread, name), thread.entryStat(), next)
                    == 0;
        });
        return 0;
    }

    private static long terminated(ServingThread thread, Name name) {
        long address = thread.entryName();
        if (name.length() > Name.MAX_LENGTH) {
            throw new IllegalStateException("the tree lists a name of " + name.length() + " bytes: " + name);
        }
        MEMORY.putByteArray(address, name.bytes(), 0, name.length());
        MEMORY.putByte(address + name.length(), (byte) 0);
        return address;
    }
}
