package liveroot.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What one block goes through: it is loaded, found, shared, fails, is dropped. */
class BlockCacheTest {

    private final BlockPool pool = new BlockPool(BlockCache.SMALLEST_BUDGET);
    private final BlockCache cache = new BlockCache(pool, 5_000);
    private final BlockCache.Region region = cache.region();

    /** All that the tests below took must be back at their end. */
    @AfterEach
    void nothingIsLost() {
        cache.close();
        assertEquals(0, pool.used());
        assertEquals(0, pool.allocated());
        BlockCache.Stats stats = cache.stats();
        assertEquals(stats.misses(), stats.loads() + stats.failures());
    }

    private static int write(ByteBuffer dst, int value) {
        dst.putInt(value);
        return 4;
    }

    private static int valueOf(Block block) {
        try {
            return block.memory().getInt(0);
        } finally {
            block.release();
        }
    }

    private static IOException fails(BlockCache.Region region, BlockCache.Loader loader) {
        return assertThrows(IOException.class, () -> region.get(0, 4096, loader));
    }

    @Test
    void loadsOnceAndFindsThen() throws IOException {
        assertEquals(5, valueOf(region.get(0, 4096, dst -> write(dst, 5))));
        Block block = region.get(0, 4096, dst -> write(dst, 6));
        assertEquals(4, block.length());
        assertEquals(5, valueOf(block));
        BlockCache.Stats stats = cache.stats();
        assertEquals(List.of(1L, 1L, 1L), List.of(stats.hits(), stats.misses(), stats.loads()));
    }

    @Test
    void keepsRegionsApart() throws IOException {
        BlockCache.Region other = cache.region();
        assertEquals(5, valueOf(region.get(0, 4096, dst -> write(dst, 5))));
        assertEquals(6, valueOf(other.get(0, 4096, dst -> write(dst, 6))));
        assertEquals(5, valueOf(region.get(0, 4096, dst -> write(dst, 7))));
    }

    @Test
    void givesTheLoaderDirectMemoryOfTheCapacity() throws IOException {
        Block block = region.get(0, 5000, dst -> {
            assertTrue(dst.isDirect());
            assertEquals(0, dst.position());
            assertEquals(5000, dst.remaining());
            return 5000;
        });
        assertEquals(5000, block.length());
        assertEquals(8192, block.footprint());
        block.release();
    }

    @Test
    void loadsABlockOnceForSixteenThreads() throws Exception {
        AtomicInteger loads = new AtomicInteger();
        for (int round = 0; round < 200; round++) {
            int position = round;
            List<Integer> values = Together.run(
                    16,
                    me -> valueOf(region.get(position, 4096, dst -> {
                        loads.incrementAndGet();
                        Thread.onSpinWait();
                        return write(dst, position);
                    })));
            assertEquals(16, values.stream().filter(v -> v == position).count());
        }
        assertEquals(200, loads.get());
        assertEquals(200, cache.stats().misses());
        assertEquals(15 * 200, cache.stats().hits());
    }

    @Test
    void tellsAllWhoWaitWhyALoadFailed() throws Exception {
        CountDownLatch loading = new CountDownLatch(1);
        EOFException reason = new EOFException("image ends at 77");
        List<IOException> met = Together.run(16, me -> {
            if (me > 0) {
                loading.await();
            }
            return fails(region, dst -> {
                loading.countDown();
                while (cache.waiters() < 15) {
                    Thread.onSpinWait();
                }
                throw reason;
            });
        });
        met.forEach(e -> assertSame(reason, e));
        BlockCache.Stats stats = cache.stats();
        assertEquals(List.of(15L, 1L, 1L), List.of(stats.hits(), stats.misses(), stats.failures()));
        assertEquals(9, valueOf(region.get(0, 4096, dst -> write(dst, 9))));
    }

    @Test
    void failsAloneWithWhatALoaderThrows() {
        IllegalStateException fault = new IllegalStateException("a fault");
        assertSame(
                fault,
                assertThrows(
                        IllegalStateException.class,
                        () -> region.get(0, 4096, dst -> {
                            throw fault;
                        })));
        StackOverflowError error = new StackOverflowError();
        assertSame(
                error,
                assertThrows(
                        StackOverflowError.class,
                        () -> region.get(0, 4096, dst -> {
                            throw error;
                        })));
        assertEquals(2, cache.stats().failures());
        assertEquals(0, pool.used());
    }

    @Test
    void wrapsAFaultOfAnotherThreadsLoader() throws Exception {
        CountDownLatch loading = new CountDownLatch(1);
        List<Throwable> met = Together.run(2, me -> {
            if (me > 0) {
                loading.await();
            }
            return assertThrows(
                    Throwable.class,
                    () -> region.get(0, 4096, dst -> {
                        loading.countDown();
                        while (cache.waiters() < 1) {
                            Thread.onSpinWait();
                        }
                        throw new StackOverflowError("deep");
                    }));
        });
        assertEquals(StackOverflowError.class, met.get(0).getClass());
        assertEquals(IOException.class, met.get(1).getClass());
        assertSame(met.get(0), met.get(1).getCause());
        assertTrue(met.get(1).getMessage().contains("deep"), met.get(1).getMessage());
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE, 4097, Integer.MAX_VALUE})
    void refusesALoaderThatMiscounts(int length) {
        IOException e = fails(region, dst -> length);
        assertEquals("a loader gave " + length + " bytes for a block of at most 4096", e.getMessage());
        assertEquals(0, cache.stats().loads());
        assertEquals(1, cache.stats().failures());
    }

    @Test
    void refusesBlocksThatCannotFit() {
        IOException e = assertThrows(IOException.class, () -> region.get(0, (4 << 20) + 1, dst -> 0));
        assertEquals("a block of 4194305 bytes is too large for a cache of 8388608", e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> region.get(0, -1, dst -> 0));
        assertThrows(IllegalArgumentException.class, () -> new BlockCache((8 << 20) - 1));
    }

    @Test
    void keepsWhatAReaderHoldsThroughItsEviction() throws IOException {
        Block held = region.get(0, 1 << 20, dst -> write(dst, 42));
        for (int i = 1; i <= 40; i++) {
            region.get(i, 1 << 20, dst -> write(dst, -1)).release();
        }
        cache.close();
        assertEquals(42, held.memory().getInt(0));
        assertEquals(1 << 20, pool.used());
        held.release();
    }

    @Test
    void keepsANewBlockUntilItIsReadThrough() throws IOException {
        for (int round = 0; round < 5; round++) {
            for (int i = 0; i < 48; i++) {
                region.get(i, 128 << 10, dst -> 1).release();
            }
        }
        BlockCache.Region file = cache.region();
        AtomicInteger loads = new AtomicInteger();
        for (int block = 0; block < 50; block++) {
            for (int piece = 0; piece < 8; piece++) {
                file.get(block, 1 << 20, dst -> loads.incrementAndGet()).release();
            }
        }
        assertEquals(50, loads.get());
    }

    @Test
    void countsEveryBlockThatCameAndWent() throws IOException {
        for (int i = 0; i < 500; i++) {
            region.get(i % 130, 100 << 10, dst -> 1).release();
        }
        BlockCache.Stats stats = cache.stats();
        assertEquals(500, stats.hits() + stats.misses());
        assertTrue(stats.evictions() > 0);
        assertEquals(stats.loads(), stats.evictions() + stats.blocks());
        assertEquals(stats.blocks() * (128 << 10), stats.used());
    }

    @Test
    void servesAnInterruptedThread() throws Exception {
        Thread.currentThread().interrupt();
        assertEquals(3, valueOf(region.get(0, 4096, dst -> write(dst, 3))));
        assertEquals(3, valueOf(region.get(0, 4096, dst -> write(dst, 4))));
        assertTrue(Thread.interrupted());
        CountDownLatch loading = new CountDownLatch(1);
        List<Boolean> interrupted = Together.run(2, me -> {
            if (me > 0) {
                loading.await();
                Thread.currentThread().interrupt();
            }
            int value = valueOf(region.get(1, 4096, dst -> {
                loading.countDown();
                while (cache.waiters() < 1) {
                    Thread.onSpinWait();
                }
                return write(dst, 8);
            }));
            assertEquals(8, value);
            return Thread.interrupted();
        });
        assertEquals(List.of(false, true), interrupted);
    }

    @Test
    void refusesToLoadOnceClosed() throws IOException {
        region.get(0, 4096, dst -> 1).release();
        cache.close();
        assertEquals("the block cache is closed", fails(region, dst -> 1).getMessage());
        assertEquals(
                "the block cache is closed",
                assertThrows(IOException.class, () -> cache.take(1)).getMessage());
        cache.close();
    }

    @Test
    void handsOutButDoesNotKeepWhatIsLoadedWhileItCloses() throws Exception {
        CountDownLatch loading = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        List<Integer> values = Together.run(2, me -> {
            if (me > 0) {
                loading.await();
                cache.close();
                closed.countDown();
                return 0;
            }
            return valueOf(region.get(0, 4096, dst -> {
                loading.countDown();
                await(closed);
                return write(dst, 11);
            }));
        });
        assertEquals(List.of(11, 0), values);
        assertEquals(0, cache.stats().blocks());
        assertEquals(0, pool.used());
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException("cut short", e);
        }
    }
}
