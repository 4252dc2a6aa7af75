package liveroot.cache;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;

/**
 * Blocks that Caffeine has given up, kept a little longer in the order in which they came.
 *
 * <p>W-TinyLFU lets a new block in only if it is asked for more often than the one that it would push out, and its
 * window for newcomers is small at first (1 % of the weight: less than one block of 1 MiB). A new block can be dropped
 * before the next 128 KiB of it are read; without this a sequential read past a well-used cache unpacks each 1 MiB block
 * five times (measured), and blocks read ahead are gone when their turn comes.
 */
final class VictimCache {

    private long limit;
    private final LinkedHashMap<BlockKey, Block> blocks = new LinkedHashMap<>();
    private long bytes;

    /** @param limit bytes */
    VictimCache(long limit) {
        this.limit = limit;
    }

    /** Takes over the caller's reference to {@code block}; the blocks returned had to make room and are the caller's. */
    synchronized List<Block> add(BlockKey key, Block block) {
        ArrayList<Block> dropped = new ArrayList<>(1);
        Block old = blocks.put(key, block);
        bytes += block.footprint();
        if (old != null) {
            bytes -= old.footprint();
            dropped.add(old);
        }
        for (Iterator<Block> oldest = blocks.values().iterator(); bytes > limit; ) {
            Block next = oldest.next();
            oldest.remove();
            bytes -= next.footprint();
            dropped.add(next);
        }
        return dropped;
    }

    synchronized boolean contains(BlockKey key) {
        return blocks.containsKey(key);
    }

    /** The block, if it is here, with the reference that was given to {@link #add}. */
    synchronized Block remove(BlockKey key) {
        Block block = blocks.remove(key);
        if (block != null) {
            bytes -= block.footprint();
        }
        return block;
    }

    /** Takes out the oldest blocks that no reader holds, until {@code wanted} bytes or all of them; they are the caller's. */
    synchronized List<Block> removeUnheld(long wanted) {
        ArrayList<Block> removed = new ArrayList<>();
        long found = 0;
        for (Iterator<Block> oldest = blocks.values().iterator(); found < wanted && oldest.hasNext(); ) {
            Block next = oldest.next();
            if (next.isUnheld()) {
                oldest.remove();
                bytes -= next.footprint();
                found += next.footprint();
                removed.add(next);
            }
        }
        return removed;
    }

    /** Takes out everything and keeps nothing from now on; what was here is the caller's. */
    synchronized List<Block> close() {
        limit = 0;
        ArrayList<Block> removed = new ArrayList<>(blocks.values());
        blocks.clear();
        bytes = 0;
        return removed;
    }

    synchronized int size() {
        return blocks.size();
    }
}
