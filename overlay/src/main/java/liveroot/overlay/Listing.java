package liveroot.overlay;

import liveroot.fs.DirectorySink;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Mode;
import liveroot.fs.Name;

/**
 * The names of a directory, each once: first those that the lower directory has, in its order, then the others, those
 * that came last before the others: a program that makes an entry for each that it is told of, or renames each, comes to
 * an end. A lower name that leads elsewhere by now is still listed in its lower place, so that no change moves a name from
 * one part to the other.
 *
 * <p>Cookies: {@code 2 * c} in the first part, where {@code c} is the lower directory's cookie; {@code 2 * n + 1} in the
 * second, which goes on below serial number {@code n - 3}; {@code n} 1 and 2 are behind "." and ".." of an opaque
 * directory. They stay small where the lower's are, for 32-bit programs.
 */
final class Listing {

    /** Entries looked at before the monitor is released. */
    private static final int BATCH = 64;

    private static final long SECOND_PART = 2 * 2 + 1;

    private final Upper upper;

    Listing(Upper upper) {
        this.upper = upper;
    }

    void list(long id, long cookie, DirectorySink sink) throws FsException {
        Directory directory;
        long lowerDirectory;
        synchronized (upper) {
            directory = upper.getDirectory(id);
            lowerDirectory = directory == null ? upper.lower.lowerOf(id) : directory.lower;
            if (directory != null) {
                upper.accessed(directory);
            }
        }
        long from = cookie;
        if ((from & 1) == 0) {
            if (lowerDirectory != 0) {
                if (!listLower(id, directory, lowerDirectory, from >> 1, sink)) {
                    return;
                }
            } else if (!sink.entry(Name.DOT, 0, directory.ino, Mode.S_IFDIR, 2 + 1)) {
                return;
            }
            from = lowerDirectory != 0 ? SECOND_PART : 2 + 1;
        }
        if (directory == null) {
            return;
        }
        if (from == 2 + 1) {
            if (!sink.entry(Name.DOT_DOT, 0, parentOf(directory), Mode.S_IFDIR, SECOND_PART)) {
                return;
            }
            from = SECOND_PART;
        }
        listUpper(directory, from == SECOND_PART ? Long.MAX_VALUE : Math.max(0, (from >> 1) - 3), sink);
    }

    /** Inode number of the parent; 0 if the directory is where the lower tree has it. */
    private long parentOf(Directory directory) {
        synchronized (upper) {
            if (directory.id == FileTree.ROOT) {
                return directory.ino;
            }
            if (directory.parent == 0) {
                return 0;
            }
            Inode parent = upper.inodes().get(directory.parent);
            // A directory that holds another one has changed and stays; only one that is removed may have outlived it.
            return parent == null ? directory.ino : parent.ino;
        }
    }

    private boolean listLower(long id, Directory directory, long lowerDirectory, long cookie, DirectorySink sink)
            throws FsException {
        Lower lower = upper.lower;
        boolean[] full = {false};
        FsException[] failure = {null};
        long parent = directory == null ? 0 : parentOf(directory);
        long self = id == FileTree.ROOT ? lower.getattr(id).ino() : 0;
        lower.tree().readdir(lowerDirectory, cookie, (name, lowerId, lowerIno, type, next) -> {
            try {
                boolean taken;
                if (name.equals(Name.DOT)) {
                    taken = sink.entry(name, 0, lower.inoOf(lowerIno), type, next << 1);
                } else if (name.equals(Name.DOT_DOT)) {
                    long ino = parent != 0 ? parent : id == FileTree.ROOT ? self : lower.inoOf(lowerIno);
                    taken = sink.entry(name, 0, ino, type, next << 1);
                } else {
                    taken = listLowerName(directory, name, lowerId, lowerIno, type, next << 1, sink);
                }
                full[0] = !taken;
                return taken;
            } catch (FsException e) {
                failure[0] = e;
                return false;
            }
        });
        if (failure[0] != null) {
            throw failure[0];
        }
        return !full[0];
    }

    private boolean listLowerName(
            Directory directory, Name name, long lowerId, long lowerIno, int type, long next, DirectorySink sink)
            throws FsException {
        if (directory != null) {
            Inode child;
            synchronized (upper) {
                int slot = directory.find(name);
                if (slot >= 0 && directory.entries().child(slot) == 0) {
                    return true;
                }
                child = slot < 0 ? null : upper.inodes().get(directory.entries().child(slot));
            }
            if (child != null) {
                return sink.entry(name, child.id, child.ino, Mode.type(child.mode), next);
            }
        }
        return sink.entry(name, upper.lower.idOf(lowerId), upper.lower.inoOf(lowerIno), type, next);
    }

    /** Lists what came before the serial number {@code before}. */
    private void listUpper(Directory directory, long before, DirectorySink sink) {
        Name[] names = new Name[BATCH];
        Inode[] children = new Inode[BATCH];
        long[] serials = new long[BATCH];
        long serial = before;
        for (; ; ) {
            int count = 0;
            synchronized (upper) {
                Entries entries = directory.entries();
                if (entries == null) {
                    return;
                }
                for (int slot = entries.slotFrom(serial) - 1; slot >= 0 && count < BATCH; slot--) {
                    if (entries.name(slot) != null && !entries.isBelow(slot)) {
                        names[count] = entries.name(slot);
                        children[count] = upper.inodes().get(entries.child(slot));
                        serials[count] = entries.serial(slot);
                        count++;
                    }
                }
            }
            for (int i = 0; i < count; i++) {
                Inode child = children[i];
                serial = serials[i];
                if (!sink.entry(names[i], child.id, child.ino, Mode.type(child.mode), (serial + 3) << 1 | 1)) {
                    return;
                }
            }
            if (count < BATCH) {
                return;
            }
        }
    }
}
