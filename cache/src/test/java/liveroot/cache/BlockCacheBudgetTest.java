package liveroot.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One budget for what is cached, loaded and held, and what threads do when it is used up. */
@Timeout(60)
class BlockCacheBudgetTest {

    private static final int MIB = 1 << 20;
    private static final int BUDGET = 8 * MIB;

    private final List<ByteBuffer> slabs = new CopyOnWriteArrayList<>();
    private final BlockPool pool = new BlockPool(BUDGET, length -> {
        ByteBuffer slab = MappedMemory.map(length, false);
        slabs.add(slab);
        return slab;
    });
    private final BlockCache cache = new BlockCache(pool, 10_000);
    private final BlockCache.Region region = cache.region();

    private static int fill(ByteBuffer dst, long key) {
        for (int i = 0; i < dst.limit(); i += 512) {
            dst.putLong(i, key);
        }
        return dst.limit();
    }

    private static void check(Block block, long key, int length) {
        assertEquals(length, block.length());
        for (int i = 0; i < length; i += 4096) {
            assertEquals(key, block.memory().getLong(i));
        }
    }

    @Test
    void holdsOverALongRandomRun() throws Exception {
        Set<Long> underWay = ConcurrentHashMap.newKeySet();
        AtomicBoolean enough = new AtomicBoolean();
        AtomicReference<String> overdrawn = new AtomicReference<>();
        Thread auditor = new Thread(() -> {
            while (!enough.get()) {
                long allocated = pool.allocated();
                if (allocated > BUDGET) {
                    overdrawn.set(allocated + " bytes allocated");
                }
                LockSupport.parkNanos(20_000);
            }
        });
        auditor.start();
        Together.run(8, me -> {
            Random random = new Random(4711 + me);
            for (int i = 0; i < 10_000; i++) {
                // Squared, so that some blocks are much asked for.
                double r = random.nextDouble();
                long key = (long) (r * r * 300);
                int length = (4096 << (int) (key * 31 % 9)) - (int) (key % 7) * 8;
                if (random.nextInt(4) == 0) {
                    region.prefetch(
                            key + 1,
                            (4096 << (int) ((key + 1) * 31 % 9)) - (int) ((key + 1) % 7) * 8,
                            dst -> load(dst, key + 1, underWay));
                    continue;
                }
                Block block = region.get(key, length, dst -> load(dst, key, underWay));
                check(block, key, length);
                if (random.nextInt(16) == 0) {
                    LockSupport.parkNanos(1);
                    check(block, key, length);
                }
                block.release();
            }
            return null;
        });
        enough.set(true);
        auditor.join();
        long ram = BlockPoolTest.ram(slabs);
        assertTrue(ram > BUDGET / 2 && ram <= BUDGET, ram + " bytes by the kernel's count");
        cache.close();
        while (pool.used() > 0) {
            Thread.sleep(1); // a prefetch under way
        }
        assertEquals(null, overdrawn.get());
        assertTrue(pool.mostUsed() <= BUDGET, "at most " + pool.mostUsed());
        assertEquals(0, pool.allocated());
        BlockCache.Stats stats = cache.stats();
        assertEquals(0, stats.failures());
        assertEquals(stats.misses(), stats.loads());
        assertTrue(stats.evictions() > 1_000 && stats.hits() > 1_000, stats.toString());
        assertEquals(stats.prefetches(), stats.prefetchesUsed() + stats.prefetchesWasted());
    }

    private static int load(ByteBuffer dst, long key, Set<Long> underWay) {
        assertTrue(underWay.add(key), "two loads of one block at the same time");
        int length = fill(dst, key);
        underWay.remove(key);
        return length;
    }

    /** The stated assumption: three quarters of the budget hold what the threads hold and want. */
    @Test
    void isEnoughForThreadsThatEachHoldABlockAndWantAnother() throws Exception {
        Together.run(3, me -> {
            Random random = new Random(me);
            for (int i = 0; i < 2_000; i++) {
                Block held = region.get(random.nextInt(40), MIB, dst -> 1);
                Block wanted = region.get(random.nextInt(40), MIB, dst -> 1);
                region.prefetch(random.nextInt(40), MIB, dst -> 1);
                wanted.release();
                held.release();
            }
            return null;
        });
        assertEquals(0, cache.stats().failures());
        cache.close();
    }

    @Test
    void makesAThreadWaitUntilAReaderReleases() throws Exception {
        List<Block> held = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            held.add(region.get(i, MIB, dst -> 1));
        }
        held.add(cache.take(2 * MIB));
        held.add(cache.take(MIB));
        CountDownLatch done = new CountDownLatch(1);
        Thread waiter = new Thread(() -> {
            try {
                cache.take(4096).release();
                done.countDown();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        waiter.start();
        Together.awaitParked(waiter);
        assertEquals(1, done.getCount());
        long evictions = cache.stats().evictions();
        held.remove(0).release();
        waiter.join();
        assertEquals(0, done.getCount());
        assertEquals(evictions + 1, cache.stats().evictions(), "only the block that nobody held made room");
        held.forEach(Block::release);
        cache.close();
        assertEquals(0, pool.used());
    }

    @Test
    void givesUpInTheEndAndSaysWhy() throws IOException {
        BlockPool small = new BlockPool(BUDGET);
        BlockCache impatient = new BlockCache(small, 300);
        Block one = impatient.take(4 * MIB);
        Block two = impatient.take(4 * MIB);
        IOException e = assertThrows(IOException.class, () -> impatient.take(4096));
        assertEquals(
                "no memory for 4096 bytes came free within 300 ms of a cache of 8388608, 8388608 in use;"
                        + " give it more, or fewer threads to serve",
                e.getMessage());
        one.release();
        impatient.take(4096).release();
        two.release();
        impatient.close();
        assertEquals(0, small.allocated());
    }

    @Test
    void letsAnInterruptedThreadWaitOn() throws Exception {
        Block one = cache.take(4 * MIB);
        Block two = cache.take(4 * MIB);
        AtomicBoolean interrupted = new AtomicBoolean();
        Thread waiter = new Thread(() -> {
            try {
                cache.take(4096).release();
                interrupted.set(Thread.interrupted());
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        waiter.start();
        Together.awaitParked(waiter);
        waiter.interrupt();
        Thread.sleep(20);
        Together.awaitParked(waiter);
        one.release();
        waiter.join();
        assertTrue(interrupted.get());
        two.release();
        cache.close();
    }

    @Test
    void wakesThoseWhoWaitWhenTheCacheIsClosed() throws Exception {
        Block one = cache.take(4 * MIB);
        Block two = cache.take(4 * MIB);
        AtomicReference<String> message = new AtomicReference<>();
        Thread waiter = new Thread(() -> message.set(
                assertThrows(IOException.class, () -> cache.take(4096)).getMessage()));
        waiter.start();
        Together.awaitParked(waiter);
        cache.close();
        waiter.join();
        assertEquals("the block cache is closed", message.get());
        one.release();
        two.release();
        assertEquals(0, pool.allocated());
    }

    @Test
    void goesToOthersWhenTheHostHasLessThanTheBudget() throws IOException {
        BlockPool starved = new BlockPool(128 << 20, BlockPoolTest.mapsOnce());
        BlockCache cacheOfIt = new BlockCache(starved, 5_000);
        BlockCache.Region blocks = cacheOfIt.region();
        for (int i = 0; i < 50; i++) {
            blocks.get(i, MIB, dst -> 1).release();
        }
        assertEquals(50, cacheOfIt.stats().loads());
        assertEquals(32 * MIB, starved.allocated());
        cacheOfIt.close();
        assertEquals(0, starved.allocated());
    }
}
