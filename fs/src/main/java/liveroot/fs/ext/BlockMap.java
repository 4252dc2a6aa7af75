package liveroot.fs.ext;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A file's block pointers, as ext2 and ext3 keep them ("Direct/Indirect Block Addressing" of the kernel's documentation):
 * 12 in the inode, and one each to blocks of pointers, of pointers to those, and of pointers to those. 0 is a hole.
 */
final class BlockMap {

    private static final int DIRECT = 12;
    private static final int LEVELS = 3;

    private final Volume volume;
    private final int perBlock;

    BlockMap(Volume volume) {
        this.volume = volume;
        this.perBlock = volume.blockSize() / Integer.BYTES;
    }

    /** What the file has from block {@code logical} on, as far as one block of pointers tells, and {@code most} blocks. */
    Run find(Inode inode, long logical, long most) throws IOException {
        ByteBuffer map = inode.map();
        if (logical < DIRECT) {
            return run(map, (int) logical, DIRECT, most, inode.block, inode.mapOffset());
        }
        long left = logical - DIRECT;
        long span = 1;
        for (int level = 1; level <= LEVELS; level++) {
            long pointed = span * perBlock;
            if (left < pointed) {
                int slot = DIRECT + level - 1;
                return below(map, slot, inode.block, inode.mapOffset(), left, pointed, most);
            }
            left -= pointed;
            span = pointed;
        }
        return Run.hole(Long.MAX_VALUE - logical);
    }

    /**
     * @param index of the pointer in {@code pointers}
     * @param block that {@code pointers} begin in, at {@code offset}
     * @param wanted block, counted from the first that the pointer leads to
     * @param span blocks that it leads to
     */
    private Run below(ByteBuffer pointers, int index, long block, int offset, long wanted, long span, long most)
            throws IOException {
        long child = pointers.getInt(index * Integer.BYTES) & 0xffffffffL;
        if (child == 0) {
            return Run.hole(span - wanted);
        }
        if (!volume.has(child, 1)) {
            throw volume.damage(
                    block,
                    offset + index * Integer.BYTES,
                    "a pointer to block " + child + ", outside of the file system");
        }
        long each = span / perBlock;
        try (MetadataBlock in = volume.metadata(Volume.Kind.TABLE, child, Volume.UNCHECKED)) {
            int next = (int) (wanted / each);
            return each == 1
                    ? run(in.memory(), next, perBlock, most, child, 0)
                    : below(in.memory(), next, child, 0, wanted % each, each, most);
        }
    }

    private Run run(ByteBuffer pointers, int index, int end, long most, long block, int offset) throws IOException {
        long first = pointers.getInt(index * Integer.BYTES) & 0xffffffffL;
        int last = (int) Math.min(end, index + most);
        int count = 1;
        while (index + count < last
                && (pointers.getInt((index + count) * Integer.BYTES) & 0xffffffffL)
                        == (first == 0 ? 0 : first + count)) {
            count++;
        }
        if (first == 0) {
            return Run.hole(count);
        }
        if (!volume.has(first, count)) {
            throw volume.damage(
                    block,
                    offset + index * Integer.BYTES,
                    count + " blocks of a file at " + first + ", outside of the file system's "
                            + volume.superblock().blocks());
        }
        return new Run(first, count);
    }
}
