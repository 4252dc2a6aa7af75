package liveroot.fs;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The order in which directories list their files and directories, of those that were listed last: the order in which who
 * walks the tree comes to them. {@code find}, {@code cp} and {@code tar} enter a directory where its name stands among the
 * others. About 100 bytes of heap an entry.
 *
 * <p>Guarded by the monitor of {@link Pusher}.
 */
final class Listings {

    /** Entries that are remembered. */
    static final int MOST = 1 << 14;

    /** No file, or one that is not known. */
    static final long UNKNOWN = 0;

    /** Entries that are stepped over to the next file, most of them directories that have none. */
    private static final int LONGEST_STEP = 4096;

    /** What a directory has listed so far. */
    static final class Directory {

        private final long id;
        private long[] ids = {};
        private int count;
        private final BitSet directories = new BitSet();
        /** Cookie of the listing that goes on from here. */
        private long end;

        private boolean complete;

        private Directory(long id) {
            this.id = id;
        }

        private int indexOf(long entry) {
            for (int i = 0; i < count; i++) {
                if (ids[i] == entry) {
                    return i;
                }
            }
            return -1;
        }
    }

    /** Stands between two entries. */
    static final class Place {

        private Directory directory;
        private int index;

        private Place(Directory directory, int index) {
            this.directory = directory;
            this.index = index;
        }

        Place copy() {
            return new Place(directory, index);
        }
    }

    /** A listing under way, for one thread. */
    static final class Listed implements DirectorySink {

        private final DirectorySink sink;
        private final long directory;
        private final long from;
        private long[] ids = new long[64];
        private int count;
        private final BitSet directories = new BitSet();
        private long end;
        private boolean full;

        Listed(long directory, long from, DirectorySink sink) {
            this.directory = directory;
            this.from = from;
            this.end = from;
            this.sink = sink;
        }

        @Override
        public boolean entry(Name name, long id, long ino, int type, long next) {
            if (!sink.entry(name, id, ino, type, next)) {
                full = true;
                return false;
            }
            end = next;
            boolean isDirectory = Mode.isDirectory(type);
            if ((isDirectory || Mode.isRegular(type)) && !name.equals(Name.DOT) && !name.equals(Name.DOT_DOT)) {
                if (count == ids.length) {
                    ids = Arrays.copyOf(ids, 2 * count);
                }
                directories.set(count, isDirectory);
                ids[count++] = id;
            }
            return true;
        }
    }

    /** By id; what was not walked through for the longest time comes first. */
    private final LinkedHashMap<Long, Directory> known = new LinkedHashMap<>(16, 0.75f, true);

    /** The directory in which each entry was listed last. */
    private final Map<Long, Directory> parents = new HashMap<>();

    private int entries;

    /** Takes in what was listed: a directory from its beginning on, or what comes next of one. */
    void add(Listed listed) {
        Directory directory = known.get(listed.directory);
        if (directory != null && listed.from == 0 && directory.count <= listed.count) {
            drop(directory);
            directory = null;
        }
        if (directory == null) {
            if (listed.from != 0) {
                return;
            }
            directory = new Directory(listed.directory);
            known.put(directory.id, directory);
        } else if (listed.from != directory.end || directory.complete) {
            return;
        }
        directory.ids = Arrays.copyOf(directory.ids, directory.count + listed.count);
        for (int i = 0; i < listed.count; i++) {
            directory.directories.set(directory.count, listed.directories.get(i));
            directory.ids[directory.count++] = listed.ids[i];
            parents.put(listed.ids[i], directory);
        }
        directory.end = listed.end;
        directory.complete = !listed.full;
        entries += listed.count;
        while (entries > MOST) {
            drop(known.values().iterator().next());
        }
    }

    private void drop(Directory directory) {
        known.remove(directory.id);
        entries -= directory.count;
        for (int i = 0; i < directory.count; i++) {
            parents.remove(directory.ids[i], directory);
        }
    }

    /** The place behind a file, or null if that was not listed. */
    Place behind(long file) {
        Directory directory = parents.get(file);
        return directory == null ? null : new Place(directory, directory.indexOf(file) + 1);
    }

    /**
     * Steps over the next file.
     *
     * @param enters whether directories on the way are entered, or left out
     * @return its id; {@link #UNKNOWN} if what comes next was not listed, and then the place is before that
     */
    long next(Place at, boolean enters) {
        for (int i = 0; i < LONGEST_STEP; i++) {
            Directory directory = at.directory;
            if (at.index < directory.count) {
                long id = directory.ids[at.index];
                Directory child = null;
                if (directory.directories.get(at.index)) {
                    child = enters ? known.get(id) : null;
                    if (enters && child == null) {
                        return UNKNOWN;
                    }
                }
                at.index++;
                if (child != null) {
                    at.directory = child;
                    at.index = 0;
                } else if (!directory.directories.get(at.index - 1)) {
                    return id;
                }
            } else {
                Directory parent = directory.complete ? parents.get(directory.id) : null;
                int index = parent == null ? -1 : parent.indexOf(directory.id);
                if (index < 0) {
                    return UNKNOWN;
                }
                known.get(parent.id);
                at.directory = parent;
                at.index = index + 1;
            }
        }
        return UNKNOWN;
    }
}
