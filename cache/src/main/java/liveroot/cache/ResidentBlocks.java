package liveroot.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Policy;
import com.github.benmanes.caffeine.cache.RemovalCause;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** The blocks that stay: Caffeine's, and those in the {@link VictimCache} behind it. Holds a reference to each. */
final class ResidentBlocks {

    private final Cache<BlockKey, Block> blocks;
    private final VictimCache victims;
    private final Counters counters;
    private volatile boolean closed;

    /**
     * @param weight bytes that Caffeine may keep
     * @param victimWeight bytes of what Caffeine dropped last
     */
    ResidentBlocks(long weight, long victimWeight, Counters counters) {
        this.victims = new VictimCache(victimWeight);
        this.counters = counters;
        this.blocks = Caffeine.newBuilder()
                .maximumWeight(weight)
                .weigher((BlockKey key, Block block) -> block.footprint())
                .executor(Runnable::run)
                .removalListener(this::removed)
                .build();
    }

    private void removed(BlockKey key, Block block, RemovalCause cause) {
        if (cause == RemovalCause.SIZE) {
            victims.add(key, block).forEach(this::evicted);
        } else {
            drop(block);
        }
    }

    private void evicted(Block block) {
        counters.evictions.increment();
        drop(block);
    }

    private void drop(Block block) {
        if (block.isFirstUse()) {
            counters.prefetchesWasted.increment();
        }
        block.release();
    }

    /** With a reference for the caller; null if Caffeine does not have it. The way of every hit. */
    Block get(BlockKey key) {
        Block block = blocks.getIfPresent(key);
        return block != null && block.tryRetain() ? block : null;
    }

    /** With a reference for the caller, and back in Caffeine if it was a victim; null if it is not here at all. */
    Block getOrReadmit(BlockKey key) {
        Block block = get(key);
        if (block == null) {
            block = victims.remove(key);
            if (block != null) {
                keep(key, block);
            }
        }
        return block;
    }

    /** Takes a reference of its own to a block that the caller holds. */
    void keep(BlockKey key, Block block) {
        block.retain();
        blocks.put(key, block);
        if (closed) {
            // The block may have come after close() had dropped the others.
            blocks.asMap().remove(key, block);
        }
    }

    /** Drops {@code block} if it is what {@code key} names. */
    void remove(BlockKey key, Block block) {
        blocks.asMap().remove(key, block);
    }

    boolean contains(BlockKey key) {
        return blocks.asMap().containsKey(key) || victims.contains(key);
    }

    long count() {
        return blocks.estimatedSize() + victims.size();
    }

    /** Drops blocks that no reader holds, those least worth keeping first, until {@code wanted} bytes came free. */
    void evict(int wanted) {
        List<Block> oldest = victims.removeUnheld(wanted);
        long left = wanted - oldest.stream().mapToLong(Block::footprint).sum();
        oldest.forEach(this::evicted);
        if (left > 0) {
            for (Policy.CacheEntry<BlockKey, Block> entry : coldestUnheld(left)) {
                if (blocks.asMap().remove(entry.getKey(), entry.getValue())) {
                    counters.evictions.increment();
                }
            }
        }
    }

    private List<Policy.CacheEntry<BlockKey, Block>> coldestUnheld(long wanted) {
        return blocks.policy().eviction().orElseThrow().coldest(coldest -> {
            ArrayList<Policy.CacheEntry<BlockKey, Block>> found = new ArrayList<>();
            long bytes = 0;
            for (Iterator<Policy.CacheEntry<BlockKey, Block>> next = coldest.iterator();
                    bytes < wanted && next.hasNext(); ) {
                Policy.CacheEntry<BlockKey, Block> entry = next.next();
                if (entry.getValue().isUnheld()) {
                    found.add(entry);
                    bytes += entry.getValue().footprint();
                }
            }
            return found;
        });
    }

    /** Drops everything, and from now on what is kept too. */
    void close() {
        closed = true;
        blocks.invalidateAll();
        blocks.cleanUp();
        victims.close().forEach(this::drop);
    }
}
