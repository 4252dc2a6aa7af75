package liveroot.cache;

import java.util.concurrent.atomic.LongAdder;

/** What {@link BlockCache.Stats} are made from. */
final class Counters {

    final LongAdder hits = new LongAdder();
    final LongAdder misses = new LongAdder();
    final LongAdder loads = new LongAdder();
    final LongAdder failures = new LongAdder();
    final LongAdder loadNanos = new LongAdder();
    final LongAdder evictions = new LongAdder();
    final LongAdder prefetches = new LongAdder();
    final LongAdder prefetchesUsed = new LongAdder();
    final LongAdder prefetchesWasted = new LongAdder();

    /** A get was answered with a block that was there, or on its way. */
    Block hit(Block block) {
        hits.increment();
        if (block.isFirstUse()) {
            prefetchesUsed.increment();
        }
        return block;
    }

    BlockCache.Stats stats(BlockPool pool, long blocks) {
        return new BlockCache.Stats(
                pool.limit(),
                pool.used(),
                pool.mostUsed(),
                blocks,
                hits.sum(),
                misses.sum(),
                loads.sum(),
                failures.sum(),
                loadNanos.sum(),
                evictions.sum(),
                prefetches.sum(),
                prefetchesUsed.sum(),
                prefetchesWasted.sum());
    }
}
