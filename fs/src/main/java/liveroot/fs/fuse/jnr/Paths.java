package liveroot.fs.fuse.jnr;

import java.util.Arrays;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Name;

/**
 * Turns libfuse's paths into inodes, by a lookup for each name of the path. A path starts with '/', holds no empty name,
 * no "." or ".." (the kernel has resolved them) and follows no symlink. libfuse keeps renames away from a path while a
 * callback has it, so the walk needs no lock. In a tree that never changes each thread starts from the directory where it
 * was last: a cold find of a Debian root took a quarter to a third less of the daemon's time by that.
 */
final class Paths {

    private final FileTree tree;
    private final HiddenFiles hidden;
    private final boolean fixed;

    Paths(FileTree tree, HiddenFiles hidden) {
        this.tree = tree;
        this.hidden = hidden;
        fixed = tree.isReadOnly();
    }

    /** The inode at a path, which may be a hidden one. */
    Inode find(byte[] path) throws FsException {
        Inode found = findHidden(path);
        return found == null ? findNamed(path) : found;
    }

    /** The inode at a path if it is hidden and known to the kernel already, else null: no program finds it by name. */
    Inode findHidden(byte[] path) {
        return ServingThread.current().opcode() == Opcodes.LOOKUP ? null : hidden.find(name(path));
    }

    /** The inode that the tree has at a path. */
    Inode findNamed(byte[] path) throws FsException {
        return walk(path, path.length == 1 ? 0 : path.length);
    }

    /** The directory that holds a path's last name. */
    Inode parent(byte[] path) throws FsException {
        return walk(path, lastSlash(path));
    }

    /** A path's last name, which is to be made. @throws FsException EEXIST if it is in use for a hidden file */
    Name newName(byte[] path) throws FsException {
        Name name = name(path);
        hidden.refuse(name);
        return name;
    }

    /** A path's last name. */
    static Name name(byte[] path) {
        return Name.of(Arrays.copyOfRange(path, lastSlash(path) + 1, path.length));
    }

    private static int lastSlash(byte[] path) {
        int i = path.length - 1;
        while (i > 0 && path[i] != '/') {
            i--;
        }
        return i;
    }

    private Inode walk(byte[] path, int end) throws FsException {
        if (end == 0) {
            return new Inode(tree, null);
        }
        int nameStart = end;
        while (nameStart > 1 && path[nameStart - 1] != '/') {
            nameStart--;
        }
        ServingThread thread = ServingThread.current();
        Inode directory = fixed ? thread.lastDirectory(path, nameStart) : null;
        if (directory == null) {
            directory = descend(new Inode(tree, null), path, 1, nameStart);
            if (fixed) {
                thread.rememberDirectory(path, nameStart, directory);
            }
        }
        return descend(directory, path, nameStart, end);
    }

    /** Looks up the names of {@code path[start, end)} below {@code from}, which it gives back. */
    private Inode descend(Inode from, byte[] path, int start, int end) throws FsException {
        Inode at = from;
        for (int next = start; next < end; ) {
            int slash = next;
            while (slash < end && path[slash] != '/') {
                slash++;
            }
            try (Inode directory = at) {
                at = new Inode(tree, tree.lookup(directory.id(), Name.of(Arrays.copyOfRange(path, next, slash))));
            }
            next = slash + 1;
        }
        return at;
    }
}
