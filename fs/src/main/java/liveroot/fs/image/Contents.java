package liveroot.fs.image;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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

    private static final String CASPER = "casper";
    private static final String SQUASHFS = ".squashfs";

    /** Entries of a directory that are looked at. */
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
        if (found.isEmpty()) {
            found.addAll(lowestLayers());
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

    /**
     * The layers of newer Ubuntu media that are roots by themselves: casper lays a.b.squashfs over a.squashfs (its
     * layerfs-path). Only those count that others lie over.
     */
    private List<String> lowestLayers() {
        List<String> layers = layers();
        return layers.stream()
                .filter(layer -> layer.indexOf('.') == layer.length() - SQUASHFS.length())
                .map(layer -> CASPER + "/" + layer)
                .filter(path -> !layersOver(path).isEmpty())
                .toList();
    }

    /** Paths of the layers that are made to lie over that at {@code path}; none if it is no layer. */
    List<String> layersOver(String path) {
        if (!path.startsWith(CASPER + "/") || !path.endsWith(SQUASHFS)) {
            return List.of();
        }
        String lowest = path.substring(CASPER.length() + 1, path.length() - SQUASHFS.length()) + ".";
        return layers().stream()
                .filter(layer -> layer.startsWith(lowest) && layer.length() > lowest.length() - 1 + SQUASHFS.length())
                .map(layer -> CASPER + "/" + layer)
                .toList();
    }

    private List<String> layers() {
        List<String> layers = new ArrayList<>();
        try {
            int[] seen = {0};
            tree.readdir(ImagePath.resolve(tree, CASPER, true).node().id(), 0, (name, id, ino, type, next) -> {
                if (type == Mode.S_IFREG && name.toString().endsWith(SQUASHFS)) {
                    layers.add(name.toString());
                }
                return ++seen[0] < MOST_ENTRIES;
            });
        } catch (FsException e) {
            // There is no such directory.
        }
        layers.sort(null);
        return layers;
    }

    /** Through symlinks: some media have one in place of the image. */
    private Attributes find(String path, int type) {
        try {
            Attributes attributes = ImagePath.resolve(tree, path, true).node().attributes();
            return Mode.type(attributes.mode()) == type ? attributes : null;
        } catch (FsException e) {
            return null;
        }
    }
}
