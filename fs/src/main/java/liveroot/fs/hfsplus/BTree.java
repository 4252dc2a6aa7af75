package liveroot.fs.hfsplus;

import java.io.IOException;
import java.nio.ByteBuffer;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.fs.BadImageException;

/**
 * A B-tree (TN1150, "B-Trees"): nodes of one size, number 0 the header. Records of index nodes are a key and the number of
 * the node whose first key that is; leaves are chained. Nodes are kept in the block cache.
 */
final class BTree {

    private static final int HEADER = 128;
    private static final int HEADER_NODE = 1;
    private static final int VARIABLE_INDEX_KEYS = 4;
    private static final int SMALLEST_NODE = 512;
    private static final int LARGEST_NODE = 32768;
    /** More than a tree of 2^32 nodes of two records needs. */
    private static final int DEEPEST = 33;

    private final Volume volume;
    private final Fork fork;
    private final Order order;
    private final BlockCache.Region nodes;
    private final int nodeSize;
    private final long nodeCount;
    private final int depth;
    private final long root;
    private final int indexKeyLength;

    /** How the keys of a tree are ordered. */
    interface Order {
        /** The key at {@code at} as something to compare others with; {@code length} is without its own two bytes. */
        Target target(ByteBuffer memory, int at, int length);
    }

    /** A key that is looked for. */
    interface Target {
        /** Less than, equal to or more than 0 as the key at {@code at} is before, at or behind this one. */
        int compare(ByteBuffer memory, int at, int length);
    }

    private BTree(Volume volume, Fork fork, Order order, ByteBuffer header) throws IOException {
        this.volume = volume;
        this.fork = fork;
        this.order = order;
        this.nodes = volume.cache().region();
        depth = header.getShort(14) & 0xffff;
        root = header.getInt(16) & 0xffffffffL;
        nodeSize = header.getShort(32) & 0xffff;
        nodeCount = header.getInt(36) & 0xffffffffL;
        indexKeyLength = (header.getInt(52) & VARIABLE_INDEX_KEYS) != 0 ? 0 : header.getShort(34) & 0xffff;
        if (header.get(8) != HEADER_NODE) {
            throw damage(0, "begins with a node of kind " + header.get(8) + ", expected a header");
        }
        if (nodeSize < SMALLEST_NODE || nodeSize > LARGEST_NODE || Integer.bitCount(nodeSize) != 1) {
            throw damage(0, "has nodes of " + nodeSize + " bytes, expected a power of 2 from 512 to 32768");
        }
        if (depth > DEEPEST) {
            throw damage(0, "is " + depth + " nodes deep");
        }
    }

    /**
     * Reads the header.
     *
     * @param orders the order of keys, by the byte for it in the header
     */
    static BTree open(Volume volume, Fork fork, java.util.function.IntFunction<Order> orders) throws IOException {
        Block memory = volume.cache().take(HEADER);
        try {
            volume.read(fork, 0, memory.slice(0, HEADER));
            ByteBuffer header = memory.slice(0, HEADER);
            return new BTree(volume, fork, orders.apply(header.get(51) & 0xff), header);
        } finally {
            memory.release();
        }
    }

    /** How keys are ordered. */
    Order order() {
        return order;
    }

    /** Stands at the last record whose key is not behind {@code target}; before the first record if there is none. */
    BTreeCursor find(Target target) throws IOException {
        if (depth == 0) {
            return new BTreeCursor(this, null, -1, false);
        }
        long number = root;
        for (int height = depth; ; height--) {
            BTreeNode node = node(number, height);
            try {
                int low = 0;
                int high = node.count() - 1;
                boolean exact = false;
                while (low <= high) {
                    int middle = (low + high) >>> 1;
                    int c = target.compare(node.memory(), node.key(middle), node.keyLength(middle));
                    if (c <= 0) {
                        exact = c == 0;
                        low = middle + 1;
                        if (exact) {
                            break;
                        }
                    } else {
                        high = middle - 1;
                    }
                }
                if (height == 1) {
                    BTreeCursor found = new BTreeCursor(this, node, low - 1, exact);
                    node = null;
                    return found;
                }
                number = node.child(Math.max(0, low - 1));
            } finally {
                if (node != null) {
                    node.close();
                }
            }
        }
    }

    /** Stands at a record of a leaf, or behind its last. */
    BTreeCursor at(long number, int index) throws IOException {
        BTreeNode node = node(number, 1);
        if (index > node.count()) {
            node.close();
            throw damage(number, "record " + index + " of leaf " + number + " is wanted, it has " + node.count());
        }
        return new BTreeCursor(this, node, index, false);
    }

    BTreeNode node(long number, int height) throws IOException {
        if (number == 0 || number >= nodeCount) {
            throw damage(0, "refers to node " + number + ", it has " + nodeCount);
        }
        Block block = nodes.get(number, nodeSize, dst -> {
            volume.read(fork, number * nodeSize, dst);
            return dst.position();
        });
        try {
            return new BTreeNode(this, number, height, block, indexKeyLength);
        } catch (IOException | RuntimeException e) {
            block.release();
            throw e;
        }
    }

    /** @param number of the node that is damaged */
    BadImageException damage(long number, String fault) throws IOException {
        long offset = number * nodeSize;
        long position = offset < fork.size()
                ? volume.position(fork, offset)
                : volume.header().position();
        return volume.damage(position, fork.name() + ": " + fault);
    }
}
