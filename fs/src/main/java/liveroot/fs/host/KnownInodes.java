package liveroot.fs.host;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import liveroot.fs.Errno;
import liveroot.fs.FsException;
import liveroot.fs.Mode;

/**
 * The inodes that have been asked for, by id: which each is, and one path to it. A directory is known by its path, as it has
 * one, and on some file systems (overlayfs of several layers) not the same number for ever; what is no directory is known
 * by its number, and has one id for all its names. Ids
 * count from 1, the directory itself, and are never given back, as those of a read-only tree are not: an inode takes some
 * 45 bytes with its name, and their number has a limit.
 */
final class KnownInodes {

    /** Heap for an inode, in bytes: the arrays' slots, a name of 16 bytes, and what is free while arrays grow. */
    static final int BYTES = 96;

    private static final int SMALLEST = 256;

    /** Inodes that are looked at to find neighbours of a file: not all of a million symlinks. */
    private static final int MOST_LOOKED_AT = 1024;

    /** The types of a mode are in its upper four bits of 16. */
    private static final int TYPE_SHIFT = 12;

    private final int most;
    private int count;
    private long[] inos = new long[SMALLEST];
    private byte[] devices = new byte[SMALLEST];
    private byte[] types = new byte[SMALLEST];
    private int[] parents = new int[SMALLEST];
    private int[] nameEnds = new int[SMALLEST];
    private byte[] names = new byte[16 * SMALLEST];

    /** Open addressing, linear probing; 0 is empty. */
    private int[] slots = new int[2 * SMALLEST];

    private long[] deviceNumbers = new long[1];
    private int deviceCount;

    /** @param most how many there may be */
    KnownInodes(int most) {
        this.most = most;
    }

    /**
     * The id of an inode, which is new if it was not known.
     *
     * @param parent id of the directory where it was found, 0 for the directory at the top
     * @param mode of which the type is kept
     * @throws FsException ENFILE if there are too many
     */
    synchronized int idOf(long device, long ino, long parent, byte[] name, int mode) throws FsException {
        int index = deviceOf(device);
        int slot = Mode.isDirectory(mode) ? slot(parent, name, 0, name.length) : slot(index, ino);
        if (slots[slot] != 0) {
            types[slots[slot] - 1] = type(mode);
            return slots[slot];
        }
        if (count == most) {
            throw new FsException(
                    Errno.ENFILE, "more than " + most + " files of a covered directory were asked for: too many");
        }
        if (count == inos.length) {
            grow();
        }
        int end = (count == 0 ? 0 : nameEnds[count - 1]) + name.length;
        if (end > names.length) {
            names = Arrays.copyOf(names, Math.max(end, 2 * names.length));
        }
        System.arraycopy(name, 0, names, end - name.length, name.length);
        inos[count] = ino;
        devices[count] = (byte) index;
        types[count] = type(mode);
        parents[count] = (int) parent;
        nameEnds[count] = end;
        slots[slot] = ++count;
        return count;
    }

    private void grow() {
        int length = Math.min(most, 2 * inos.length);
        inos = Arrays.copyOf(inos, length);
        devices = Arrays.copyOf(devices, length);
        types = Arrays.copyOf(types, length);
        parents = Arrays.copyOf(parents, length);
        nameEnds = Arrays.copyOf(nameEnds, length);
        slots = new int[2 * slots.length];
        for (int id = 1; id <= count; id++) {
            int i = id - 1;
            int slot = isDirectory(i) ? slot(parents[i], names, nameStart(i), nameEnds[i]) : slot(devices[i], inos[i]);
            slots[slot] = id;
        }
    }

    private boolean isDirectory(int i) {
        return Mode.isDirectory(types[i] << TYPE_SHIFT);
    }

    private int nameStart(int i) {
        return i == 0 ? 0 : nameEnds[i - 1];
    }

    /** Of the directory that has this name in another. */
    private int slot(long parent, byte[] bytes, int from, int to) {
        int mask = slots.length - 1;
        long hash = parent;
        for (int i = from; i < to; i++) {
            hash = 31 * hash + bytes[i];
        }
        int i = (int) ((hash * 0x9E3779B97F4A7C15L) >>> 32) & mask;
        while (slots[i] != 0 && !isDirectory(slots[i] - 1, parent, bytes, from, to)) {
            i = (i + 1) & mask;
        }
        return i;
    }

    private boolean isDirectory(int i, long parent, byte[] bytes, int from, int to) {
        return isDirectory(i)
                && parents[i] == parent
                && Arrays.equals(names, nameStart(i), nameEnds[i], bytes, from, to);
    }

    /** Of what is no directory. */
    private int slot(int device, long ino) {
        int mask = slots.length - 1;
        int i = (int) (((ino + device) * 0x9E3779B97F4A7C15L) >>> 32) & mask;
        while (slots[i] != 0
                && (isDirectory(slots[i] - 1) || inos[slots[i] - 1] != ino || devices[slots[i] - 1] != device)) {
            i = (i + 1) & mask;
        }
        return i;
    }

    private static byte type(int mode) {
        return (byte) (mode >>> TYPE_SHIFT);
    }

    /** What it was when it was last looked at: the type bits of a mode. */
    synchronized int type(long id) throws FsException {
        return types[index(id)] << TYPE_SHIFT;
    }

    /** Subvolumes have device numbers of their own. */
    private int deviceOf(long device) throws FsException {
        for (int i = 0; i < deviceCount; i++) {
            if (deviceNumbers[i] == device) {
                return i;
            }
        }
        if (deviceCount == Byte.MAX_VALUE) {
            throw new FsException(
                    Errno.ENFILE, "more than " + Byte.MAX_VALUE + " subvolumes in a covered directory: too many");
        }
        deviceNumbers = Arrays.copyOf(deviceNumbers, deviceCount + 1);
        deviceNumbers[deviceCount] = device;
        return deviceCount++;
    }

    private int index(long id) throws FsException {
        if (id < 1 || id > count) {
            throw new FsException(Errno.ESTALE);
        }
        return (int) id - 1;
    }

    /** Its path from the top. */
    synchronized byte[] path(long id) throws FsException {
        int[] steps = new int[16];
        int depth = 0;
        for (int i = index(id); parents[i] != 0; i = parents[i] - 1) {
            if (depth == steps.length) {
                steps = Arrays.copyOf(steps, 2 * depth);
            }
            steps[depth++] = i;
        }
        ByteArrayOutputStream path = new ByteArrayOutputStream(64);
        while (depth > 0) {
            int i = steps[--depth];
            int from = nameStart(i);
            path.write(names, from, nameEnds[i] - from);
            if (depth > 0) {
                path.write('/');
            }
        }
        return path.toByteArray();
    }

    /** The path of a name in a directory. */
    byte[] path(long parent, byte[] name) throws FsException {
        byte[] directory = path(parent);
        if (directory.length == 0) {
            return name;
        }
        byte[] path = Arrays.copyOf(directory, directory.length + 1 + name.length);
        path[directory.length] = '/';
        System.arraycopy(name, 0, path, directory.length + 1, name.length);
        return path;
    }

    synchronized boolean is(long id, long device, long ino) throws FsException {
        int i = index(id);
        return inos[i] == ino && deviceNumbers[devices[i]] == device;
    }

    /** The directory in which it was found first, or itself at the top. */
    synchronized long parent(long id) throws FsException {
        return Math.max(1, parents[index(id)]);
    }

    /**
     * The regular files that were found in a directory next after an inode of it. Who lists a directory has its inodes
     * numbered one after the other; what else was found between them ends the search.
     *
     * @param after id of an inode of it
     * @param most how many
     */
    synchronized int[] filesAfter(long after, int most) throws FsException {
        int[] files = new int[most];
        int found = 0;
        int parent = parents[index(after)];
        int end = Math.min(count, (int) after + MOST_LOOKED_AT);
        for (int i = (int) after; found < most && i < end && parents[i] == parent; i++) {
            if (isRegular(i)) {
                files[found++] = i + 1;
            }
        }
        return Arrays.copyOf(files, found);
    }

    /** Whether no regular file was found in its directory right before it. */
    synchronized boolean isFirstFile(long id) throws FsException {
        int at = index(id);
        for (int i = at - 1; i >= 0 && parents[i] == parents[at]; i--) {
            if (isRegular(i) || at - i == MOST_LOOKED_AT) {
                return false;
            }
        }
        return true;
    }

    private boolean isRegular(int i) {
        return Mode.isRegular(types[i] << TYPE_SHIFT);
    }

    /** The number that programs see of a directory: the one that it had at first. */
    synchronized long shownIno(long id) throws FsException {
        int i = index(id);
        return shownIno(deviceNumbers[devices[i]], inos[i]);
    }

    /**
     * The number that programs see: the host's own, or, in a subvolume, that and which subvolume, as one directory may not
     * have two files of one number.
     */
    synchronized long shownIno(long device, long ino) throws FsException {
        return ino ^ ((long) deviceOf(device) << 48);
    }
}
