package liveroot.fs.image;

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
            if (has(tree, name, Mode.S_IFDIR)) {
                return true;
            }
        }
        return false;
    }

    boolean isDarwin() {
        return has(tree, "mach_kernel", Mode.S_IFREG) || has(tree, "System/Library/CoreServices", Mode.S_IFDIR);
    }

    /** Whether a path leads to what has this type, through symlinks: some media have one in place of their image. */
    static boolean has(FileTree tree, String path, int type) {
        try {
            return Mode.type(ImagePath.resolve(tree, path, true)
                            .node()
                            .attributes()
                            .mode())
                    == type;
        } catch (FsException e) {
            return false;
        }
    }
}
