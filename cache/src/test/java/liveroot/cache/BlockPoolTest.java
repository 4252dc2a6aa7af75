package liveroot.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.kenai.jffi.MemoryIO;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BlockPoolTest {

    private static final int MIB = 1 << 20;

    /** Bytes of RAM that the slabs of a pool take, by the kernel's page table (pagemap of proc(5)). */
    static long ram(List<ByteBuffer> slabs) {
        try (RandomAccessFile pagemap = new RandomAccessFile("/proc/self/pagemap", "r")) {
            long bytes = 0;
            for (ByteBuffer slab : slabs) {
                byte[] entries = new byte[slab.capacity() / 4096 * Long.BYTES];
                pagemap.seek(MemoryIO.getInstance().getDirectBufferAddress(slab) / 4096 * Long.BYTES);
                pagemap.readFully(entries);
                for (int i = Long.BYTES - 1; i < entries.length; i += Long.BYTES) {
                    bytes += entries[i] < 0 ? 4096 : 0;
                }
            }
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private final List<ByteBuffer> slabs = new ArrayList<>();

    private BlockPool pool() {
        return new BlockPool(MIB, length -> {
            ByteBuffer slab = MappedMemory.map(length, false);
            slabs.add(slab);
            return slab;
        });
    }

    /** A host that has addresses for one slab. */
    static IntFunction<ByteBuffer> mapsOnce() {
        boolean[] empty = {false};
        return length -> {
            if (empty[0]) {
                throw new OutOfMemoryError("as under ulimit -v");
            }
            empty[0] = true;
            return MappedMemory.map(length, false);
        };
    }

    private static Block touched(BlockPool pool, int length) throws IOException {
        Block block = pool.tryTake(length);
        for (int i = 0; i < length; i += 4096) {
            block.memory().put(i, (byte) 1);
        }
        return block;
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
        first.memory().put(5001, (byte) 7);
        first.release();
        Block second = pool.tryTake(8192);
        assertEquals(7, second.memory().get(5001));
        assertNotSame(first, second);
        assertEquals(8192, second.length());
        assertEquals(8192, pool.allocated());
    }

    @Test
    void joinsSmallPiecesAndCutsLargeOnes() throws IOException {
        BlockPool pool = pool();
        List<Block> small = new ArrayList<>();
        for (int i = 0; i < 256; i++) {
            small.add(touched(pool, 4096));
        }
        small.forEach(Block::release);
        assertEquals(0, pool.used());
        assertEquals(MIB, pool.allocated());
        Block large = pool.tryTake(MIB);
        assertEquals(1, large.memory().get(MIB - 4096), "the same RAM");
        assertEquals(MIB, ram(slabs));
        large.memory().put(0, (byte) 2);
        large.release();
        assertEquals(2, pool.tryTake(4096).memory().get(0), "the same RAM");
        assertEquals(MIB, pool.allocated());
    }

    @Test
    void exchangesTheRamOfScatteredPiecesForThatOfALargeOne() throws IOException {
        BlockPool pool = pool();
        List<Block> small = new ArrayList<>();
        for (int i = 0; i < 256; i++) {
            small.add(touched(pool, 4096));
        }
        for (int i = 0; i < 256; i += 2) {
            small.get(i).release();
        }
        Block large = touched(pool, MIB / 2);
        assertEquals(MIB, pool.used());
        assertEquals(MIB, pool.allocated());
        assertEquals(MIB, ram(slabs));
        assertNull(pool.tryTake(1));
        for (int i = 1; i < 256; i += 2) {
            assertEquals(1, small.get(i).memory().get(0));
            small.get(i).release();
        }
        large.release();
        touched(pool, MIB);
        assertEquals(MIB, pool.allocated());
        assertEquals(MIB, ram(slabs));
        assertEquals(1, slabs.size(), "addresses are used again");
    }

    @Test
    void piecesLargerThanASlabAreNotKept() throws IOException {
        BlockPool pool = new BlockPool(128 << 20);
        Block small = touched(pool, 4096);
        Block large = touched(pool, (32 << 20) + 1);
        assertEquals(64 << 20, large.footprint());
        assertEquals((64 << 20) + 4096, pool.allocated());
        large.release();
        assertEquals(4096, pool.allocated());
        pool.close();
        small.release();
        assertEquals(0, pool.allocated());
    }

    @Test
    void takesRamOnlyWhenItIsTouched() throws IOException {
        BlockPool pool = pool();
        Block block = pool.tryTake(256 << 10);
        assertEquals(0, ram(slabs));
        block.memory().put(8192, (byte) 1);
        assertEquals(4096, ram(slabs));
        assertEquals(256 << 10, pool.allocated());
    }

    @Test
    void returnsMemoryAtOnceWhenClosed() throws IOException {
        BlockPool pool = pool();
        Block kept = touched(pool, 256 << 10);
        Block held = touched(pool, 128 << 10);
        kept.release();
        assertEquals(384 << 10, ram(slabs));
        pool.close();
        assertEquals(128 << 10, ram(slabs));
        held.memory().put(0, (byte) 1);
        held.release();
        assertEquals(0, pool.allocated());
        assertEquals(0, pool.used());
        Block late = touched(pool, 4096);
        assertEquals(2, slabs.size(), "the address space went with the last block");
        late.release();
        assertEquals(0, pool.allocated());
    }

    @Test
    void piecesNeverOverlap() throws IOException {
        BlockPool pool = new BlockPool(128 << 20);
        List<Block> blocks = new ArrayList<>();
        Random random = new Random(7);
        for (Block next; (next = pool.tryTake(4096 << random.nextInt(11))) != null; ) {
            long mark = blocks.size();
            for (int i = 0; i < next.length(); i += 4096) {
                next.memory().putLong(i, mark).putLong(i + 4088, mark);
            }
            blocks.add(next);
            if (random.nextInt(3) == 0) {
                // Another takes its place, or a part of it.
                int gone = random.nextInt(blocks.size());
                if (blocks.get(gone) != null) {
                    blocks.get(gone).release();
                    blocks.set(gone, null);
                }
            }
        }
        for (int mark = 0; mark < blocks.size(); mark++) {
            Block block = blocks.get(mark);
            for (int i = 0; block != null && i < block.length(); i += 4096) {
                assertEquals(mark, block.memory().getLong(i));
                assertEquals(mark, block.memory().getLong(i + 4088));
            }
        }
        pool.close();
        blocks.stream().filter(Objects::nonNull).forEach(Block::release);
        assertEquals(0, pool.allocated());
    }

    /** What was given back with RAM and what is without has to be joined, if the host has no other addresses. */
    @Test
    void aPoolThatHasNothingInUseAlwaysHasAPiece() throws IOException {
        for (int seed = 0; seed < 10; seed++) {
            BlockPool pool = new BlockPool(32 << 20, mapsOnce());
            Random random = new Random(seed);
            List<Block> taken = new ArrayList<>();
            for (int i = 0; i < 5_000; i++) {
                Block block = pool.tryTake(4096 << random.nextInt(i % 1_000 < 500 ? 2 : 12));
                if (block != null) {
                    taken.add(block);
                } else {
                    taken.remove(random.nextInt(taken.size())).release();
                }
                if (random.nextInt(50) == 0) {
                    taken.forEach(Block::release);
                    taken.clear();
                    pool.tryTake(4 << 20).release();
                    pool.tryTake(8 << 20).release();
                }
            }
            taken.forEach(Block::release);
            pool.close();
            assertEquals(0, pool.allocated());
        }
    }

    @Test
    void countsNothingForMemoryThatItDidNotGet() throws IOException {
        BlockPool pool = new BlockPool(64 << 20, mapsOnce());
        Block held = pool.tryTake(32 << 20);
        assertNull(pool.tryTake(8192), "it may come when the other block is released");
        assertEquals(32 << 20, pool.used());
        assertEquals(32 << 20, pool.allocated());
        held.release();
        pool.tryTake(8192).release();
        IOException e = assertThrows(IOException.class, () -> pool.tryTake(64 << 20));
        assertTrue(e.getMessage().contains("ulimit -v"), e.getMessage());
        assertEquals(0, pool.used());
        assertEquals(0, pool.allocated());
        pool.close();
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
