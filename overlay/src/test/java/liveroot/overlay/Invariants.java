package liveroot.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashMap;
import java.util.Map;

/** What must hold in an upper whenever no operation is under way. */
final class Invariants {

    private Invariants() {}

    static void check(Overlay overlay) {
        Upper upper = overlay.upper();
        UnionUse use = overlay.use();
        long[] bytes = {0};
        long[] pages = {0};
        int[] entries = {0};
        Map<Long, Integer> names = new HashMap<>();
        upper.inodes().forEach(inode -> {
            bytes[0] += inode.bytes();
            if (inode instanceof RegularFile file) {
                pages[0] += file.content.stored.pages();
                bytes[0] += LowerRanges.RANGE_BYTES
                        * Math.max(0, file.content.visible().ranges() - 1);
            }
            if (inode instanceof Directory directory && directory.entries() != null) {
                entries[0] += directory.entries().size();
                bytes[0] += directory.entries().nameBytes();
                int children = 0;
                for (int slot = 0; slot < directory.entries().slots(); slot++) {
                    if (directory.entries().name(slot) != null) {
                        assertEquals(slot, directory.find(directory.entries().name(slot)));
                        long child = directory.entries().child(slot);
                        if (child != 0) {
                            children++;
                            names.merge(child, 1, Integer::sum);
                        }
                    }
                }
                assertEquals(children, directory.entries().children());
            }
        });
        upper.inodes().forEach(inode -> {
            if ((inode.id & Lower.NEW) != 0 && !inode.isDirectory()) {
                assertEquals(names.getOrDefault(inode.id, 0), inode.nlink, "links of new inode " + inode.ino);
            }
        });
        assertEquals(upper.inodes().size(), use.inodes(), "inodes");
        assertEquals(entries[0], use.entries(), "entries");
        assertEquals(bytes[0] + pages[0] * StoredFile.PAGE, use.held(), "bytes");
    }
}
