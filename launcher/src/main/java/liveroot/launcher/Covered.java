package liveroot.launcher;

import java.util.List;
import java.util.Locale;
import liveroot.fs.AttributeChange;
import liveroot.fs.Caller;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Name;
import liveroot.fs.Node;
import liveroot.fs.fuse.Mounter;
import liveroot.overlay.Overlay;
import liveroot.overlay.StoreChoice;
import liveroot.overlay.UnionUse;

/** A union that exists: an overlay of a directory of the image. */
record Covered(Cover cover, Overlay tree) {

    /**
     * Makes it, with the directories it is to begin with.
     *
     * @param noPassthrough see {@link liveroot.fs.fuse.Front#noPassthrough}
     */
    static Covered of(FileTree image, Cover cover, Limits limits, String noPassthrough) throws Refusal {
        Union union = cover.union();
        Union.Options options = union.options();
        refuseIdle(union);
        try {
            StoreChoice choice = new StoreChoice(noPassthrough, options.compress(), options.has(Union.Flag.NOATIME));
            Overlay tree = Overlay.over(image, cover.path().node().id(), limits.size(), limits.inodes(), choice);
            if (options.has(Union.Flag.RELATIME) && !tree.keepsAccessTimes()) {
                throw new Refusal(
                        Refusal.UNAVAILABLE,
                        union.origin() + ": relatime cannot be had for " + union.path() + ", as its data lies in the"
                                + " daemon's memory ("
                                + tree.use().noBetter()
                                + ") and what is read from the kernel's cache is not seen there: leave the word out");
            }
            for (Union.NewDirectory directory : union.directories()) {
                make(tree, directory);
            }
            Union.Root root = union.root();
            int valid = (root.mode() >= 0 ? AttributeChange.MODE : 0)
                    | (root.uid() >= 0 ? AttributeChange.UID : 0)
                    | (root.gid() >= 0 ? AttributeChange.GID : 0);
            if (valid != 0) {
                AttributeChange change =
                        new AttributeChange(valid, root.mode(), root.uid(), root.gid(), 0, 0, 0, 0, 0, 0, 0);
                tree.setattr(FileTree.ROOT, 0, change, Caller.ROOT);
            }
            return new Covered(cover, tree);
        } catch (FsException e) {
            throw new Refusal(
                    Refusal.CANNOT_CREATE,
                    union.origin() + ": the union over " + union.path() + " cannot be made: " + e.getMessage());
        }
    }

    /** What the kernel would take without keeping to it. */
    private static void refuseIdle(Union union) throws Refusal {
        String obstacle = Mounter.noDevicesNorSetId();
        for (Union.Flag flag : List.of(Union.Flag.DEV, Union.Flag.SUID)) {
            if (obstacle != null && union.options().has(flag)) {
                throw new Refusal(
                        Refusal.UNAVAILABLE,
                        union.origin() + ": " + flag.name().toLowerCase(Locale.ROOT) + " cannot be had for "
                                + union.path() + ": " + obstacle + ": leave the word out");
            }
        }
    }

    /** Changes its limits. */
    void resize(Limits limits) throws Refusal {
        try {
            tree.resize(limits.size(), limits.inodes());
        } catch (FsException e) {
            UnionUse use = tree.use();
            throw new Refusal(
                    Refusal.BUSY,
                    "resize: " + cover.path() + " cannot be " + Size.show(limits.size()) + " with " + limits.inodes()
                            + " inodes: " + Size.show(use.bytes()) + " and " + use.inodes()
                            + " inodes are in use: remove something first, or take less away");
        }
    }

    /** What it may take now. */
    Limits limits() {
        UnionUse use = tree.use();
        return new Limits(use.bytesLimit(), use.inodesLimit());
    }

    /** A directory that the image has is kept, with the mode that is asked for. */
    private static void make(Overlay tree, Union.NewDirectory directory) throws FsException {
        Name name = Name.of(directory.name());
        Node made;
        try {
            made = tree.mkdir(FileTree.ROOT, name, directory.mode(), new Caller(0, 0, 0, 0));
        } catch (FsException e) {
            if (e.errno() != Errno.EEXIST) {
                throw e;
            }
            made = tree.lookup(FileTree.ROOT, name);
            if (!made.attributes().isDirectory()) {
                tree.forget(made.id(), 1);
                throw new FsException(Errno.ENOTDIR, "there is a file " + name);
            }
            tree.setattr(made.id(), 0, AttributeChange.ofMode(directory.mode()), Caller.ROOT);
        }
        tree.forget(made.id(), 1);
    }

    /**
     * How full it is.
     *
     * @param noPassthrough see {@link Status.Union}
     */
    Status.Union status(boolean mounted, String noPassthrough) {
        UnionUse use = tree.use();
        return new Status.Union(
                cover.path().toString(),
                use.bytesLimit(),
                use.bytes(),
                use.mostBytes(),
                use.inodesLimit(),
                use.inodes(),
                use.mostInodes(),
                use.store(),
                use.noBetter(),
                noPassthrough,
                use.compression(),
                mounted);
    }
}
