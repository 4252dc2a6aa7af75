package liveroot.fs.image;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import liveroot.fs.Attributes;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Mode;
import liveroot.fs.Name;

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

    /**
     * Where live media keep the image of their root, the best first: Debian live, Ubuntu (casper), Fedora (LiveOS, and
     * what is in its squashfs.img), Arch; and Slackware, whose root is the initrd.
     */
    private static final String[] IMAGES = {
        "live/filesystem.squashfs",
        "casper/filesystem.squashfs",
        "LiveOS/squashfs.img",
        "LiveOS/rootfs.img",
        "LiveOS/ext3fs.img",
        "arch/x86_64/airootfs.sfs",
        "isolinux/initrd.img",
    };

    /** Entries of the root directory that are looked at. */
    private static final int MOST_ENTRIES = 10_000;

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

    /** Paths of images of a root, or of folders that name one, the best first. */
    List<String> images() {
        List<String> found = new ArrayList<>();
        for (String path : IMAGES) {
            if (find(path, Mode.S_IFREG) != null) {
                found.add(path);
            }
        }
        List<String> folders = new ArrayList<>();
        List<String> disks = new ArrayList<>();
        try {
            int[] seen = {0};
            tree.readdir(FileTree.ROOT, 0, (name, id, ino, type, next) -> {
                String lower = name.toString().toLowerCase(Locale.ROOT);
                if (type == Mode.S_IFDIR && lower.endsWith(".nbi")) {
                    folders.add(name.toString());
                } else if (type == Mode.S_IFREG && lower.endsWith(".dmg") && !lower.startsWith("._")) {
                    disks.add(name.toString());
                }
                return ++seen[0] < MOST_ENTRIES;
            });
        } catch (FsException e) {
            // A damaged root directory holds nothing to choose from; who lists it is told.
        }
        folders.sort(null);
        disks.sort(null);
        found.addAll(found.isEmpty() ? 0 : found.size() - (found.contains("isolinux/initrd.img") ? 1 : 0), folders);
        found.addAll(disks);
        return found;
    }

    private Attributes find(String path, int type) {
        long id = FileTree.ROOT;
        Attributes attributes = null;
        for (String name : path.split("/", -1)) {
            try {
                var node = tree.lookup(id, Name.of(name));
                id = node.id();
                attributes = node.attributes();
            } catch (FsException e) {
                return null;
            }
        }
        return attributes != null && Mode.type(attributes.mode()) == type ? attributes : null;
    }
}
