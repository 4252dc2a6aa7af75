package liveroot.fs.fuse.jnr;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import liveroot.fs.Errno;
import liveroot.fs.FsException;
import liveroot.fs.Name;

/**
 * Open files whose name has been removed. libfuse 2 does not remove the name of an open file but renames it to
 * {@code .fuse_hidden...} until the last close, so that fstat and its like, which reach it by path, go on to work; or it
 * removes it (-o hard_remove), and they fail with ENOENT. Here the tree's name is removed at once, and the hidden name is
 * one that only libfuse uses: it stands for the inode, is in no listing, and keeps no directory from being removed.
 */
final class HiddenFiles {

    private final OpenFiles open;
    private final Map<Name, Inode> files = new HashMap<>();
    private volatile boolean empty = true;

    HiddenFiles(OpenFiles open) {
        this.open = open;
    }

    /**
     * Takes over the {@code inode}. Hidden names are unique within a mount, and stay when directories move. libfuse looks
     * whether a file is open before it hides it, and its last release may come in between: then there is nothing to hide.
     */
    void hide(Name hiddenName, Inode inode) {
        long id = inode.id();
        synchronized (this) {
            Inode before = files.put(hiddenName, inode);
            empty = false;
            if (before != null) {
                before.close();
            }
        }
        released(id);
    }

    /** The inode of a hidden name, held for the caller, or null. */
    Inode find(Name name) {
        if (empty) {
            return null;
        }
        synchronized (this) {
            Inode inode = files.get(name);
            return inode == null ? null : inode.retain();
        }
    }

    /** @throws FsException EEXIST if a name that is to be made is one of the hidden */
    void refuse(Name name) throws FsException {
        if (!empty) {
            synchronized (this) {
                if (files.containsKey(name)) {
                    throw new FsException(Errno.EEXIST);
                }
            }
        }
    }

    /** After the release of a file: lets go of it if it is hidden and open no more. */
    void released(long id) {
        if (empty || open.isOpen(id)) {
            return;
        }
        synchronized (this) {
            for (Map.Entry<Name, Inode> file : List.copyOf(files.entrySet())) {
                if (file.getValue().id() == id) {
                    files.remove(file.getKey());
                    file.getValue().close();
                }
            }
            empty = files.isEmpty();
        }
    }
}
