package liveroot.overlay;

import java.security.SecureRandom;
import java.util.Arrays;
import liveroot.fs.Name;

/**
 * The names of a directory that differ from its lower directory: each leads to an inode or is a whiteout.
 *
 * <p>They lie in slots in the order in which they came, each with a serial number that never comes again, and a hash
 * table of slot numbers finds them by name (linear probing; a removal moves later entries back). A removed entry leaves
 * an empty slot, which goes when the slots are full. So a listing resumes at a serial number by binary search,
 * whatever came and went meanwhile, and an entry takes about 35 bytes besides its name.
 *
 * <p>A name that the lower directory has too keeps its slot for as long as the directory lives, as a whiteout at times.
 *
 * <p>The hash has a random seed, so that no program can choose names that all meet in one place. Guarded by the monitor
 * of {@link Upper}.
 */
final class Entries {

    private static final int SMALLEST = 4;
    /** From this number of slots on, arrays that are mostly empty are made smaller. */
    private static final int SPARSE = 64;

    /** Bit beside a hash: the lower directory has that name. */
    private static final int BELOW = 1 << 31;

    private static final long SEED = new SecureRandom().nextLong();

    private Name[] names = new Name[SMALLEST];
    /** Of the names, without their sign; and {@link #BELOW}. */
    private int[] hashes = new int[SMALLEST];
    /** Id of the inode, 0 for a whiteout. */
    private long[] targets = new long[SMALLEST];

    private long[] serials = new long[SMALLEST];
    private int[] index = new int[2 * SMALLEST];
    /** Slots in use, empty ones between them included. */
    private int slots;

    private int held;
    private int children;
    private long nextSerial;
    private long nameBytes;

    private static int hash(Name name) {
        long h = SEED;
        for (byte b : name.bytes()) {
            h = (h ^ b) * 0x9E3779B97F4A7C15L;
            h ^= h >>> 29;
        }
        return (int) (h >>> 16) & ~BELOW;
    }

    /** Position in the index of a name, or of the empty place where it would go. */
    private int position(Name name, int hash) {
        int mask = index.length - 1;
        int i = hash & mask;
        while (index[i] != 0) {
            int slot = index[i] - 1;
            if ((hashes[slot] & ~BELOW) == hash && names[slot].equals(name)) {
                break;
            }
            i = (i + 1) & mask;
        }
        return i;
    }

    /** -1 if there is none. */
    int find(Name name) {
        return index[position(name, hash(name))] - 1;
    }

    /** Names held, whiteouts included. */
    int size() {
        return held;
    }

    /** Names that lead to an inode. */
    int children() {
        return children;
    }

    int whiteouts() {
        return held - children;
    }

    /** What the names count in the quota. */
    long nameBytes() {
        return nameBytes;
    }

    /** Id of the inode in a slot, 0 if it is a whiteout. */
    long child(int slot) {
        return targets[slot];
    }

    /** Whether the lower directory has the name in a slot. */
    boolean isBelow(int slot) {
        return (hashes[slot] & BELOW) != 0;
    }

    /** Null if the slot is empty. */
    Name name(int slot) {
        return names[slot];
    }

    long serial(int slot) {
        return serials[slot];
    }

    /** All slots are below this number. */
    int slots() {
        return slots;
    }

    /** The first slot whose serial number is at least {@code serial}, {@link #slots} if there is none. */
    int slotFrom(long serial) {
        int at = Arrays.binarySearch(serials, 0, slots, serial);
        return at >= 0 ? at : -at - 1;
    }

    void put(Name name, long child, boolean below) {
        int slot = find(name);
        if (slot < 0) {
            add(name, child, below);
        } else {
            if (child(slot) == 0) {
                children++;
            }
            targets[slot] = child;
        }
    }

    void remove(Name name, boolean below) {
        int hash = hash(name);
        int position = position(name, hash);
        int slot = index[position] - 1;
        if (slot < 0) {
            if (below) {
                add(name, 0, true);
            }
            return;
        }
        if (child(slot) != 0) {
            children--;
        }
        if (isBelow(slot)) {
            targets[slot] = 0;
        } else {
            nameBytes -= Quota.textBytes(name.length());
            names[slot] = null;
            targets[slot] = 0;
            held--;
            close(position);
            if (slots > SPARSE && held < slots / 4) {
                makeRoom();
            }
        }
    }

    private void add(Name name, long target, boolean below) {
        if (slots == names.length) {
            makeRoom();
        }
        int hash = hash(name);
        int slot = slots++;
        names[slot] = name;
        hashes[slot] = below ? hash | BELOW : hash;
        targets[slot] = target;
        serials[slot] = nextSerial++;
        index[position(name, hash)] = slot + 1;
        held++;
        if (target != 0) {
            children++;
        }
        nameBytes += Quota.textBytes(name.length());
    }

    /** Empties a place of the index and moves back what probing could no longer reach behind it. */
    private void close(int hole) {
        int mask = index.length - 1;
        int i = hole;
        for (; ; ) {
            i = (i + 1) & mask;
            if (index[i] == 0) {
                break;
            }
            if (((i - hashes[index[i] - 1]) & mask) >= ((i - hole) & mask)) {
                index[hole] = index[i];
                hole = i;
            }
        }
        index[hole] = 0;
    }

    /** Drops the empty slots, and makes the arrays fit what is left. */
    private void makeRoom() {
        int capacity = Math.max(SMALLEST, held + (held >> 1) + 1);
        Name[] oldNames = names;
        int[] oldHashes = hashes;
        long[] oldTargets = targets;
        long[] oldSerials = serials;
        names = new Name[capacity];
        hashes = new int[capacity];
        targets = new long[capacity];
        serials = new long[capacity];
        // Between three eighths and three quarters of it will be in use when the slots are.
        index = new int[Integer.highestOneBit(capacity * 4 / 3) * 2];
        int mask = index.length - 1;
        int to = 0;
        for (int from = 0; from < slots; from++) {
            if (oldNames[from] != null) {
                names[to] = oldNames[from];
                hashes[to] = oldHashes[from];
                targets[to] = oldTargets[from];
                serials[to] = oldSerials[from];
                int i = hashes[to] & mask;
                while (index[i] != 0) {
                    i = (i + 1) & mask;
                }
                index[i] = ++to;
            }
        }
        slots = to;
    }
}
