package liveroot.cache;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Reads the blocks of a playlist ahead of demand.
 *
 * <p>Of the recorded order only a window in front of what has been demanded is read ahead: as much as an empty cache
 * takes without dropping any of it, later a part of the budget. On a medium that seeks the window is read by
 * position, in runs: blocks that lie so close together that to pass over the gaps is quicker than to come back make one
 * read. It goes on where the last read, demanded or not, has left the head; where nothing is near, it jumps to the blocks
 * around the one that will be demanded first. A run is begun when no demanded block is on its way, or one has come since
 * the last run, so a demand waits for one run at the most. Elsewhere blocks are read singly in the recorded order.
 *
 * <p>The hit rate is judged by what has been decided: blocks demanded that the list has are hits; blocks demanded that
 * it has not, and blocks read that the demand has passed by, are misses. Below one half, after {@link #LEAST_JUDGED} of
 * them, reading ahead ends.
 */
public final class PlaylistPlayer implements Demands, AutoCloseable {

    /** Bytes of a run. A CD at 24x takes 0.28 s for it, as long as for three seeks: with half of it a boot took a tenth longer. */
    private static final int LONGEST_RUN = 1024 << 10;

    static final int LEAST_JUDGED = 64;

    /** Demands for blocks that are still far ahead in the list after which what lies before them is given up. */
    private static final int OVERTAKEN = 16;

    /** Single blocks under way on a medium without a head. */
    private static final int MOST_SINGLE = Prefetcher.MOST_THREADS;

    /**
     * The part of the budget that may be read ahead into a cache that is full. What W-TinyLFU does not let in stays until
     * an eighth has come after it, and a block comes twice: read ahead, and again when it is demanded.
     */
    private static final int PART = 32;

    /** The part of the budget that a run may take, for as long as it is read. */
    private static final int RUN_PART = 16;

    /** Blocks demanded that the list has not: those beyond are not judged. */
    private static final int MOST_STRANGERS = Playlist.MOST_ENTRIES;

    private final BlockCache cache;
    private final boolean seeks;
    private final Consumer<String> log;
    private final List<Playlist.Entry> entries;
    private final BlockCache.Region[] regions;
    private final Map<BlockKey, Integer> numbers = new HashMap<>();
    private final long budget;
    private final int reach;
    private final Set<BlockKey> strangers = ConcurrentHashMap.newKeySet();
    private final Thread thread = new Thread(this::play, "playlist");

    /** What has become of each entry; read without the monitor to see that it has been demanded. */
    private final byte[] states;

    /** In the window, not asked for yet; in the order in which they will be. */
    private final TreeSet<Integer> window;

    /** The first that has not come into the window. */
    private int next;
    /** All before have been demanded or passed. */
    private int oldest;
    /** None before it is in the window. */
    private int soonest;
    /** The farthest of those read ahead that has been demanded. */
    private int front;
    /** Bytes of memory of what is in the window or read ahead, and was neither demanded nor passed. */
    private long outstanding;
    /** Bytes of memory of what is in the window or being read. */
    private long toCome;

    private int overtaken;
    private int underWay;
    private boolean servedSince = true;
    private long head;
    private int asked;
    private int hits;
    private int misses;
    private boolean closed;
    private boolean started;
    private String off;

    /** Stands for the head where entries are compared by position. */
    private static final int HEAD = -1;

    private static final byte WAITING = 0;
    private static final byte WANTED = 1;
    private static final byte ASKED = 2;
    private static final byte PASSED = 3;
    private static final byte DEMANDED = 4;

    /**
     * @param playlist of the image that was opened with {@code cache}
     * @param file that it was read from, for messages
     * @param seeks whether the medium has a head
     * @param log is told one line if reading ahead is switched off
     * @throws BadPlaylistException if it names what the image has not
     */
    public PlaylistPlayer(Playlist playlist, String file, BlockCache cache, boolean seeks, Consumer<String> log)
            throws BadPlaylistException {
        this.cache = cache;
        this.seeks = seeks;
        this.log = log;
        entries = playlist.entries();
        regions = new BlockCache.Region[entries.size()];
        states = new byte[entries.size()];
        budget = cache.stats().budget();
        long all = 0;
        for (int i = 0; i < regions.length; i++) {
            Playlist.Entry entry = entries.get(i);
            regions[i] = cache.named(entry.region());
            if (regions[i] == null) {
                throw new BadPlaylistException(
                        file + ": has blocks of '" + entry.region() + "', which images of this format do not have");
            }
            numbers.put(key(i), i);
            all += footprint(i);
        }
        // Twice what the window can hold: whoever is that far ahead does not come back.
        reach = (int) Math.min(Integer.MAX_VALUE, budget * Math.max(1L, regions.length) / Math.max(1, all));
        window = new TreeSet<>(seeks ? this::byPosition : Integer::compare);
        thread.setDaemon(true);
    }

    private int byPosition(int one, int other) {
        int order = Long.compare(position(one), position(other));
        return order != 0 ? order : Integer.compare(one, other);
    }

    private long position(int number) {
        return number == HEAD ? head : entries.get(number).position();
    }

    private BlockKey key(int number) {
        return regions[number].key(entries.get(number).position());
    }

    private int footprint(int number) {
        return BlockPool.footprint(entries.get(number).capacity());
    }

    /**
     * How it goes.
     *
     * @param entries of the list
     * @param asked blocks of them that were asked for ahead of demand
     * @param hits blocks demanded that the list has
     * @param misses blocks demanded that it has not, or read in vain
     * @param done whether there is nothing more to read ahead
     * @param off why it was switched off; null if it was not
     */
    public record Stats(int entries, int asked, int hits, int misses, boolean done, String off) {}

    public synchronized Stats stats() {
        return new Stats(entries.size(), asked, hits, misses, isDone(), off);
    }

    /** Begins to read ahead. */
    public synchronized void start() {
        if (!started && !closed) {
            started = true;
            thread.start();
        }
    }

    @Override
    public void demanded(BlockCache.Region region, long position, int stored, int capacity) {
        BlockKey key = region.key(position);
        Integer number = numbers.get(key);
        if (number == null) {
            if (strangers.size() < MOST_STRANGERS && strangers.add(key)) {
                missed(position + stored);
            }
        } else if (states[number] != DEMANDED) {
            demanded(number);
        }
    }

    private synchronized void missed(long end) {
        misses++;
        head = end;
        judge();
    }

    private synchronized void demanded(int number) {
        byte was = states[number];
        if (was == DEMANDED) {
            return;
        }
        states[number] = DEMANDED;
        hits++;
        if (was == WAITING) {
            if (++overtaken >= OVERTAKEN) {
                passAllBefore(number);
            }
        } else if (was == PASSED) {
            misses--;
        } else {
            overtaken = 0;
            takeOut(number, was);
            front = Math.max(front, number);
            pass(front - reach);
        }
        if (was != ASKED) {
            head = entries.get(number).end();
        }
        notifyAll();
    }

    private void takeOut(int number, byte was) {
        outstanding -= footprint(number);
        if (was == WANTED) {
            toCome -= footprint(number);
            window.remove(number);
        }
    }

    /** Gives up what lies before {@code end}. */
    private void pass(int end) {
        for (; oldest < end; oldest++) {
            byte was = states[oldest];
            if (was == ASKED || was == WANTED) {
                takeOut(oldest, was);
                states[oldest] = was == ASKED ? PASSED : WAITING;
                misses += was == ASKED ? 1 : 0;
            }
        }
        judge();
    }

    private void passAllBefore(int number) {
        pass(Math.min(next, number));
        next = Math.max(next, number);
        overtaken = 0;
    }

    private void judge() {
        if (off == null && !closed && !isDone() && hits + misses >= LEAST_JUDGED && hits < misses) {
            off = "only " + hits + " of " + (hits + misses) + " blocks were in the list and wanted";
            window.clear();
            notifyAll();
            log.accept("playlist switched off: " + off + ", it seems to be of something else");
        }
    }

    @Override
    public synchronized void loaded() {
        servedSince = true;
        notifyAll();
    }

    private boolean isDone() {
        return off != null || (next == entries.size() && window.isEmpty() && underWay == 0);
    }

    private void play() {
        for (List<Integer> next; (next = await()) != null; ) {
            List<Integer> run = next;
            if (seeks && run.size() > 1) {
                readRun(run);
            } else {
                load(run, () -> ended(run));
            }
        }
    }

    /** What is to be read next, null if that is nothing any more. */
    private synchronized List<Integer> await() {
        try {
            for (; ; ) {
                if (closed || off != null) {
                    return null;
                }
                fill();
                if (!window.isEmpty() && mayGo()) {
                    return take();
                }
                if (next == entries.size() && window.isEmpty()) {
                    return null;
                }
                wait();
            }
        } catch (InterruptedException e) {
            return null;
        }
    }

    private boolean mayGo() {
        return seeks ? underWay == 0 && (servedSince || !cache.isDemanded()) : underWay < MOST_SINGLE;
    }

    private void fill() {
        // What the cache takes before it has to choose: see the parts of the budget in BlockCache.
        long free = budget / 2 - cache.used() - toCome;
        while (next < entries.size()) {
            int footprint = footprint(next);
            if (states[next] == WAITING && !cache.has(key(next))) {
                if (footprint > free && outstanding > 0 && outstanding + footprint > budget / PART) {
                    return;
                }
                states[next] = WANTED;
                window.add(next);
                outstanding += footprint;
                toCome += footprint;
                free -= footprint;
            }
            next++;
        }
    }

    /** The next to be read, with its neighbours if the medium has a head. */
    private List<Integer> take() {
        int first = seeks ? beginning() : window.first();
        List<Integer> run = new ArrayList<>();
        long start = entries.get(first).position();
        long end = start;
        for (Integer more = first;
                more != null && isNear(end, more, first);
                more = seeks ? window.higher(more) : null) {
            if (!run.isEmpty() && entries.get(more).end() - start > longestRun()) {
                break;
            }
            end = Math.max(end, entries.get(more).end());
            run.add(more);
        }
        for (int each : run) {
            window.remove(each);
            states[each] = ASKED;
        }
        asked += run.size();
        underWay++;
        servedSince = false;
        head = end;
        return run;
    }

    /**
     * The next ahead of the head, if that is near or nothing was demanded meanwhile. If demand has set in and the head has
     * to jump anyway, it goes to what will be demanded first: to the beginning of the blocks around that, half a run
     * before it at the most.
     */
    private int beginning() {
        Integer here = window.ceiling(HEAD);
        if (here != null && (!servedSince || entries.get(here).position() - head <= Playlist.LONGEST_GAP)) {
            return here;
        }
        while (states[soonest] != WANTED) {
            soonest++;
        }
        int first = soonest;
        long end = entries.get(first).end();
        for (Integer before = window.lower(first); before != null; before = window.lower(before)) {
            if (!isNear(entries.get(before).end(), first, before)
                    || end - entries.get(before).position() > longestRun() / 2) {
                break;
            }
            first = before;
        }
        return first;
    }

    /** Whether a block lies so close behind {@code end} that the gap is read through, and in the same source as another. */
    private boolean isNear(long end, int number, int other) {
        return entries.get(number).position() - end <= Playlist.LONGEST_GAP
                && regions[number].source() == regions[other].source();
    }

    private long longestRun() {
        return Math.min(LONGEST_RUN, budget / RUN_PART);
    }

    /** Brings a run into the host's page cache, then has its blocks loaded from there. */
    private void readRun(List<Integer> run) {
        int first = run.get(0);
        BlockSource source = regions[first].source();
        long start = entries.get(first).position();
        long end = start;
        for (int number : run) {
            end = Math.max(end, Math.min(source.size(), entries.get(number).end()));
        }
        int length = (int) (end - start);
        Runnable decode = () -> {
            load(run, () -> {});
            ended(run);
        };
        cache.prefetcher().submit(new BlockKey(-1, start), decode, () -> {
            try {
                Block memory = cache.take(length);
                try {
                    source.read(start, memory.slice(0, length));
                } finally {
                    memory.release();
                }
            } catch (IOException e) {
                // Each block will meet it again, and in the end a demand that says so.
            }
        });
    }

    /** Has blocks loaded by two threads, half each. {@code end} is run when all are. */
    private void load(List<Integer> run, Runnable end) {
        int half = (run.size() + 1) / 2;
        List<List<Integer>> parts =
                half == run.size() ? List.of(run) : List.of(run.subList(0, half), run.subList(half, run.size()));
        AtomicInteger left = new AtomicInteger(parts.size());
        for (List<Integer> part : parts) {
            Runnable ended = () -> {
                if (left.decrementAndGet() == 0) {
                    end.run();
                }
            };
            cache.prefetcher()
                    .submit(new BlockKey(-2, position(part.get(0))), ended, () -> part.forEach(this::loadOne));
        }
    }

    private void loadOne(int number) {
        Playlist.Entry entry = entries.get(number);
        BlockCache.Loader loader = regions[number].loaders().loader(entry.position(), entry.stored(), entry.capacity());
        // Demand may have overtaken it.
        if (loader != null && states[number] != DEMANDED) {
            cache.loadAhead(key(number), entry.capacity(), loader);
            cache.prefetcher().settle();
        }
    }

    private synchronized void ended(List<Integer> run) {
        run.forEach(number -> toCome -= footprint(number));
        underWay--;
        notifyAll();
    }

    /** Reads nothing more. */
    @Override
    public synchronized void close() {
        closed = true;
        window.clear();
        notifyAll();
    }
}
