package liveroot.launcher;

import java.io.IOException;
import liveroot.fs.AttributeChange;
import liveroot.fs.Caller;
import liveroot.fs.Capacity;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Name;

/** A union that exists: an overlay of a directory of the image. */
record Covered(Cover cover, Limits limits, FileTree tree) {

    /** Makes it, with the directories it is to begin with. */
    static Covered of(FileTree image, Cover cover, Limits limits) throws Refusal, IOException {
        FileTree tree = Parts.union(image, cover.path().node().id(), limits);
        Union union = cover.union();
        try {
            for (Union.NewDirectory directory : union.directories()) {
                Name name = Name.of(directory.name());
                if (!exists(tree, name)) {
                    tree.mkdir(FileTree.ROOT, name, directory.mode(), new Caller(0, 0, 0, 0));
                }
                tree.setattr(
                        tree.lookup(FileTree.ROOT, name).id(),
                        0,
                        AttributeChange.ofMode(directory.mode()),
                        Caller.ROOT);
            }
            Union.Root root = union.root();
            if (root.mode() >= 0) {
                tree.setattr(FileTree.ROOT, 0, AttributeChange.ofMode(root.mode()), Caller.ROOT);
            }
            if (root.uid() >= 0 || root.gid() >= 0) {
                int valid = (root.uid() >= 0 ? AttributeChange.UID : 0) | (root.gid() >= 0 ? AttributeChange.GID : 0);
                tree.setattr(
                        FileTree.ROOT,
                        0,
                        new AttributeChange(valid, 0, root.uid(), root.gid(), 0, 0, 0, 0, 0, 0, 0),
                        Caller.ROOT);
            }
        } catch (FsException e) {
            tree.close();
            throw new Refusal(
                    Refusal.CANNOT_CREATE,
                    union.origin() + ": " + union.path() + " cannot be prepared: " + e.getMessage());
        }
        return new Covered(cover, limits, tree);
    }

    private static boolean exists(FileTree tree, Name name) throws FsException {
        try {
            tree.lookup(FileTree.ROOT, name);
            return true;
        } catch (FsException e) {
            if (e.errno() == liveroot.fs.Errno.ENOENT) {
                return false;
            }
            throw e;
        }
    }

    /** How full it is. */
    Status.Union status(boolean mounted) throws FsException {
        Capacity capacity = tree.statfs();
        long used = (capacity.blocks() - capacity.free()) * capacity.blockSize();
        return new Status.Union(
                cover.path().toString(),
                limits.size(),
                used,
                used,
                limits.inodes(),
                capacity.files() - capacity.filesFree(),
                "memory",
                mounted);
    }
}
