package liveroot.fs;

import java.util.function.LongConsumer;

/**
 * Counts by inode id, in 12 bytes a slot: open addressing with linear probing up to four fifths full, as there may be
 * very many; a removal moves later entries back. A count that reaches the largest int stays there. Not thread-safe.
 */
public final class LongCounts {

    private static final int SMALLEST = 16;

    private long[] keys = new long[SMALLEST];
    private int[] counts = new int[SMALLEST];
    private int size;

    private static int home(long key, int mask) {
        return (int) ((key * 0x9E3779B97F4A7C15L) >>> 32) & mask;
    }

    /** The slot of {@code key}, or the empty one where it would go. No key is 0. */
    private int slot(long key) {
        int mask = keys.length - 1;
        int i = home(key, mask);
        while (keys[i] != 0 && keys[i] != key) {
            i = (i + 1) & mask;
        }
        return i;
    }

    public int get(long key) {
        return counts[slot(key)];
    }

    /** Number of keys whose count is not 0. */
    public int size() {
        return size;
    }

    public void increment(long key) {
        int i = slot(key);
        if (keys[i] == key) {
            if (counts[i] != Integer.MAX_VALUE) {
                counts[i]++;
            }
            return;
        }
        keys[i] = key;
        counts[i] = 1;
        size++;
        if (size * 5L > keys.length * 4L) {
            resize(keys.length * 2);
        }
    }

    /** @return what is left, 0 also for a key that had no count */
    public int decrement(long key, long by) {
        int i = slot(key);
        if (keys[i] != key) {
            return 0;
        }
        if (counts[i] == Integer.MAX_VALUE) {
            return Integer.MAX_VALUE;
        }
        if (by < counts[i]) {
            counts[i] -= (int) Math.max(0, by);
            return counts[i];
        }
        removeSlot(i);
        return 0;
    }

    /** Takes a key's count out. @return that count */
    public int remove(long key) {
        int i = slot(key);
        int count = counts[i];
        if (keys[i] == key) {
            removeSlot(i);
        }
        return count;
    }

    /** Calls {@code action} with every key, which may not change the counts. */
    public void forEachKey(LongConsumer action) {
        for (long key : keys) {
            if (key != 0) {
                action.accept(key);
            }
        }
    }

    private void removeSlot(int hole) {
        int mask = keys.length - 1;
        int i = hole;
        for (; ; ) {
            i = (i + 1) & mask;
            if (keys[i] == 0) {
                break;
            }
            // The entry may fill the hole unless its home lies between the hole (exclusive) and itself.
            if (((i - home(keys[i], mask)) & mask) >= ((i - hole) & mask)) {
                keys[hole] = keys[i];
                counts[hole] = counts[i];
                hole = i;
            }
        }
        keys[hole] = 0;
        counts[hole] = 0;
        size--;
        if (keys.length > SMALLEST && size * 8L < keys.length) {
            resize(keys.length / 2);
        }
    }

    private void resize(int capacity) {
        long[] oldKeys = keys;
        int[] oldCounts = counts;
        keys = new long[capacity];
        counts = new int[capacity];
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldKeys[i] != 0) {
                int slot = slot(oldKeys[i]);
                keys[slot] = oldKeys[i];
                counts[slot] = oldCounts[i];
            }
        }
    }
}
