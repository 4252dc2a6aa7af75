package liveroot.overlay;

import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import liveroot.fs.Name;

/**
 * Of the names that the parts of a merged directory have or hide, the first part to do so. Some 25 bytes a name, in two
 * arrays. Filled by one thread, read by any.
 */
final class FirstParts {

    /** Most names, and most bytes that they are kept in: 6 MiB with the table. */
    static final int MOST_NAMES = 1 << 18;

    private static final int MOST_BYTES = 4 << 20;

    private static final int HEAD = 2;

    /** Odd, and not to be guessed: names in an image cannot be made to meet in one place of the table. */
    private static final long FACTOR = ThreadLocalRandom.current().nextLong() | 1;

    /** One after the other: part, length, bytes. */
    private byte[] names = new byte[1 << 10];

    private int used;
    private int count;

    /** Where a name is in {@link #names}, and one more; 0 is nothing. */
    private int[] table = new int[1 << 8];

    /** By part, whether it has or hides a name that none before it has. */
    private final boolean[] hasOwn;

    FirstParts(int parts) {
        hasOwn = new boolean[parts];
    }

    /**
     * Takes a name in, if no part before has it.
     *
     * @return false if there is no room for it
     */
    boolean add(byte[] name, int from, int part) {
        int length = name.length - from;
        int slot = slot(name, from, length);
        if (table[slot] != 0) {
            return true;
        }
        if (count == MOST_NAMES || used + HEAD + length > MOST_BYTES) {
            return false;
        }
        if (used + HEAD + length > names.length) {
            names = Arrays.copyOf(names, 2 * names.length);
        }
        table[slot] = used + 1;
        names[used] = (byte) part;
        names[used + 1] = (byte) length;
        System.arraycopy(name, from, names, used + HEAD, length);
        used += HEAD + length;
        hasOwn[part] = true;
        if (2 * ++count > table.length) {
            enlarge();
        }
        return true;
    }

    private void enlarge() {
        table = new int[2 * table.length];
        for (int at = 0; at < used; at += HEAD + length(at)) {
            table[slot(names, at + HEAD, length(at))] = at + 1;
        }
    }

    private int length(int at) {
        return names[at + 1] & 0xff;
    }

    /** That of the name, or the one for it. */
    private int slot(byte[] name, int from, int length) {
        long hash = length;
        for (int i = from; i < from + length; i++) {
            hash = (hash + name[i]) * FACTOR;
            hash ^= hash >>> Integer.SIZE;
        }
        int slot = (int) hash & table.length - 1;
        while (table[slot] != 0 && !isAt(table[slot] - 1, name, from, length)) {
            slot = slot + 1 & table.length - 1;
        }
        return slot;
    }

    private boolean isAt(int at, byte[] name, int from, int length) {
        return length(at) == length && Arrays.equals(names, at + HEAD, at + HEAD + length, name, from, from + length);
    }

    /** The first part that has or hides a name; {@code part} if none was taken in. */
    int of(Name name, int part) {
        byte[] bytes = name.bytes();
        int place = table[slot(bytes, 0, bytes.length)];
        return place == 0 ? part : names[place - 1];
    }

    /** Whether a part that was taken in has any name that none before it has. */
    boolean hasOwn(int part) {
        return hasOwn[part];
    }

    /** Bytes of heap, roughly. */
    int bytes() {
        return names.length + Integer.BYTES * table.length;
    }
}
