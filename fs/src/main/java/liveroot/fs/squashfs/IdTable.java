package liveroot.fs.squashfs;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** User and group ids, which inodes name by their index: u32s, at most 65,536, decoded when first needed. */
final class IdTable {

    private static final int PER_BLOCK = Superblock.IDS_PER_BLOCK;

    private final Metadata metadata;
    private final long table;
    private final int count;
    private final AtomicReferenceArray<int[]> blocks;

    IdTable(Metadata metadata, Superblock superblock) {
        this.metadata = metadata;
        this.table = superblock.idTable();
        this.count = superblock.ids();
        this.blocks = new AtomicReferenceArray<>((count + PER_BLOCK - 1) / PER_BLOCK);
    }

    /** @param of the inode that is being read, for messages */
    int id(int index, Cursor of) throws IOException {
        if (index >= count) {
            throw of.damage("an inode with user or group id number " + index + " of " + count);
        }
        int[] ids = blocks.get(index / PER_BLOCK);
        if (ids == null) {
            ids = read(index / PER_BLOCK);
            blocks.set(index / PER_BLOCK, ids);
        }
        return ids[index % PER_BLOCK];
    }

    private int[] read(int block) throws IOException {
        int[] ids = new int[Math.min(PER_BLOCK, count - block * PER_BLOCK)];
        try (Cursor in = new Cursor(metadata, metadata.pointer(table, block, "id table"), 0)) {
            for (int i = 0; i < ids.length; i++) {
                ids[i] = in.i32();
            }
        }
        return ids;
    }
}
