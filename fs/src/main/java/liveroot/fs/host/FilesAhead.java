package liveroot.fs.host;

import java.util.LinkedHashMap;
import java.util.Map;
import liveroot.fs.FsException;

/**
 * Has the host read files before a program comes to them that reads all files of each directory in the order of its
 * listing, as tar, grep -r and cp -r do. To open a small file and read it is mostly waiting for the host's disk. What is
 * read goes to the host's page cache, where the program's read finds it: nothing is kept here but who was where.
 */
final class FilesAhead {

    /** Files that may be read ahead. They stay open until their reader has come, if as many others may. */
    private static final int MOST_AHEAD = OpenFiles.MOST / 4;

    /** Bytes of each: what is longer, the host reads ahead by itself. */
    private static final int MOST_BYTES = 256 << 10;

    /** Files in order, one after the other, that are believed. */
    private static final int STEPS = 4;

    private static final int MOST_STEPS = 16;

    /** A reader may leave out so many files: the kernel has them. */
    private static final int MOST_SKIPPED = 4;

    private static final int DIRECTORIES = 16;

    private static final int[] NONE = {};

    /** Has the host read the beginning of a file. */
    @FunctionalInterface
    interface Reader {
        void read(long id, int most);
    }

    private static final class Place {
        private volatile long reached;
        private long asked;
    }

    private final KnownInodes known;
    private final Reader reader;
    private final Ahead ahead;

    /** By the id of the directory, that which was used last at the end. */
    private final Map<Long, Place> places = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Place> eldest) {
            return size() > DIRECTORIES;
        }
    };

    private int steps;

    /** Some are being read: no more are asked for meanwhile, as they may be for nobody by then. */
    private boolean atWork;

    FilesAhead(KnownInodes known, Reader reader, Ahead ahead) {
        this.known = known;
        this.reader = reader;
        this.ahead = ahead;
    }

    /** The beginning of a file is about to be read. */
    void reached(long id) throws FsException {
        long directory = known.parent(id);
        Place place;
        int[] files;
        synchronized (this) {
            boolean first = !places.containsKey(directory);
            place = places.computeIfAbsent(directory, key -> new Place());
            boolean inOrder = first ? known.isFirstFile(id) : isNext(place.reached, id);
            steps = inOrder ? Math.min(MOST_STEPS, steps + 1) : Math.max(0, steps - 2);
            place.reached = id;
            if (!inOrder) {
                place.asked = id;
            }
            if (steps < STEPS) {
                return;
            }
            files = atWork ? NONE : next(place);
            atWork |= files.length > 0;
        }
        if (files.length > 0 && !ahead.begin(() -> read(files, place))) {
            ended();
        }
    }

    private boolean isNext(long before, long id) throws FsException {
        if (id <= before) {
            return false;
        }
        for (int file : known.filesAfter(before, MOST_SKIPPED + 1)) {
            if (file == id) {
                return true;
            }
        }
        return false;
    }

    /** What is to be read next, some at a time. */
    private int[] next(Place place) throws FsException {
        long from = Math.max(place.asked, place.reached);
        int room = MOST_AHEAD - (int) Math.min(MOST_AHEAD, from - place.reached);
        if (room <= MOST_AHEAD / 2) {
            return NONE;
        }
        int[] files = known.filesAfter(from, room);
        if (files.length > 0) {
            place.asked = files[files.length - 1];
        }
        return files;
    }

    private void read(int[] files, Place place) {
        try {
            for (int file : files) {
                if (file > place.reached && !ahead.isClosed()) {
                    reader.read(file, MOST_BYTES);
                }
            }
        } finally {
            ended();
        }
    }

    private synchronized void ended() {
        atWork = false;
    }
}
