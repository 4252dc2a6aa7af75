package liveroot.fs.fuse.jnr;

import liveroot.fs.Attributes;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Node;

/**
 * An inode that a path led to, with the one lookup that keeps its id good until {@link #close} gives it back. The root
 * has none to give back.
 */
final class Inode implements AutoCloseable {

    private final FileTree tree;
    private final Node node;

    /** @param node as the tree handed it out, or null for the root */
    Inode(FileTree tree, Node node) {
        this.tree = tree;
        this.node = node;
    }

    long id() {
        return node == null ? FileTree.ROOT : node.id();
    }

    /** As of the lookup. */
    Attributes attributes() throws FsException {
        return node == null ? tree.getattr(FileTree.ROOT) : node.attributes();
    }

    @Override
    public void close() {
        if (node != null) {
            tree.forget(node.id(), 1);
        }
    }
}
