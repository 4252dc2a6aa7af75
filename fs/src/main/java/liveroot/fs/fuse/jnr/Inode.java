package liveroot.fs.fuse.jnr;

import java.util.concurrent.atomic.AtomicInteger;
import liveroot.fs.Attributes;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Node;

/**
 * An inode that a path led to, with the one lookup that keeps its id good until its last holder gives it back by {@link
 * #close}. The root has none to give back.
 */
final class Inode implements AutoCloseable {

    private final FileTree tree;
    private final Node node;
    private final AtomicInteger holders = new AtomicInteger(1);

    /** @param node as the tree handed it out, or null for the root */
    Inode(FileTree tree, Node node) {
        this.tree = tree;
        this.node = node;
    }

    long id() {
        return node == null ? FileTree.ROOT : node.id();
    }

    /** As of the lookup. */
    Attributes found() throws FsException {
        return node == null ? attributes() : node.attributes();
    }

    /** As of now. */
    Attributes attributes() throws FsException {
        return tree.getattr(id());
    }

    /** For one holder more, on top of one that the caller knows of. */
    Inode retain() {
        holders.incrementAndGet();
        return this;
    }

    @Override
    public void close() {
        if (holders.decrementAndGet() == 0 && node != null) {
            tree.forget(node.id(), 1);
        }
    }
}
