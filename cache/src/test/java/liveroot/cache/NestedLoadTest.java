package liveroot.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Loaders that need other blocks, as a fragment needs the table that says where it is. */
@Timeout(30)
class NestedLoadTest {

    private final BlockPool pool = new BlockPool(BlockCache.SMALLEST_BUDGET);
    private final BlockCache cache = new BlockCache(pool, 5_000);
    private final BlockCache.Region region = cache.region();

    @AfterEach
    void nothingIsLost() {
        cache.close();
        assertEquals(0, pool.used());
        assertEquals(0, cache.waiters());
        BlockCache.Stats stats = cache.stats();
        assertEquals(stats.misses(), stats.loads() + stats.failures());
    }

    /** Loads {@code position} by way of {@code needs}, one after the other. */
    private Block get(long position, long... needs) throws IOException {
        return region.get(position, 4096, dst -> {
            if (needs.length > 0) {
                long[] rest = Arrays.copyOfRange(needs, 1, needs.length);
                get(needs[0], rest).release();
            }
            dst.putLong(position);
            return 8;
        });
    }

    @Test
    void mayGoDeep() throws IOException {
        get(1, 2, 3, 4, 5).release();
        assertEquals(5, cache.stats().loads());
    }

    @Test
    void mayNotGoDeepWithoutEnd() throws IOException {
        get(1, LongStream.rangeClosed(2, 16).toArray()).release();
        IOException e = assertThrows(
                IOException.class,
                () -> get(101, LongStream.rangeClosed(102, 5_000).toArray()));
        assertEquals(
                "the block at 117 is needed by a block that is needed by another, and so on, 16 deep", e.getMessage());
    }

    @Test
    void mayMeetInOneBlockFromManySides() throws Exception {
        for (int round = 0; round < 100; round++) {
            long base = round * 100L;
            Together.run(8, me -> {
                get(base + me, base + 50 + me / 2, base + 60).release();
                return null;
            });
        }
        assertEquals(100 * (8 + 4 + 1), cache.stats().loads());
    }

    @Test
    void areRefusedForTheBlockThatIsBeingLoaded() {
        IOException e = assertThrows(IOException.class, () -> get(7, 7));
        assertEquals(
                "the block at 7 is needed to load itself: references in the image run in a circle", e.getMessage());
        assertThrows(IOException.class, () -> get(7, 8, 9, 7));
        assertEquals(4, cache.stats().failures());
    }

    @Test
    void areRefusedWhenTwoThreadsCloseACircle() throws Exception {
        for (int round = 0; round < 200; round++) {
            long a = 2L * round;
            long b = a + 1;
            CyclicBarrier bothLoad = new CyclicBarrier(2);
            List<Boolean> refused = Together.run(2, me -> {
                long mine = me == 0 ? a : b;
                long other = me == 0 ? b : a;
                try {
                    region.get(mine, 4096, dst -> {
                                meet(bothLoad);
                                get(other, mine).release();
                                return 0;
                            })
                            .release();
                    return false;
                } catch (IOException e) {
                    assertTrue(e.getMessage().contains("circle"), e.getMessage());
                    return true;
                }
            });
            assertEquals(List.of(true, true), refused);
        }
    }

    @Test
    void areNotMistakenForACircleByThreadsThatMeetAgain() throws Exception {
        AtomicInteger next = new AtomicInteger();
        Together.run(6, me -> {
            for (int i = 0; i < 5_000; i++) {
                long base = next.get() * 10L;
                // Always from low positions to high ones: no circle, whatever the order.
                get(base + me % 3, base + 3 + me % 2, base + 5).release();
                if (me == 0) {
                    next.incrementAndGet();
                }
            }
            return null;
        });
        assertEquals(0, cache.stats().failures());
    }

    private static void meet(CyclicBarrier barrier) throws IOException {
        try {
            barrier.await(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IOException("the other thread did not come", e);
        }
    }
}
