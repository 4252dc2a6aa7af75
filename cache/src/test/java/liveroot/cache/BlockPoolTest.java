package liveroot.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BlockPoolTest {

    private static final int MIB = 1 << 20;

    /** Bytes of direct memory, by the JVM's own count. */
    static long directMemory() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }

    @ParameterizedTest
    @CsvSource({
        "0, 4096",
        "1, 4096",
        "4096, 4096",
        "4097, 8192",
        "131072, 131072",
        "131073, 262144",
        "1048576, 1048576",
        "1073741824, 1073741824"
    })
    void roundsUpToAPowerOfTwo(int length, int footprint) {
        assertEquals(footprint, BlockPool.footprint(length));
    }

    @Test
    void refusesLengthsThatNoBlockHas() {
        assertThrows(IllegalArgumentException.class, () -> BlockPool.footprint(-1));
        assertThrows(IllegalArgumentException.class, () -> BlockPool.footprint((1 << 30) + 1));
    }

    @Test
    void handsOutExactlyItsLimit() throws IOException {
        BlockPool pool = new BlockPool(MIB);
        List<Block> taken = new ArrayList<>();
        for (Block next; (next = pool.tryTake(64 << 10)) != null; ) {
            taken.add(next);
        }
        assertEquals(16, taken.size());
        assertEquals(MIB, pool.used());
        assertNull(pool.tryTake(1));
        taken.remove(0).release();
        assertNull(pool.tryTake((64 << 10) + 1));
        assertNotNull(pool.tryTake(64 << 10));
        assertEquals(MIB, pool.mostUsed());
    }

    @Test
    void usesMemoryAgain() throws IOException {
        BlockPool pool = new BlockPool(MIB);
        Block first = pool.tryTake(5000);
        ByteBuffer memory = first.memory();
        first.release();
        Block second = pool.tryTake(8192);
        assertSame(memory, second.memory());
        assertNotSame(first, second);
        assertEquals(8192, second.length());
        assertEquals(8192, pool.allocated());
    }

    @Test
    void givesTheMemoryOfOneSizeToAnother() throws IOException {
        BlockPool pool = new BlockPool(MIB);
        long before = directMemory();
        List<Block> small = new ArrayList<>();
        for (int i = 0; i < 256; i++) {
            small.add(pool.tryTake(4096));
        }
        small.forEach(Block::release);
        assertEquals(0, pool.used());
        assertEquals(MIB, pool.allocated());
        Block large = pool.tryTake(MIB);
        assertEquals(MIB, pool.allocated());
        assertTrue(directMemory() - before <= MIB, "kept memory of another size was not returned");
        large.release();
        assertNotNull(pool.tryTake(4096));
        assertEquals(4096, pool.allocated());
    }

    @Test
    void returnsMemoryAtOnceWhenTrimmedOrClosed() throws IOException {
        long before = directMemory();
        BlockPool pool = new BlockPool(MIB);
        Block kept = pool.tryTake(256 << 10);
        Block held = pool.tryTake(256 << 10);
        kept.release();
        assertEquals(512 << 10, directMemory() - before);
        pool.trim();
        assertEquals(256 << 10, directMemory() - before);
        pool.close();
        held.release();
        assertEquals(0, directMemory() - before);
        assertEquals(0, pool.allocated());
        assertEquals(0, pool.used());
    }

    @Test
    void triesAgainWithoutWhatItKeepsWhenTheJvmIsShort() throws IOException {
        int[] left = {3};
        BlockPool pool = new BlockPool(MIB, size -> {
            if (left[0]-- <= 0) {
                left[0] = 1;
                throw new OutOfMemoryError("as the JVM would");
            }
            return ByteBuffer.allocateDirect(size);
        });
        Block held = pool.tryTake(4096);
        pool.tryTake(8192).release();
        pool.tryTake(16384).release();
        Block block = pool.tryTake(32768);
        assertNotNull(block);
        assertEquals(4096 + 32768, pool.allocated());
        block.release();
        held.release();
    }

    @Test
    void countsNothingForMemoryThatItDidNotGet() throws IOException {
        boolean[] empty = {false};
        BlockPool pool = new BlockPool(MIB, size -> {
            if (empty[0]) {
                throw new OutOfMemoryError("as the JVM would");
            }
            return ByteBuffer.allocateDirect(size);
        });
        Block held = pool.tryTake(4096);
        empty[0] = true;
        assertNull(pool.tryTake(8192), "it may come when the other block is released");
        assertEquals(4096, pool.used());
        assertEquals(4096, pool.allocated());
        held.release();
        IOException e = assertThrows(IOException.class, () -> pool.tryTake(8192));
        assertTrue(e.getMessage().contains("-XX:MaxDirectMemorySize"), e.getMessage());
        assertEquals(0, pool.used());
        assertEquals(0, pool.allocated());
    }

    @Test
    @Timeout(10)
    void letsNoSeekerSleepThroughARelease() throws Exception {
        BlockPool pool = new BlockPool(MIB);
        Block block = pool.tryTake(4096);
        block.retain();
        pool.startSeeking();
        long seen = pool.events();
        block.release();
        pool.awaitEvent(seen, 60_000);
        seen = pool.events();
        block.release();
        pool.awaitEvent(seen, 60_000);
        pool.stopSeeking();
        assertEquals(2, pool.events());
    }

    @Test
    void blocksAreNotUsedAfterTheirRelease() throws IOException {
        BlockPool pool = new BlockPool(MIB);
        Block block = pool.tryTake(4096);
        block.retain();
        block.release();
        block.slice(0, 4096);
        block.release();
        assertThrows(IllegalStateException.class, block::memory);
        assertThrows(IllegalStateException.class, () -> block.slice(0, 1));
        assertThrows(IllegalStateException.class, block::retain);
        assertThrows(IllegalStateException.class, block::release);
        assertFalse(block.tryRetain());
        assertEquals(0, pool.used());
    }

    @Test
    void slicesStayWithinTheContent() throws IOException {
        BlockPool pool = new BlockPool(MIB);
        Block block = pool.tryTake(4096);
        block.memory().put(99, (byte) 7);
        block.truncate(100);
        assertEquals(7, block.slice(90, 10).get(9));
        assertEquals(0, block.slice(100, 0).remaining());
        assertThrows(IndexOutOfBoundsException.class, () -> block.slice(90, 11));
        assertThrows(IndexOutOfBoundsException.class, () -> block.slice(-1, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> block.slice(1, -1));
        assertThrows(IndexOutOfBoundsException.class, () -> block.slice(Integer.MAX_VALUE, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> block.truncate(101));
    }
}
