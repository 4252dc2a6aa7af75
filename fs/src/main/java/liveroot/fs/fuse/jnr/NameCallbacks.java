package liveroot.fs.fuse.jnr;

import com.kenai.jffi.Closure.Buffer;
import com.kenai.jffi.MemoryIO;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Mode;
import liveroot.fs.Name;
import liveroot.fs.Node;

/** What changes and reads names: the operations of fuse.h that make, remove, move and link files. */
final class NameCallbacks {

    private static final MemoryIO MEMORY = MemoryIO.getInstance();

    private final FileTree tree;
    private final Paths paths;
    private final HiddenFiles hidden;
    private final Callers callers;

    NameCallbacks(FileTree tree, Paths paths, HiddenFiles hidden, Callers callers) {
        this.tree = tree;
        this.paths = paths;
        this.hidden = hidden;
        this.callers = callers;
    }

    private static byte[] bytes(long string) {
        return MEMORY.getZeroTerminatedByteArray(string);
    }

    private void giveBack(Node node) {
        tree.forget(node.id(), 1);
    }

    /** (const char *path, char *buf, size_t size): a longer target is cut, as fuse.h asks. */
    int readlink(Buffer arguments) throws FsException {
        byte[] target;
        try (Inode inode = paths.find(bytes(arguments.getLong(0)))) {
            target = tree.readlink(inode.id());
        }
        long buffer = arguments.getLong(1);
        int length = (int) Math.min(target.length, arguments.getLong(2) - 1);
        MEMORY.putByteArray(buffer, target, 0, length);
        MEMORY.putByte(buffer + length, (byte) 0);
        return 0;
    }

    /** (const char *path, mode_t mode, dev_t rdev): libfuse hands the kernel's 32-bit device number through. */
    int mknod(Buffer arguments) throws FsException {
        byte[] path = bytes(arguments.getLong(0));
        try (Inode parent = paths.parent(path)) {
            giveBack(tree.mknod(
                    parent.id(),
                    paths.newName(path),
                    (int) arguments.getLong(1),
                    (int) arguments.getLong(2),
                    callers.current()));
        }
        return 0;
    }

    /** (const char *path, mode_t mode). */
    int mkdir(Buffer arguments) throws FsException {
        byte[] path = bytes(arguments.getLong(0));
        try (Inode parent = paths.parent(path)) {
            int mode = ((int) arguments.getLong(1) & ~Mode.S_IFMT) | Mode.S_IFDIR;
            giveBack(tree.mkdir(parent.id(), paths.newName(path), mode, callers.current()));
        }
        return 0;
    }

    /** (const char *path). */
    int unlink(Buffer arguments) throws FsException {
        if (ServingThread.current().opcode() == Opcodes.RELEASE) {
            // Of a hidden name, which the release has let go of already.
            return 0;
        }
        byte[] path = bytes(arguments.getLong(0));
        try (Inode parent = paths.parent(path)) {
            tree.unlink(parent.id(), Paths.name(path));
        }
        return 0;
    }

    /** (const char *path). */
    int rmdir(Buffer arguments) throws FsException {
        byte[] path = bytes(arguments.getLong(0));
        try (Inode parent = paths.parent(path)) {
            tree.rmdir(parent.id(), Paths.name(path));
        }
        return 0;
    }

    /** (const char *target, const char *path). */
    int symlink(Buffer arguments) throws FsException {
        byte[] path = bytes(arguments.getLong(1));
        try (Inode parent = paths.parent(path)) {
            giveBack(tree.symlink(parent.id(), paths.newName(path), bytes(arguments.getLong(0)), callers.current()));
        }
        return 0;
    }

    /**
     * (const char *oldpath, const char *newpath). Flags do not reach libfuse 2: the kernel refuses them with EINVAL.
     *
     * <p>libfuse calls this too for an open file that an UNLINK or a RENAME is about to deprive of its name: to hide it.
     */
    int rename(Buffer arguments) throws FsException {
        byte[] from = bytes(arguments.getLong(0));
        byte[] to = bytes(arguments.getLong(1));
        Name newName = Paths.name(to);
        ServingThread thread = ServingThread.current();
        if (thread.opcode() == Opcodes.UNLINK) {
            hideRemoved(from, newName);
        } else if (!newName.equals(newNameAsked(thread))) {
            // The rename proper follows, and replaces the file's name at once.
            hidden.hide(newName, paths.findNamed(from));
        } else {
            try (Inode parent = paths.parent(from);
                    Inode newParent = paths.parent(to)) {
                tree.rename(parent.id(), Paths.name(from), newParent.id(), paths.newName(to), 0);
            }
        }
        return 0;
    }

    private void hideRemoved(byte[] path, Name hiddenName) throws FsException {
        boolean removed = false;
        Inode inode = paths.findNamed(path);
        try (Inode parent = paths.parent(path)) {
            tree.unlink(parent.id(), Paths.name(path));
            removed = true;
        } finally {
            if (removed) {
                hidden.hide(hiddenName, inode);
            } else {
                inode.close();
            }
        }
    }

    /** The second name of struct fuse_rename_in of linux/fuse.h: newdir u64, then both names, each with its NUL. */
    private static Name newNameAsked(ServingThread thread) {
        long oldName = thread.body() + Long.BYTES;
        return Name.of(bytes(oldName + MEMORY.getStringLength(oldName) + 1));
    }

    /** (const char *oldpath, const char *newpath). */
    int link(Buffer arguments) throws FsException {
        byte[] to = bytes(arguments.getLong(1));
        try (Inode inode = paths.find(bytes(arguments.getLong(0)));
                Inode newParent = paths.parent(to)) {
            giveBack(tree.link(inode.id(), newParent.id(), paths.newName(to)));
        }
        return 0;
    }
}
