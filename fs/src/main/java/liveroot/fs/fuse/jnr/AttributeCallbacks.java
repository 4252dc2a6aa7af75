package liveroot.fs.fuse.jnr;

import com.kenai.jffi.Closure.Buffer;
import com.kenai.jffi.MemoryIO;
import java.io.ByteArrayOutputStream;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import liveroot.fs.AttributeChange;
import liveroot.fs.Attributes;
import liveroot.fs.Capacity;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Name;
import ru.serce.jnrfuse.struct.FileStat;
import ru.serce.jnrfuse.struct.Statvfs;

/** What reads and changes attributes, extended ones too, and statfs. */
final class AttributeCallbacks {

    private static final MemoryIO MEMORY = MemoryIO.getInstance();

    // struct timespec of LP64 hosts; the special nanoseconds of sys/stat.h
    private static final int TIMESPEC_LENGTH = 16;
    private static final int UTIME_NOW = (1 << 30) - 1;
    private static final int UTIME_OMIT = (1 << 30) - 2;

    private final FileTree tree;
    private final Paths paths;
    private final OpenFiles files;
    private final Callers callers;

    AttributeCallbacks(FileTree tree, Paths paths, OpenFiles files, Callers callers) {
        this.tree = tree;
        this.paths = paths;
        this.files = files;
        this.callers = callers;
    }

    private Inode find(Buffer arguments) throws FsException {
        return paths.find(MEMORY.getZeroTerminatedByteArray(arguments.getLong(0)));
    }

    private OpenFiles.OpenFile file(long fileInfo) throws FsException {
        return files.get(FileInfo.handle(fileInfo));
    }

    /** (const char *path, struct stat *buf): LOOKUP and GETATTR. */
    int getattr(Buffer arguments) throws FsException {
        byte[] path = MEMORY.getZeroTerminatedByteArray(arguments.getLong(0));
        Inode hidden = paths.findHidden(path);
        if (hidden == null) {
            try (Inode inode = paths.findNamed(path)) {
                fill(arguments.getLong(1), inode.found());
            }
        } else {
            try (hidden) {
                fill(arguments.getLong(1), hiddenFrom(hidden.attributes()));
            }
        }
        return 0;
    }

    /** In its answer to GETATTR libfuse takes off the link that it believes the hidden name to be. */
    private static Attributes hiddenFrom(Attributes a) {
        if (a.nlink() == 0 || ServingThread.current().opcode() != Opcodes.GETATTR) {
            return a;
        }
        return new Attributes(
                a.ino(),
                a.mode(),
                a.nlink() + 1,
                a.uid(),
                a.gid(),
                a.rdev(),
                a.size(),
                a.blocks(),
                a.blockSize(),
                a.atime(),
                a.atimeNanos(),
                a.mtime(),
                a.mtimeNanos(),
                a.ctime(),
                a.ctimeNanos());
    }

    /** (const char *path, struct stat *buf, struct fuse_file_info *fi). */
    int fgetattr(Buffer arguments) throws FsException {
        fill(arguments.getLong(1), tree.getattr(file(arguments.getLong(2)).id()));
        return 0;
    }

    private static void fill(long address, Attributes a) {
        FileStat stat = ServingThread.current().stat(address);
        stat.st_ino.set(a.ino());
        stat.st_mode.set(a.mode());
        stat.st_nlink.set(a.nlink());
        stat.st_uid.set(a.uid());
        stat.st_gid.set(a.gid());
        stat.st_rdev.set(Integer.toUnsignedLong(a.rdev()));
        stat.st_size.set(a.size());
        stat.st_blocks.set(a.blocks());
        stat.st_blksize.set(a.blockSize());
        stat.st_atim.tv_sec.set(a.atime());
        stat.st_atim.tv_nsec.set(a.atimeNanos());
        stat.st_mtim.tv_sec.set(a.mtime());
        stat.st_mtim.tv_nsec.set(a.mtimeNanos());
        stat.st_ctim.tv_sec.set(a.ctime());
        stat.st_ctim.tv_nsec.set(a.ctimeNanos());
    }

    private int change(Buffer arguments, AttributeChange change) throws FsException {
        try (Inode inode = find(arguments)) {
            tree.setattr(inode.id(), 0, change, callers.current());
        }
        return 0;
    }

    /** (const char *path, mode_t mode). */
    int chmod(Buffer arguments) throws FsException {
        return change(arguments, AttributeChange.ofMode((int) arguments.getLong(1)));
    }

    /** (const char *path, uid_t uid, gid_t gid): -1 stays as it is. */
    int chown(Buffer arguments) throws FsException {
        int uid = (int) arguments.getLong(1);
        int gid = (int) arguments.getLong(2);
        int valid = (uid == -1 ? 0 : AttributeChange.UID) | (gid == -1 ? 0 : AttributeChange.GID);
        return change(arguments, new AttributeChange(valid, 0, uid, gid, 0, 0, 0, 0, 0, 0, 0));
    }

    /** (const char *path, off_t size). */
    int truncate(Buffer arguments) throws FsException {
        return change(arguments, AttributeChange.ofSize(arguments.getLong(1)));
    }

    /** (const char *path, off_t size, struct fuse_file_info *fi). */
    int ftruncate(Buffer arguments) throws FsException {
        OpenFiles.OpenFile file = file(arguments.getLong(2));
        tree.setattr(file.id(), file.handle(), AttributeChange.ofSize(arguments.getLong(1)), callers.current());
        return 0;
    }

    /** (const char *path, const struct timespec tv[2]): access time, modification time. */
    int utimens(Buffer arguments) throws FsException {
        long times = arguments.getLong(1);
        long atime = MEMORY.getLong(times);
        int atimeNanos = (int) MEMORY.getLong(times + Long.BYTES);
        long mtime = MEMORY.getLong(times + TIMESPEC_LENGTH);
        int mtimeNanos = (int) MEMORY.getLong(times + TIMESPEC_LENGTH + Long.BYTES);
        int valid = bits(atimeNanos, AttributeChange.ATIME, AttributeChange.ATIME_NOW)
                | bits(mtimeNanos, AttributeChange.MTIME, AttributeChange.MTIME_NOW);
        return change(arguments, new AttributeChange(valid, 0, 0, 0, 0, atime, atimeNanos, mtime, mtimeNanos, 0, 0));
    }

    private static int bits(int nanos, int set, int now) {
        return switch (nanos) {
            case UTIME_OMIT -> 0;
            case UTIME_NOW -> set | now;
            default -> set;
        };
    }

    /** (const char *path, const char *name, const char *value, size_t size, int flags). */
    int setxattr(Buffer arguments) throws FsException {
        byte[] value = new byte[Math.toIntExact(arguments.getLong(3))];
        MEMORY.getByteArray(arguments.getLong(2), value, 0, value.length);
        try (Inode inode = find(arguments)) {
            Name name = name(arguments);
            if (name.toString().startsWith("system.posix_acl_")) {
                // The kernel would not keep to it: it is told of access control lists by an INIT flag of protocol 7.26.
                throw new FsException(Errno.EOPNOTSUPP);
            }
            tree.setxattr(inode.id(), name, value, (int) arguments.getLong(4));
        }
        return 0;
    }

    private static Name name(Buffer arguments) {
        return Name.of(MEMORY.getZeroTerminatedByteArray(arguments.getLong(1)));
    }

    /** (const char *path, const char *name, char *value, size_t size). */
    int getxattr(Buffer arguments) throws FsException {
        try (Inode inode = find(arguments)) {
            return put(tree.getxattr(inode.id(), name(arguments)), arguments.getLong(2), arguments.getLong(3));
        }
    }

    /** (const char *path, char *list, size_t size). */
    int listxattr(Buffer arguments) throws FsException {
        ByteArrayOutputStream list = new ByteArrayOutputStream();
        boolean all = callers.current().uid() == 0;
        try (Inode inode = find(arguments)) {
            for (Name name : tree.listxattr(inode.id())) {
                // Only those who may read them see them, as with the kernel's own file systems (xattr(7)).
                if (all || !name.isTrusted()) {
                    list.writeBytes(name.bytes());
                    list.write(0);
                }
            }
        }
        return put(list.toByteArray(), arguments.getLong(1), arguments.getLong(2));
    }

    /** Size 0 asks how long it is. */
    private static int put(byte[] bytes, long address, long size) throws FsException {
        if (size != 0) {
            if (bytes.length > size) {
                throw new FsException(Errno.ERANGE);
            }
            MEMORY.putByteArray(address, bytes, 0, bytes.length);
        }
        return bytes.length;
    }

    /** (const char *path, const char *name). */
    int removexattr(Buffer arguments) throws FsException {
        try (Inode inode = find(arguments)) {
            tree.removexattr(inode.id(), name(arguments));
        }
        return 0;
    }

    /** (const char *path, struct statvfs *buf). */
    int statfs(Buffer arguments) throws FsException {
        Capacity capacity = tree.statfs();
        Statvfs statvfs = Statvfs.of(Pointer.wrap(Runtime.getSystemRuntime(), arguments.getLong(1)));
        statvfs.f_bsize.set(capacity.blockSize());
        statvfs.f_frsize.set(capacity.blockSize());
        statvfs.f_blocks.set(capacity.blocks());
        statvfs.f_bfree.set(capacity.free());
        statvfs.f_bavail.set(capacity.available());
        statvfs.f_files.set(capacity.files());
        statvfs.f_ffree.set(capacity.filesFree());
        statvfs.f_favail.set(capacity.filesFree());
        statvfs.f_namemax.set(Name.MAX_LENGTH);
        return 0;
    }
}
