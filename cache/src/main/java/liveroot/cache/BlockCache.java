package liveroot.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

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

    /** Part of the budget that Caffeine leaves to blocks in flight, so that loads seldom have to evict by themselves. */
    private static final int IN_FLIGHT_PART = 8;

    private final BlockPool pool;
    private final Cache<Key, Block> blocks;
    private final ConcurrentHashMap<Key, CompletableFuture<Block>> loading = new ConcurrentHashMap<>();
    private final AtomicInteger regions = new AtomicInteger();

    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private final LongAdder loads = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final LongAdder loadNanos = new LongAdder();
    private final LongAdder evictions = new LongAdder();

    private record Key(int region, long position) {
        @Override
        public int hashCode() {
            long h = (position ^ ((long) region << 48)) * 0x9E3779B97F4A7C15L;
            return (int) (h >>> 32);
        }
    }

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
    }

    /**
     * @param budget bytes, at least {@link #SMALLEST_BUDGET}
     */
    public BlockCache(long budget) {
        if (budget < SMALLEST_BUDGET) {
            throw new IllegalArgumentException("a budget of " + budget + " bytes, less than " + SMALLEST_BUDGET);
        }
        pool = new BlockPool(budget);
        blocks = Caffeine.newBuilder()
                .maximumWeight(budget - budget / IN_FLIGHT_PART)
                .weigher((Key key, Block block) -> block.footprint())
                .executor(Runnable::run)
                .removalListener((key, block, cause) -> {
                    if (cause.wasEvicted()) {
                        evictions.increment();
                    }
                    block.release();
                })
                .build();
    }

    /** The default budget: an eighth of {@code memory} bytes, at most 256 MiB. */
    public static long defaultBudget(long memory) {
        return Math.max(SMALLEST_BUDGET, Math.min(memory / 8, 256L << 20));
    }

    /** A part of the cache with positions of its own: one for each table or data area of each image. */
    public Region region() {
        return new Region(regions.getAndIncrement());
    }

    /** See {@link BlockCache#region}. */
    public final class Region {

        private final int id;

        private Region(int id) {
            this.id = id;
        }

        /**
         * The block at {@code position}, loaded by {@code loader} if it is not there.
         *
         * @param position that names the block within this region
         * @param capacity the most bytes that its content may have
         * @return with a reference that is the caller's to release
         */
        public Block get(long position, int capacity, Loader loader) throws IOException {
            return BlockCache.this.get(new Key(id, position), capacity, loader);
        }
    }

    private Block get(Key key, int capacity, Loader loader) throws IOException {
        for (; ; ) {
            Block block = blocks.getIfPresent(key);
            if (block != null && block.tryRetain()) {
                hits.increment();
                return block;
            }
            CompletableFuture<Block> mine = new CompletableFuture<>();
            CompletableFuture<Block> other = loading.putIfAbsent(key, mine);
            if (other == null) {
                block = loadUnlessJustLoaded(key, capacity, loader, mine);
            } else {
                hits.increment();
                block = await(other);
            }
            if (block != null) {
                return block;
            }
        }
    }

    /** The block that another thread loads, retained; null if it has been dropped again meanwhile. */
    private static Block await(CompletableFuture<Block> other) throws IOException {
        Block block;
        try {
            block = other.join();
        } catch (CompletionException e) {
            Throwable cause = e.getCause();
            throw new IOException(cause.getMessage(), cause);
        }
        return block.tryRetain() ? block : null;
    }

    private Block loadUnlessJustLoaded(Key key, int capacity, Loader loader, CompletableFuture<Block> mine)
            throws IOException {
        Block block = null;
        try {
            // Another load may have ended between the look into the cache and the entry into the list of loads.
            Block present = blocks.getIfPresent(key);
            if (present != null && present.tryRetain()) {
                hits.increment();
                mine.complete(present);
                return present;
            }
            misses.increment();
            block = take(capacity);
            long start = System.nanoTime();
            int length = loader.load(block.memory().duplicate().limit(capacity));
            loadNanos.add(System.nanoTime() - start);
            loads.increment();
            block.truncate(length);
            block.retain();
            mine.complete(block);
            blocks.put(key, block);
            return block;
        } catch (IOException | RuntimeException | Error e) {
            failures.increment();
            if (block != null) {
                block.release();
            }
            mine.completeExceptionally(e);
            throw e;
        } finally {
            loading.remove(key, mine);
        }
    }

    /**
     * Memory for a load's own use, such as compressed bytes: within the budget, never cached. The caller releases it.
     *
     * @throws IOException if it cannot be had within the budget
     */
    public Block take(int length) throws IOException {
        int footprint = BlockPool.footprint(length);
        if (footprint > pool.limit() / 2) {
            throw new IOException("a block of " + length + " bytes is too large for a cache of " + pool.limit());
        }
        Block block = pool.tryTake(length);
        if (block != null) {
            return block;
        }
        long deadline = System.nanoTime() + LONGEST_WAIT * 1_000_000;
        for (; ; ) {
            evict(footprint);
            block = pool.tryTake(length);
            if (block != null) {
                return block;
            }
            if (System.nanoTime() > deadline) {
                throw new IOException("no " + length + " bytes came free within " + LONGEST_WAIT / 1000
                        + " s of a cache of " + pool.limit() + ", " + pool.used() + " in use");
            }
            try {
                pool.awaitRelease(10);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while waiting for cache memory");
            }
        }
    }

    private void evict(int footprint) {
        blocks.cleanUp();
        blocks.policy().eviction().ifPresent(eviction -> {
            // Twice the need: some of the coldest blocks may still be held by readers.
            ArrayList<Key> coldest =
                    new ArrayList<>(eviction.coldestWeighted(2L * footprint).keySet());
            evictions.add(coldest.size());
            blocks.invalidateAll(coldest);
        });
    }

    /** A picture of the counters. */
    public Stats stats() {
        return new Stats(
                pool.limit(),
                pool.used(),
                pool.mostUsed(),
                blocks.estimatedSize(),
                hits.sum(),
                misses.sum(),
                loads.sum(),
                failures.sum(),
                loadNanos.sum(),
                evictions.sum());
    }

    /**
     * @param budget bytes that the cache may take
     * @param used bytes cached or in flight
     * @param mostUsed the most of them at one time
     * @param blocks cached
     * @param hits requests that found their block cached or already being loaded
     * @param misses requests that had to load
     * @param loads loads that succeeded
     * @param failures loads that failed
     * @param loadNanos time spent in successful loads, in nanoseconds, summed over threads
     * @param evictions blocks dropped to make room
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
            long evictions) {}

    /** Drops every block. Blocks that readers still hold stay good until they are released. */
    @Override
    public void close() {
        blocks.invalidateAll();
        blocks.cleanUp();
        pool.trim();
    }
}
