package liveroot.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class PrefetchTest {

    private static final int MIB = 1 << 20;

    private final BlockPool pool = new BlockPool(BlockCache.SMALLEST_BUDGET);
    private final BlockCache cache = new BlockCache(pool, 5_000);
    private final BlockCache.Region region = cache.region();
    private final CountDownLatch gate = new CountDownLatch(1);

    @AfterEach
    void nothingIsLost() throws InterruptedException {
        gate.countDown();
        cache.close();
        while (pool.used() > 0) {
            Thread.sleep(1);
        }
        assertEquals(0, pool.allocated());
        BlockCache.Stats stats = cache.stats();
        assertEquals(stats.misses(), stats.loads() + stats.failures());
        assertEquals(stats.prefetches(), stats.prefetchesUsed() + stats.prefetchesWasted());
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException("cut short", e);
        }
    }

    private static int mustNotLoad() throws IOException {
        throw new IOException("should have been prefetched");
    }

    private void awaitPrefetches(long count) throws InterruptedException {
        while (cache.stats().prefetches() < count) {
            Thread.sleep(1);
        }
    }

    @Test
    void makesALaterGetAHit() throws Exception {
        region.prefetch(0, 4096, dst -> 77);
        awaitPrefetches(1);
        Block block = region.get(0, 4096, dst -> mustNotLoad());
        assertEquals(77, block.length());
        block.release();
        region.get(0, 4096, dst -> mustNotLoad()).release();
        BlockCache.Stats stats = cache.stats();
        assertEquals(List.of(2L, 0L, 0L), List.of(stats.hits(), stats.misses(), stats.loads()));
        assertEquals(
                List.of(1L, 1L, 0L), List.of(stats.prefetches(), stats.prefetchesUsed(), stats.prefetchesWasted()));
    }

    @Test
    void isWaitedForByAGetMeanwhile() throws Exception {
        CountDownLatch loading = new CountDownLatch(1);
        region.prefetch(0, 4096, dst -> {
            loading.countDown();
            await(gate);
            return 5;
        });
        loading.await();
        Thread getter = new Thread(() -> {
            try {
                region.get(0, 4096, dst -> mustNotLoad()).release();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        getter.start();
        Together.awaitParked(getter);
        gate.countDown();
        getter.join();
        assertEquals(1, cache.stats().hits());
        assertEquals(1, cache.stats().prefetchesUsed());
    }

    @Test
    void leavesItsFailureToTheGet() throws Exception {
        CountDownLatch loading = new CountDownLatch(1);
        region.prefetch(0, 4096, dst -> {
            loading.countDown();
            await(gate);
            throw new StackOverflowError("of the prefetch");
        });
        loading.await();
        AtomicInteger length = new AtomicInteger();
        Thread getter = new Thread(() -> {
            try {
                Block block = region.get(0, 4096, dst -> 6);
                length.set(block.length());
                block.release();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        getter.start();
        Together.awaitParked(getter);
        gate.countDown();
        getter.join();
        assertEquals(6, length.get());
        BlockCache.Stats stats = cache.stats();
        assertEquals(
                List.of(0L, 1L, 1L, 0L, 0L),
                List.of(stats.hits(), stats.misses(), stats.loads(), stats.failures(), stats.prefetches()));
    }

    @Test
    void doesNothingForABlockThatIsThere() throws Exception {
        region.get(0, 4096, dst -> 1).release();
        region.prefetch(0, 4096, dst -> mustNotLoad());
        region.prefetch(1, 4096, dst -> 1);
        awaitPrefetches(1);
        assertEquals(1, cache.stats().prefetches());
    }

    @Test
    void neverHoldsUpADemandedBlock() throws Exception {
        AtomicInteger begun = new AtomicInteger();
        for (int i = 0; i < 1_000; i++) {
            region.prefetch(i, MIB, dst -> {
                begun.incrementAndGet();
                await(gate);
                return 1;
            });
        }
        while (begun.get() < 1) {
            Thread.sleep(1);
        }
        assertTrue(pool.used() <= 2 * MIB, pool.used() + " bytes taken by prefetches");
        for (int i = 2_000; i < 2_050; i++) {
            region.get(i, MIB, dst -> 1).release();
        }
        Block late = region.get(999, MIB, dst -> 2);
        assertEquals(2, late.length(), "its prefetch was dropped or has not begun, so it is loaded at once");
        late.release();
        assertTrue(begun.get() <= Prefetcher.QUEUE + 4);
    }

    @Test
    void failsRatherThanWaitsForMemory() throws Exception {
        CountDownLatch loading = new CountDownLatch(1);
        CountDownLatch refused = new CountDownLatch(1);
        region.prefetch(0, 4096, dst -> {
            loading.countDown();
            await(gate);
            assertEquals(
                    "no memory to spare for a prefetch of 5000 bytes",
                    assertThrows(IOException.class, () -> cache.take(5000)).getMessage());
            refused.countDown();
            return 1;
        });
        loading.await();
        List<Block> everything = new ArrayList<>();
        for (Block next; (next = pool.tryTake(4096)) != null; ) {
            everything.add(next);
        }
        gate.countDown();
        refused.await();
        everything.forEach(Block::release);
        awaitPrefetches(1);
    }

    @Test
    void takesNoMoreThanItsPartWhereverItsLoadersTakeIt() throws Exception {
        CountDownLatch refused = new CountDownLatch(1);
        region.prefetch(0, MIB, dst -> {
            cache.take(MIB).release();
            assertThrows(IOException.class, () -> cache.take(1));
            refused.countDown();
            return 1;
        });
        refused.await();
        awaitPrefetches(1);
    }

    @Test
    void countsWhatWasLoadedInVain() throws Exception {
        region.prefetch(0, 4096, dst -> 1);
        awaitPrefetches(1);
        cache.close();
        assertEquals(1, cache.stats().prefetchesWasted());
        region.prefetch(1, 4096, dst -> 1);
        assertEquals(1, cache.stats().prefetches());
    }

    @Test
    void isNotLostBeforeItsTurnHoweverWarmTheCache() throws Exception {
        for (int round = 0; round < 5; round++) {
            for (int i = 0; i < 48; i++) {
                region.get(i, 128 << 10, dst -> 1).release();
            }
        }
        BlockCache.Region file = cache.region();
        for (int i = 0; i < 100; i++) {
            for (int ahead = 0; ahead <= 3; ahead++) {
                file.prefetch(i + ahead, 128 << 10, dst -> 1);
            }
            awaitPrefetches(i + 4);
            file.get(i, 128 << 10, dst -> mustNotLoad()).release();
        }
        BlockCache.Stats stats = cache.stats();
        assertEquals(
                List.of(103L, 100L, 0L), List.of(stats.prefetches(), stats.prefetchesUsed(), stats.prefetchesWasted()));
    }

    @Test
    void isDroppedWhenDemandOvertakesIt() throws Exception {
        for (int i = 0; i < Prefetcher.MOST_THREADS; i++) {
            region.prefetch(i, 4096, dst -> {
                await(gate);
                return 1;
            });
        }
        AtomicInteger late = new AtomicInteger();
        region.prefetch(100, MIB, dst -> late.incrementAndGet());
        region.get(100, MIB, dst -> 1).release();
        for (int i = 200; i < 250; i++) {
            region.get(i, MIB, dst -> 1).release();
        }
        gate.countDown();
        // Requests are taken in their order, and one may be dropped because memory is short just then.
        AtomicBoolean behind = new AtomicBoolean();
        for (int i = 300; !behind.get(); i++) {
            region.prefetch(i, 4096, dst -> {
                behind.set(true);
                return 1;
            });
            Thread.sleep(1);
        }
        assertEquals(0, late.get());
    }
}
