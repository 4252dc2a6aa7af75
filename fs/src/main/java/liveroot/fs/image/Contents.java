package liveroot.fs.image;

import liveroot.fs.Attributes;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Mode;

/** What a tree is for: a root that can be lived in, or a medium that carries the image of one. */
final class Contents {

    /** Nothing that can be read. */
    static final int NOTHING = 0;
    /** A tree that says nothing. */
    static final int FILES = 1;
    /** A root. */
    static final int ROOT = 2;
    /** A root of Darwin on a volume of its own kind, which keeps what an ISO 9660 view of the same files loses. */
    static final int DARWIN = 3;

    /** Directories by which a root is known; a live medium has none of them beside its image. */
    private static final String[] OF_A_ROOT = {"etc", "usr", "bin", "sbin", "System"};

    private final FileTree tree;

    Contents(FileTree tree) {
        this.tree = tree;
    }

    boolean isRoot() {
        for (String name : OF_A_ROOT) {
            if (find(name, Mode.S_IFDIR) != null) {
                return true;
            }
        }
        return false;
    }

    boolean isDarwin() {
        return find("mach_kernel", Mode.S_IFREG) != null || find("System/Library/CoreServices", Mode.S_IFDIR) != null;
    }

    /** Through symlinks. */
    private Attributes find(String path, int type) {
        try {
            Attributes attributes = ImagePath.resolve(tree, path, true).node().attributes();
            return Mode.type(attributes.mode()) == type ? attributes : null;
        } catch (FsException e) {
            return null;
        }
    }
}
