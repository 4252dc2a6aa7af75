package liveroot.bench;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.io.IOException;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;

/** What decides which blocks stay. */
interface Policy extends AutoCloseable {

    /**
     * A demand for a block, which is there from then on if it can be.
     *
     * @param last whether the block is to be dropped after it
     * @return whether it was there
     */
    boolean get(BlockTrace.Get get, boolean last) throws IOException;

    @Override
    default void close() {}

    /** The cache as it is, with a loader that loads nothing. */
    static Policy blockCache(long budget) {
        BlockCache cache = new BlockCache(budget);
        Map<String, BlockCache.Region> regions = new HashMap<>();
        return new Policy() {
            private boolean loaded;

            @Override
            public boolean get(BlockTrace.Get get, boolean last) throws IOException {
                BlockCache.Region region = regions.computeIfAbsent(get.key().region(), name -> cache.region());
                loaded = false;
                Block block = region.get(get.key().position(), get.capacity(), dst -> {
                    loaded = true;
                    return dst.limit();
                });
                if (last) {
                    region.drop(get.key().position(), block);
                }
                block.release();
                return !loaded;
            }

            @Override
            public void close() {
                cache.close();
            }
        };
    }

    /** W-TinyLFU alone. */
    static Policy caffeine(long limit) {
        Cache<BlockTrace.Key, Integer> blocks = Caffeine.newBuilder()
                .maximumWeight(limit)
                .weigher((BlockTrace.Key key, Integer footprint) -> footprint)
                .executor(Runnable::run)
                .build();
        return (get, last) -> {
            boolean hit = blocks.getIfPresent(get.key()) != null;
            if (last) {
                blocks.invalidate(get.key());
            } else if (!hit) {
                blocks.put(get.key(), get.footprint());
            }
            return hit;
        };
    }

    /** The least recently used one goes. */
    static Policy lru(long limit) {
        return new InOrder(limit, true);
    }

    /** The oldest one goes. */
    static Policy fifo(long limit) {
        return new InOrder(limit, false);
    }

    /** Drops the first of a list that is kept in order. */
    final class InOrder implements Policy {

        private final long limit;
        private final LinkedHashMap<BlockTrace.Key, Integer> blocks;
        private long bytes;

        private InOrder(long limit, boolean ofUse) {
            this.limit = limit;
            this.blocks = new LinkedHashMap<>(1024, 0.75f, ofUse);
        }

        @Override
        public boolean get(BlockTrace.Get get, boolean last) {
            boolean hit = blocks.get(get.key()) != null;
            if (!hit) {
                blocks.put(get.key(), get.footprint());
                bytes += get.footprint();
            }
            if (last) {
                bytes -= blocks.remove(get.key());
            }
            for (Iterator<Integer> oldest = blocks.values().iterator(); bytes > limit; ) {
                bytes -= oldest.next();
                oldest.remove();
            }
            return hit;
        }
    }
}
