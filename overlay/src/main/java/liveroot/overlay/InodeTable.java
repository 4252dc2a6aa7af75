package liveroot.overlay;

/** Changed inodes by id: open addressing with linear probing, a removal moves later entries back. Not thread-safe. */
final class InodeTable {

    private static final int SMALLEST = 16;

    private Inode[] slots = new Inode[SMALLEST];
    private int size;

    private static int home(long id, int mask) {
        return (int) ((id * 0x9E3779B97F4A7C15L) >>> 32) & mask;
    }

    private int slot(long id) {
        int mask = slots.length - 1;
        int i = home(id, mask);
        while (slots[i] != null && slots[i].id != id) {
            i = (i + 1) & mask;
        }
        return i;
    }

    /** Null if that inode is not changed. */
    Inode get(long id) {
        return slots[slot(id)];
    }

    int size() {
        return size;
    }

    /** Adds an inode whose id is not in the table yet. */
    void add(Inode inode) {
        slots[slot(inode.id)] = inode;
        size++;
        if (size * 3L > slots.length * 2L) {
            resize(slots.length * 2);
        }
    }

    void remove(Inode inode) {
        int hole = slot(inode.id);
        int mask = slots.length - 1;
        int i = hole;
        for (; ; ) {
            i = (i + 1) & mask;
            if (slots[i] == null) {
                break;
            }
            if (((i - home(slots[i].id, mask)) & mask) >= ((i - hole) & mask)) {
                slots[hole] = slots[i];
                hole = i;
            }
        }
        slots[hole] = null;
        size--;
        if (slots.length > SMALLEST && size * 8L < slots.length) {
            resize(slots.length / 2);
        }
    }

    private void resize(int capacity) {
        Inode[] old = slots;
        slots = new Inode[capacity];
        for (Inode inode : old) {
            if (inode != null) {
                slots[slot(inode.id)] = inode;
            }
        }
    }

    void forEach(java.util.function.Consumer<Inode> action) {
        for (Inode inode : slots) {
            if (inode != null) {
                action.accept(inode);
            }
        }
    }
}
