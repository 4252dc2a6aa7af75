package liveroot.fs.hfsplus;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The extents overflow file: extents of forks that have more than eight. Keys are {fork u8 (0 data, 0xFF resource), unused
 * u8, CNID u32, first block of the fork u32}, ordered by CNID, fork, block; data are eight extents.
 */
final class ExtentsOverflow {

    static final int DATA = 0;
    static final int RESOURCE = 0xff;

    private static final int KEY = 10;

    private final BTree tree;

    ExtentsOverflow(Volume volume) throws IOException {
        tree = BTree.open(
                volume,
                Fork.alone("the extents overflow file", volume.header().extents()),
                type -> ExtentsOverflow::key);
    }

    private record Key(long cnid, int fork, long block) implements BTree.Target {
        @Override
        public int compare(ByteBuffer memory, int at, int length) {
            if (length < KEY) {
                return -1;
            }
            int c = Long.compare(memory.getInt(at + 2) & 0xffffffffL, cnid);
            c = c != 0 ? c : Integer.compare(memory.get(at) & 0xff, fork);
            return c != 0 ? c : Long.compare(memory.getInt(at + 6) & 0xffffffffL, block);
        }
    }

    private static Key key(ByteBuffer memory, int at, int length) {
        return length < KEY
                ? new Key(0, 0, 0)
                : new Key(
                        memory.getInt(at + 2) & 0xffffffffL,
                        memory.get(at) & 0xff,
                        memory.getInt(at + 6) & 0xffffffffL);
    }

    /**
     * The fork of a file with all its extents.
     *
     * @param which {@link #DATA} or {@link #RESOURCE}
     */
    Fork fork(String name, long cnid, int which, ForkRecord record) {
        return new Fork(name, record, index -> containing(cnid, which, index));
    }

    private Fork.More containing(long cnid, int which, long index) throws IOException {
        try (BTreeCursor at = tree.find(new Key(cnid, which, index))) {
            if (!at.isAtRecord()) {
                return null;
            }
            Key key = key(at.memory(), at.key(), at.keyLength());
            if (key.cnid != cnid || key.fork != which) {
                return null;
            }
            at.dataLength(Extents.SIZE, "extents");
            return new Fork.More(key.block, Extents.read(at.memory(), at.data()));
        }
    }
}
