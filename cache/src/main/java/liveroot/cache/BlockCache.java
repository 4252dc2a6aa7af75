package liveroot.cache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Unpacked blocks of images in direct memory, under one budget of bytes.
 *
 * <p>Caffeine (W-TinyLFU) decides which blocks stay. A block is loaded once, by the first thread that asks for it; others
 * that ask meanwhile wait for that load. The budget bounds cached blocks and those in flight (being loaded, or held by a
 * reader after the cache dropped them) together: a thread that needs memory first makes the cache give some up, then
 * waits for readers to release theirs.
 */
public final class BlockCache implements AutoCloseable {

    /** The smallest budget, in bytes. With less, a few threads that each hold a 1 MiB block would wait for each other. */
    public static final long SMALLEST_BUDGET = 8L << 20;

    /** How long a thread waits for others to release memory before it gives up, in milliseconds. */
    private static final long LONGEST_WAIT = 30_000;

    /** How long it waits before it looks again unasked, in milliseconds: the JVM's direct memory may come free silently. */
    private static final long LONGEST_PAUSE = 200;

    /** Parts of the budget that Caffeine does not get: for blocks in flight, so that loads seldom have to evict. */
    private static final int IN_FLIGHT_PART = 8;

    private static final int VICTIM_PART = 8;

    /** The part that prefetches under way may take. */
    private static final int PREFETCH_PART = 4;

    private final BlockPool pool;
    private final long longestWait;
    private final Counters counters = new Counters();
    private final ResidentBlocks resident;
    private final Loads loads = new Loads();
    private final Prefetcher prefetcher;
    private final AtomicInteger regions = new AtomicInteger();
    private final Map<String, Region> named = new ConcurrentHashMap<>();
    /** Demanded loads under way. */
    private final AtomicInteger demanded = new AtomicInteger();

    private volatile Demands demands;
    private volatile boolean closed;

    /** Fills a block. */
    @FunctionalInterface
    public interface Loader {

        /**
         * Puts the content into {@code dst}, from its position 0 on.
         *
         * @param dst direct memory, limit at the capacity that was asked for
         * @return bytes of content, at most that capacity
         * @throws IOException if it cannot be had: every thread that waits for this block gets this exception
         */
        int load(ByteBuffer dst) throws IOException;

        /** Bytes that are read for it from the block's position on; 0 if that is no position of a source. */
        default int stored() {
            return 0;
        }
    }

    /** Makes the loaders of a region anew, for blocks that a playlist names. */
    @FunctionalInterface
    public interface Loaders {

        /**
         * A loader, as {@link Region#get} would be given.
         *
         * @param stored bytes at {@code position}, claimed by a playlist
         * @param capacity claimed likewise
         * @return null if there can be no such block
         */
        Loader loader(long position, int stored, int capacity);
    }

    /**
     * @param budget bytes, at least {@link #SMALLEST_BUDGET}
     */
    public BlockCache(long budget) {
        this(new BlockPool(checked(budget)), LONGEST_WAIT);
    }

    private static long checked(long budget) {
        if (budget < SMALLEST_BUDGET) {
            throw new IllegalArgumentException("a budget of " + budget + " bytes, less than " + SMALLEST_BUDGET);
        }
        return budget;
    }

    /** @param longestWait for memory, in milliseconds */
    BlockCache(BlockPool pool, long longestWait) {
        this.pool = pool;
        this.longestWait = longestWait;
        long budget = pool.limit();
        long victims = budget / VICTIM_PART;
        resident = new ResidentBlocks(budget - victims - budget / IN_FLIGHT_PART, victims, counters);
        prefetcher = new Prefetcher(budget / PREFETCH_PART);
    }

    /**
     * Bytes of the smallest budget for blocks of {@code length} bytes: {@link #take} refuses what is more than half of it;
     * that leaves as much for the packed bytes, and others.
     */
    public static long budgetFor(long length) {
        return 4 * length;
    }

    /** Bytes that blocks take at the most. */
    public long budget() {
        return pool.limit();
    }

    /** The default budget: an eighth of {@code memory} bytes, at most 256 MiB. */
    public static long defaultBudget(long memory) {
        return Math.max(SMALLEST_BUDGET, Math.min(memory / 8, 256L << 20));
    }

    /** A part of the cache with positions of its own: one for each table or data area of each image. */
    public Region region() {
        return new Region(regions.getAndIncrement(), null, null, null);
    }

    /**
     * A region whose blocks can be noted in a playlist and loaded from there: they lie in {@code source} at the positions
     * that name them.
     *
     * @param name lower-case letters and digits. The second region of a name gets a 2 behind it, and so on: images that
     *     are opened in the same order find their names again
     */
    public Region region(String name, BlockSource source, Loaders loaders) {
        for (int i = 1; ; i++) {
            Region region = new Region(regions.getAndIncrement(), i == 1 ? name : name + i, source, loaders);
            if (named.putIfAbsent(region.name, region) == null) {
                return region;
            }
        }
    }

    /** Whether there are blocks that a playlist can name. */
    public boolean hasNamedRegions() {
        return !named.isEmpty();
    }

    /** The region of that name, or null. */
    Region named(String name) {
        return named.get(name);
    }

    /** Has {@code listener} hear of all demands for blocks of named regions from now on; nobody if it is null. */
    public void observe(Demands listener) {
        demands = listener;
    }

    /** Whether somebody hears of demands. */
    public boolean isObserved() {
        return demands != null;
    }

    /** See {@link BlockCache#region}. */
    public final class Region {

        private final int id;
        private final String name;
        private final BlockSource source;
        private final Loaders loaders;

        private Region(int id, String name, BlockSource source, Loaders loaders) {
            this.id = id;
            this.name = name;
            this.source = source;
            this.loaders = loaders;
        }

        /** What a playlist calls it. */
        public String name() {
            return name;
        }

        BlockSource source() {
            return source;
        }

        Loaders loaders() {
            return loaders;
        }

        BlockKey key(long position) {
            return new BlockKey(id, position);
        }

        /**
         * The block at {@code position}, loaded by {@code loader} if it is not there.
         *
         * @param position that names the block within this region
         * @param capacity the most bytes that its content may have
         * @return with a reference that is the caller's to release
         */
        public Block get(long position, int capacity, Loader loader) throws IOException {
            Demands listener = demands;
            if (listener != null && name != null && !Prefetcher.isCaller()) {
                listener.demanded(this, position, loader.stored(), capacity);
            }
            return BlockCache.this.get(key(position), capacity, loader);
        }

        /** Drops {@code block}, which turned out to be another than what should be at {@code position}. */
        public void drop(long position, Block block) {
            resident.remove(key(position), block);
        }

        /**
         * Asks for the block at {@code position} to be loaded in the background, for a {@link #get} to come. Never waits,
         * and may do nothing: when the block is there or being loaded, when too many such requests wait already, when
         * memory is short, when the cache is closed. What {@code loader} throws is dropped; the get will meet it again.
         *
         * <p>No more than a sixteenth of the budget should be asked for ahead of demand: the cache may be full of blocks
         * that it values more, and then a new one is only sure to stay until an eighth of the budget has come after it.
         *
         * @param loader used by another thread, now or later, or never
         */
        public void prefetch(long position, int capacity, Loader loader) {
            prefetch(position, capacity, loader, () -> {});
        }

        /**
         * The same, and tells when that is over.
         *
         * @param end is run once, now or later, by this thread or another, whether the block is there then or not; never
         *     if the cache is closed meanwhile
         */
        public void prefetch(long position, int capacity, Loader loader, Runnable end) {
            BlockCache.this.prefetch(key(position), capacity, loader, end);
        }

        /**
         * The block at {@code position} if it is there, for someone who foresees a demand. Nobody is told of one.
         *
         * @return with a reference that is the caller's to release, or null
         */
        public Block peek(long position) {
            Block block = resident.get(key(position));
            if (block != null && block.isFirstUse()) {
                counters.prefetchesUsed.increment();
            }
            return block;
        }
    }

    private Block get(BlockKey key, int capacity, Loader loader) throws IOException {
        Block block = resident.get(key);
        if (block != null) {
            return counters.hit(block);
        }
        for (; ; ) {
            Loads.Load load = loads.startOrJoin(key);
            if (load.isMine()) {
                return loadUnlessJustLoaded(key, capacity, loader, load);
            }
            block = joined(load);
            if (block != null) {
                return block;
            }
        }
    }

    /** The block that another thread loads, retained; null if that was a prefetch that came to nothing. */
    private Block joined(Loads.Load load) throws IOException {
        Block block;
        try {
            block = loads.await(load);
        } catch (IOException e) {
            counters.hits.increment();
            throw e;
        }
        return block == null ? null : counters.hit(block);
    }

    private Block loadUnlessJustLoaded(BlockKey key, int capacity, Loader loader, Loads.Load load) throws IOException {
        Block block = null;
        Throwable failure = null;
        try {
            // Another load may have ended between the look for the block and the start of this one.
            block = resident.getOrReadmit(key);
            if (block != null) {
                return counters.hit(block);
            }
            block = loadDemanded(key, capacity, loader);
            return block;
        } catch (Throwable e) {
            // A thread without leave to wait for memory fails where others would not: let them try by themselves.
            failure = Prefetcher.isCaller() ? null : e;
            throw e;
        } finally {
            loads.end(load, block, failure);
        }
    }

    private Block loadDemanded(BlockKey key, int capacity, Loader loader) throws IOException {
        counters.misses.increment();
        prefetcher.cancel(key);
        Block block;
        demanded.incrementAndGet();
        try {
            long start = System.nanoTime();
            block = load(capacity, loader);
            counters.loadNanos.add(System.nanoTime() - start);
        } catch (Throwable e) {
            counters.failures.increment();
            throw e;
        } finally {
            demanded.decrementAndGet();
            Demands listener = demands;
            if (listener != null) {
                listener.loaded();
            }
        }
        counters.loads.increment();
        resident.keep(key, block);
        return block;
    }

    private Block load(int capacity, Loader loader) throws IOException {
        Block block = take(capacity);
        try {
            int length = loader.load(block.memory().duplicate().limit(capacity));
            if (length < 0 || length > capacity) {
                throw new IOException("a loader gave " + length + " bytes for a block of at most " + capacity);
            }
            block.truncate(length);
            return block;
        } catch (Throwable e) {
            block.release();
            throw e;
        }
    }

    /** @param end is run once, sooner or later, whatever comes of it; unless the cache is closed */
    void prefetch(BlockKey key, int capacity, Loader loader, Runnable end) {
        if (!isWanted(key) || loads.isRunning(key)) {
            end.run();
            return;
        }
        prefetcher.submit(key, end, () -> loadAhead(key, capacity, loader));
    }

    /** On a prefetching thread: loads a block, unless it is here or on its way. What {@code loader} throws is dropped. */
    void loadAhead(BlockKey key, int capacity, Loader loader) {
        Loads.Load load = isWanted(key) ? loads.start(key) : null;
        if (load == null) {
            return;
        }
        Block block = null;
        try {
            if (isWanted(key)) {
                block = load(capacity, loader);
                block.prefetched();
                resident.keep(key, block);
                counters.prefetches.increment();
            }
        } catch (Throwable e) {
            // Dropped, Errors too.
        } finally {
            loads.end(load, block, null);
            if (block != null) {
                block.release();
            }
        }
    }

    private boolean isWanted(BlockKey key) {
        return !closed && !resident.contains(key);
    }

    /** Whether a demand for the block would find it, or finds it on its way. */
    boolean has(BlockKey key) {
        return resident.contains(key) || loads.isRunning(key);
    }

    /** Whether a demanded block is being loaded. */
    boolean isDemanded() {
        return demanded.get() > 0;
    }

    /** Bytes cached or in flight. */
    long used() {
        return pool.used();
    }

    Prefetcher prefetcher() {
        return prefetcher;
    }

    /**
     * Memory for a load's own use, such as compressed bytes: within the budget, never cached. The caller releases it.
     * Interrupts do not shorten the wait for memory, as others may depend on the load.
     *
     * @throws IOException if it cannot be had within the budget and half a minute
     */
    public Block take(int length) throws IOException {
        int footprint = BlockPool.footprint(length);
        if (footprint > pool.limit() / 2) {
            throw new IOException("a block of " + length + " bytes is too large for a cache of " + pool.limit());
        }
        if (Prefetcher.isCaller()) {
            return takeWithoutWaiting(length, footprint);
        }
        checkOpen();
        Block block = pool.tryTake(length);
        if (block != null) {
            return block;
        }
        pool.startSeeking();
        try {
            return seek(length, footprint);
        } finally {
            pool.stopSeeking();
        }
    }

    private Block seek(int length, int footprint) throws IOException {
        long deadline = System.nanoTime() + longestWait * 1_000_000;
        boolean interrupted = false;
        try {
            for (; ; ) {
                long seen = pool.events();
                resident.evict(footprint);
                Block block = pool.tryTake(length);
                if (block != null) {
                    return block;
                }
                checkOpen();
                if (System.nanoTime() - deadline > 0) {
                    throw new IOException("no memory for " + length + " bytes came free within " + longestWait
                            + " ms of a cache of " + pool.limit() + ", " + pool.used()
                            + " in use; give it more, or fewer threads to serve");
                }
                try {
                    pool.awaitEvent(seen, LONGEST_PAUSE);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private Block takeWithoutWaiting(int length, int footprint) throws IOException {
        checkOpen();
        Block block = null;
        if (!pool.isSought() && prefetcher.mayTake(footprint)) {
            block = pool.tryTake(length);
            if (block == null) {
                resident.evict(footprint);
                block = pool.tryTake(length);
            }
        }
        if (block == null) {
            throw new IOException("no memory to spare for a prefetch of " + length + " bytes");
        }
        return block;
    }

    private void checkOpen() throws IOException {
        if (closed) {
            throw new IOException("the block cache is closed");
        }
    }

    /** Threads that wait for another's load. */
    int waiters() {
        return loads.waiters();
    }

    /** A picture of the counters. */
    public Stats stats() {
        return counters.stats(pool, resident.count());
    }

    /**
     * @param budget bytes that the cache may take
     * @param used bytes cached or in flight
     * @param mostUsed the most of them at one time
     * @param blocks cached
     * @param hits gets that found their block cached or being loaded; hits and misses together are all gets, but
     *     for those refused because they would wait for themselves
     * @param misses gets that had to load: loads and failures together
     * @param loads demanded loads that succeeded
     * @param failures demanded loads that failed
     * @param loadNanos time spent in successful demanded loads, in nanoseconds, summed over threads
     * @param evictions blocks dropped to make room
     * @param prefetches blocks loaded ahead of demand
     * @param prefetchesUsed those of them that were then asked for
     * @param prefetchesWasted those of them that were dropped without ever being asked for
     */
    public record Stats(
            long budget,
            long used,
            long mostUsed,
            long blocks,
            long hits,
            long misses,
            long loads,
            long failures,
            long loadNanos,
            long evictions,
            long prefetches,
            long prefetchesUsed,
            long prefetchesWasted) {}

    /**
     * Drops every block. Blocks that readers still hold stay good until they are released. Loads under way run to their
     * end; what they bring is handed to those who wait for it, but not kept. Later misses fail.
     */
    @Override
    public void close() {
        closed = true;
        prefetcher.close();
        resident.close();
        pool.close();
    }
}
