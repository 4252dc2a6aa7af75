package liveroot.fs.squashfs;

import java.io.IOException;

/** Where the fragment blocks lie: entries of 16 bytes {position u64, size word u32, unused u32}. */
final class FragmentTable {

    private static final int ENTRY = 16;

    private final Metadata metadata;
    private final long table;
    private final long count;

    FragmentTable(Metadata metadata, Superblock superblock) {
        this.metadata = metadata;
        this.table = superblock.fragmentTable();
        this.count = superblock.fragments();
    }

    /** @param word as a data block has it */
    record Fragment(long position, int word) {}

    /** @param index an unsigned number */
    Fragment get(int index) throws IOException {
        long entry = Integer.toUnsignedLong(index);
        if (entry >= count) {
            throw metadata.damage(
                    Math.max(table, 0), "a file with its end in fragment " + entry + ", there are " + count);
        }
        long block = metadata.pointer(table, entry / Superblock.ENTRIES_OF_16, "fragment table");
        int offset = (int) (entry % Superblock.ENTRIES_OF_16) * ENTRY;
        try (Cursor in = new Cursor(metadata, block, offset)) {
            long position = in.i64();
            return new Fragment(position, in.i32());
        }
    }
}
