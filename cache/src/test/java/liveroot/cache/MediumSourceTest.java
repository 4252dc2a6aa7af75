package liveroot.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class MediumSourceTest {

    private static final int MIB = 1 << 20;

    /** 40 ms to the next track, 220 ms over all of its 100 MiB; 100 MiB a second. */
    private static final Medium DISC = new Medium("disc", 0, 40_000_000, 220_000_000, 100 * MIB, 100 * MIB, true);

    /** 100 MiB of which each byte is the number of its MiB. */
    private static class Numbered implements BlockSource {

        @Override
        public String name() {
            return "numbered";
        }

        @Override
        public long size() {
            return 100 * MIB;
        }

        @Override
        public void read(long position, ByteBuffer dst) {
            for (long at = position; dst.hasRemaining(); at++) {
                dst.put((byte) (at / MIB));
            }
        }

        @Override
        public void close() {}
    }

    private final MediumSource disc = new MediumSource(new Numbered(), DISC);

    private void read(long position, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocateDirect(length);
        disc.read(position, bytes);
        assertEquals((byte) (position / MIB), bytes.get(0));
    }

    @Test
    void goesOnWhereItStandsWithoutASeek() throws IOException {
        read(0, 4096);
        read(4096, 8192);
        assertEquals(
                new MediumSource.Stats(DISC, 2, 0, 12288, DISC.transfer(4096) + DISC.transfer(8192)), disc.stats());
    }

    @Test
    void seeksLongerOverLongerDistances() {
        assertEquals(0, DISC.seek(MIB, MIB, 100 * MIB));
        assertEquals(41_800_000, DISC.seek(0, MIB, 100 * MIB));
        assertEquals(41_800_000, DISC.seek(MIB, 0, 100 * MIB));
        assertEquals(220_000_000, DISC.seek(0, 100 * MIB, 100 * MIB));
        assertEquals(130_000_000, DISC.seek(0, 100 * MIB, 200 * MIB), "over half of an image larger than the disc");
    }

    @Test
    void readsThroughAGapThatTakesLessThanASeek() throws IOException {
        read(0, 4096);
        read(MIB, 4096);
        assertEquals(0, disc.stats().seeks());
        assertEquals(MIB + 4096, disc.stats().bytes());
        read(90 * MIB, 4096);
        assertEquals(1, disc.stats().seeks());
    }

    @Test
    void hasWhatWasReadInTheHostsPageCache() throws IOException {
        read(8192, 8192);
        MediumSource.Stats once = disc.stats();
        read(8192 + 100, 5000);
        assertEquals(once, disc.stats());
        read(4096, 3 * 4096);
        assertEquals(once.bytes() + 4096, disc.stats().bytes(), "but for the page that was not read");
    }

    @Test
    void takesItsTime() throws IOException {
        long start = System.nanoTime();
        read(50 * MIB, 4096);
        long taken = System.nanoTime() - start;
        assertTrue(taken >= disc.stats().busyNanos(), taken + " ns");
        assertEquals(130_000_000 + DISC.transfer(4096), disc.stats().busyNanos());
    }

    @Test
    void letsDemandGoFirst() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        List<Long> order = Collections.synchronizedList(new ArrayList<>());
        MediumSource busy = new MediumSource(
                new Numbered() {
                    @Override
                    public void read(long position, ByteBuffer dst) {
                        order.add(position / MIB);
                        try {
                            held.await();
                        } catch (InterruptedException e) {
                            throw new AssertionError(e);
                        }
                        super.read(position, dst);
                    }
                },
                DISC);
        BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
        BlockCache.Region region = cache.region();
        Thread first = reader(busy, 50);
        while (order.isEmpty()) {
            Thread.sleep(1);
        }
        region.prefetch(MIB, 4096, dst -> {
            busy.read(60 * MIB, dst);
            return 4096;
        });
        while (busy.waiting() < 1) {
            Thread.sleep(1);
        }
        Thread second = reader(busy, 80);
        while (busy.waiting() < 2) {
            Thread.sleep(1);
        }
        held.countDown();
        first.join();
        second.join();
        while (cache.stats().prefetches() < 1) {
            Thread.sleep(1);
        }
        cache.close();
        assertEquals(List.of(50L, 80L, 60L), order);
    }

    private static Thread reader(MediumSource source, long mib) {
        Thread thread = new Thread(() -> {
            try {
                source.read(mib * MIB, ByteBuffer.allocateDirect(4096));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        thread.start();
        return thread;
    }
}
