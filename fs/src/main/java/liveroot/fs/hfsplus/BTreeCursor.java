package liveroot.fs.hfsplus;

import java.io.IOException;
import java.nio.ByteBuffer;
import liveroot.fs.BadImageException;

/** Stands at a record of a leaf, and moves on in the order of keys. Holds the leaf's node until it is closed. */
final class BTreeCursor implements AutoCloseable {

    private final BTree tree;
    private final boolean exact;
    /** Null in an empty tree, and behind the last leaf. */
    private BTreeNode node;

    private int index;

    /** @param index of the record; -1 stands before the first of the leaf, its count behind the last */
    BTreeCursor(BTree tree, BTreeNode node, int index, boolean exact) {
        this.tree = tree;
        this.node = node;
        this.index = index;
        this.exact = exact;
    }

    /** Whether the search that led here found its key. */
    boolean isExact() {
        return exact;
    }

    /** Whether it stands at a record. */
    boolean isAtRecord() {
        return node != null && index >= 0 && index < node.count();
    }

    /** Moves to the next record. @return false if there is none */
    boolean next() throws IOException {
        index++;
        return settle();
    }

    /** Moves on to the next leaf if it stands behind the last record of this one. @return false if there is none */
    boolean settle() throws IOException {
        while (node != null && index >= node.count()) {
            long next = node.next();
            BTreeNode old = node;
            node = null;
            try {
                if (next != 0) {
                    node = tree.node(next, 1);
                    checkOrder(old);
                }
            } finally {
                old.close();
            }
            index = 0;
        }
        return node != null;
    }

    /** Leaves of a good tree are in order; so a chain in order has an end. */
    private void checkOrder(BTreeNode old) throws IOException {
        if (old.count() == 0 || node.count() == 0) {
            throw tree.damage(old.number(), "leaf " + old.number() + ", or the next, has no records");
        }
        BTree.Target first = tree.order().target(old.memory(), old.key(0), old.keyLength(0));
        if (first.compare(node.memory(), node.key(0), node.keyLength(0)) <= 0) {
            throw tree.damage(
                    old.number(),
                    "leaf " + node.number() + " follows leaf " + old.number() + ", but its first key is not behind");
        }
    }

    ByteBuffer memory() {
        return node.memory();
    }

    int key() throws IOException {
        return node.key(index);
    }

    int keyLength() throws IOException {
        return node.keyLength(index);
    }

    int data() throws IOException {
        return node.data(index);
    }

    /** See {@link BTreeNode#dataLength}. */
    int dataLength(int least, String what) throws IOException {
        return node.dataLength(index, least, what);
    }

    /** Number of the leaf. */
    long leaf() {
        return node.number();
    }

    int index() {
        return index;
    }

    BadImageException damage(String fault) throws IOException {
        return tree.damage(node.number(), "record " + index + " of leaf " + node.number() + ": " + fault);
    }

    @Override
    public void close() {
        if (node != null) {
            node.close();
            node = null;
        }
    }
}
