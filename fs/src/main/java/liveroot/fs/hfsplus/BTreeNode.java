package liveroot.fs.hfsplus;

import java.io.IOException;
import java.nio.ByteBuffer;
import liveroot.cache.Block;

/**
 * A node of a B-tree: {next u32, previous u32, kind s8, height u8, records u16, unused u16}, records from byte 14 on, and from
 * its end backwards the offset of each as u16, with one more for where they end. Holds its block until it is closed.
 */
final class BTreeNode implements AutoCloseable {

    private static final int DESCRIPTOR = 14;
    private static final int LEAF = -1;
    private static final int INDEX = 0;

    private final BTree tree;
    private final long number;
    private final Block block;
    private final ByteBuffer memory;
    private final int count;
    private final int fixedKeyLength;

    /**
     * @param height expected: 1 for a leaf
     * @param indexKeyLength of all keys of index nodes, or 0 if each has its own
     */
    BTreeNode(BTree tree, long number, int height, Block block, int indexKeyLength) throws IOException {
        this.tree = tree;
        this.number = number;
        this.block = block;
        this.memory = block.memory();
        this.fixedKeyLength = height == 1 ? 0 : indexKeyLength;
        count = memory.getShort(10) & 0xffff;
        int kind = memory.get(8);
        if (kind != (height == 1 ? LEAF : INDEX) || memory.get(9) != height) {
            throw tree.damage(
                    number,
                    "node " + number + " is of kind " + kind + " and height " + memory.get(9) + ", expected "
                            + (height == 1 ? "a leaf" : "an index node") + " of height " + height);
        }
        if ((count == 0 && height > 1) || DESCRIPTOR + 2 * (count + 1) > block.length()) {
            throw tree.damage(number, "node " + number + " of " + block.length() + " bytes has " + count + " records");
        }
    }

    ByteBuffer memory() {
        return memory;
    }

    long number() {
        return number;
    }

    /** Records. */
    int count() {
        return count;
    }

    /** Number of the next leaf, or 0. */
    long next() {
        return memory.getInt(0) & 0xffffffffL;
    }

    private int offset(int index) {
        return memory.getShort(block.length() - 2 * (index + 1)) & 0xffff;
    }

    /** Where record {@code index} begins: two bytes before its key. */
    private int start(int index) throws IOException {
        int start = offset(index);
        int end = offset(index + 1);
        if (start < DESCRIPTOR || end - start < 2 || end > block.length() - 2 * (count + 1)) {
            throw tree.damage(number, "record " + index + " of node " + number + " is from " + start + " to " + end);
        }
        return start;
    }

    int key(int index) throws IOException {
        return start(index) + 2;
    }

    /** Bytes of the key, which lies within its record. */
    int keyLength(int index) throws IOException {
        int start = start(index);
        int length = memory.getShort(start) & 0xffff;
        if (length > offset(index + 1) - start - 2) {
            throw tree.damage(number, "record " + index + " of node " + number + " has a key of " + length + " bytes");
        }
        return length;
    }

    /** Where the data of a record begin. */
    int data(int index) throws IOException {
        int length = fixedKeyLength == 0 ? keyLength(index) : fixedKeyLength;
        return start(index) + ((2 + length + 1) & ~1);
    }

    /** Bytes of the data of a record; checked to be at least {@code least}. */
    int dataLength(int index, int least, String what) throws IOException {
        int length = offset(index + 1) - data(index);
        if (length < least) {
            throw tree.damage(
                    number,
                    what + " in record " + index + " of node " + number + " has " + length + " bytes, expected "
                            + least);
        }
        return length;
    }

    /** The node that a record of an index node refers to. */
    long child(int index) throws IOException {
        dataLength(index, 4, "a reference");
        return memory.getInt(data(index)) & 0xffffffffL;
    }

    @Override
    public void close() {
        block.release();
    }
}
