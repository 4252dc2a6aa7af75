package liveroot.fs.host;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import liveroot.fs.Mode;
import liveroot.fs.Name;
import liveroot.fs.sys.HostDirectory;

/**
 * Lists directories ahead of a program that goes through a tree as find, tar and grep -r do: each directory as a whole,
 * then those in it, in the order in which they were listed. Listing a directory that the host does not have in memory is
 * mostly waiting for its disk, and looking up inodes; both are then done on another core while the program looks at what it
 * has got.
 *
 * <p>A walk is believed to be one after a few listings in that order, and more of them are asked for if what was listed
 * ahead came to nothing. It is never far ahead of its reader, what it keeps is little, and soon too old to be used.
 */
final class Walk {

    private static final int FEWEST_STEPS = 2;
    private static final int MOST_STEPS = 64;

    /** Directories that may wait for the reader; and the entries in all of them but the last, and in one. */
    private static final int MOST_AHEAD = 64;

    private static final int MOST_ENTRIES = 1024;

    /** Levels that are remembered. Who goes deeper goes alone. */
    private static final int MOST_DEPTH = 64;

    /** What is older was perhaps listed for nobody. */
    private static final long FRESH_NANOS = 1_000_000_000;

    private static final byte[] TOP = {};

    /** @param stat null if the name had gone already */
    record Entry(Name name, HostDirectory.Stat stat) {}

    /** Lists all of a directory. */
    @FunctionalInterface
    interface Lister {
        /** @return null if it has more entries than that, or cannot be read */
        List<Entry> list(byte[] path, int mostEntries);
    }

    /** A directory that was listed, and which of those in it comes next. */
    private static final class Level {

        private final byte[] path;
        private final List<Name> directories;
        private int next;

        Level(byte[] path, List<Name> directories, int next) {
            this.path = path;
            this.directories = directories;
            this.next = next;
        }

        byte[] nextPath() {
            byte[] name = directories.get(next).bytes();
            if (path.length == 0) {
                return name;
            }
            byte[] whole = Arrays.copyOf(path, path.length + 1 + name.length);
            whole[path.length] = '/';
            System.arraycopy(name, 0, whole, path.length + 1, name.length);
            return whole;
        }

        /** Makes the one behind {@code child} the next. @return whether that was the next one */
        boolean pass(byte[] child) {
            Name name = Name.of(Arrays.copyOfRange(child, child.length - nameLength(child), child.length));
            boolean inOrder = next < directories.size() && directories.get(next).equals(name);
            int at = inOrder ? next : directories.indexOf(name);
            next = at < 0 ? directories.size() : at + 1;
            return inOrder;
        }
    }

    private static final class Listed {
        private final byte[] path;

        /** Null if the reader has to list it itself. */
        private final List<Entry> entries;

        private final long time = System.nanoTime();

        Listed(byte[] path, List<Entry> entries) {
            this.path = path;
            this.entries = entries;
        }

        int size() {
            return entries == null ? 0 : entries.size();
        }
    }

    private final Lister lister;
    private final Ahead ahead;

    /** Where the reader is, as long as nothing is listed ahead; the deepest level first. */
    private final Deque<Level> way = new ArrayDeque<>();

    private int steps;
    private int stepsWanted = FEWEST_STEPS;

    /** Where what is listed ahead ends, the deepest level first; empty without a walk, or at its end. */
    private Deque<Level> front = new ArrayDeque<>();

    /** What the reader will come to, in that order. */
    private final Deque<Listed> ready = new ArrayDeque<>();

    private int entriesReady;
    private boolean walking;
    private boolean atWork;

    /** What is being listed for the reader, or as soon as the thread has done with what nobody wants any more; or null. */
    private byte[] current;

    private int used;

    Walk(Lister lister, Ahead ahead) {
        this.lister = lister;
        this.ahead = ahead;
    }

    private static int nameLength(byte[] path) {
        int from = path.length;
        while (from > 0 && path[from - 1] != '/') {
            from--;
        }
        return path.length - from;
    }

    private static byte[] parent(byte[] path) {
        return path.length == 0 ? TOP : Arrays.copyOf(path, Math.max(0, path.length - nameLength(path) - 1));
    }

    // ---- the reader

    /** A directory is about to be listed. @return what is in it, or null: then it is to be looked at */
    synchronized List<Entry> reached(byte[] path) {
        boolean interrupted = false;
        while (walking && !isReady(path) && isUnderWay(path)) {
            // It takes no longer than to list it here.
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (!walking) {
            return null;
        }
        if (!isReady(path)) {
            end();
            return null;
        }
        Listed listed;
        do {
            listed = ready.poll();
            entriesReady -= listed.size();
        } while (!Arrays.equals(listed.path, path));
        used++;
        if (ready.size() <= MOST_AHEAD / 2) {
            goOn();
        }
        return System.nanoTime() - listed.time < FRESH_NANOS ? listed.entries : null;
    }

    private boolean isReady(byte[] path) {
        for (Listed listed : ready) {
            if (Arrays.equals(listed.path, path)) {
                return true;
            }
        }
        return false;
    }

    private boolean isUnderWay(byte[] path) {
        return Arrays.equals(current, path);
    }

    /** The reader went elsewhere. */
    private void end() {
        if (used < ready.size()) {
            stepsWanted = Math.min(MOST_STEPS, 2 * stepsWanted);
        } else if (used > MOST_AHEAD) {
            stepsWanted = Math.max(FEWEST_STEPS, stepsWanted / 2);
        }
        walking = false;
        current = null;
        front = new ArrayDeque<>();
        ready.clear();
        entriesReady = 0;
        way.clear();
        steps = 0;
        notifyAll();
    }

    /** A directory was listed to its end, without help from here. */
    synchronized void listed(byte[] path, List<Name> directories) {
        if (walking || (!way.isEmpty() && Arrays.equals(way.peek().path, path))) {
            return;
        }
        byte[] parent = parent(path);
        while (!way.isEmpty() && (path.length == 0 || !Arrays.equals(way.peek().path, parent))) {
            way.pop();
        }
        steps = !way.isEmpty() && way.peek().pass(path) ? steps + 1 : 0;
        if (way.size() == MOST_DEPTH) {
            way.clear();
            steps = 0;
        }
        way.push(new Level(path, directories, 0));
        if (steps >= stepsWanted) {
            walking = true;
            used = 0;
            front = new ArrayDeque<>(way);
            way.clear();
            goOn();
        }
    }

    // ---- the walk

    private void goOn() {
        if (current == null) {
            prepareNext();
        }
        if (!atWork && current != null) {
            atWork = true;
            if (!ahead.begin(this::walk)) {
                atWork = false;
                end();
            }
        }
    }

    /** Makes the next directory the current one; none if enough wait for the reader, or all have been listed. */
    private void prepareNext() {
        current = null;
        if (ready.size() >= MOST_AHEAD || entriesReady >= MOST_ENTRIES || ahead.isClosed()) {
            return;
        }
        while (!front.isEmpty() && front.peek().next >= front.peek().directories.size()) {
            front.pop();
        }
        if (!front.isEmpty()) {
            current = front.peek().nextPath();
        }
    }

    private void walk() {
        boolean ended = false;
        try {
            while (step()) {
                // Each is one directory.
            }
            ended = true;
        } finally {
            if (!ended) {
                stopped();
            }
        }
    }

    /** There was no memory for more: whoever waits for it goes on alone. */
    private synchronized void stopped() {
        atWork = false;
        end();
    }

    /** @return false if there is nothing to be done for now */
    private boolean step() {
        Deque<Level> mine;
        byte[] path;
        synchronized (this) {
            if (current == null) {
                atWork = false;
                return false;
            }
            mine = front;
            path = current;
        }
        took(mine, path, lister.list(path, MOST_ENTRIES));
        return true;
    }

    private synchronized void took(Deque<Level> mine, byte[] path, List<Entry> entries) {
        if (mine == front) {
            front.peek().next++;
            if (front.size() < MOST_DEPTH) {
                front.push(new Level(path, directories(entries), 0));
            }
            ready.add(new Listed(path, entries));
            entriesReady += ready.peekLast().size();
        }
        prepareNext();
        notifyAll();
    }

    private static List<Name> directories(List<Entry> entries) {
        return entries == null
                ? List.of()
                : entries.stream()
                        .filter(entry -> entry.stat != null && Mode.isDirectory(entry.stat.mode()))
                        .map(Entry::name)
                        .toList();
    }
}
