package liveroot.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The policies that the cache is compared with do as they are called. */
class TraceReplayTest {

    private static final int BLOCK = 4096;

    /** A get for each letter, without data for the kernel. */
    private static BlockTrace gets(String letters) {
        return new BlockTrace(letters.chars()
                .mapToObj(letter -> new BlockTrace.Get(new BlockTrace.Key("data", letter), BLOCK, 0, 0, 0))
                .toList());
    }

    private static long hits(BlockTrace trace, Policy policy, boolean dropping) throws IOException {
        return TraceReplay.replay(trace, policy, dropping).hits();
    }

    @Test
    void the_least_recently_used_block_goes_or_the_oldest() throws IOException {
        assertEquals(2, hits(gets("abcada"), Policy.lru(3 * BLOCK), false));
        assertEquals(1, hits(gets("abcada"), Policy.fifo(3 * BLOCK), false));
    }

    @Test
    void what_fits_is_loaded_once_by_every_policy() throws IOException {
        BlockTrace trace = gets("abcabcabc");
        for (Policy policy : List.of(
                Policy.lru(1 << 20), Policy.fifo(1 << 20), Policy.caffeine(1 << 20), Policy.blockCache(8 << 20))) {
            assertEquals(new TraceReplay.Outcome(9, 6, 3 * BLOCK), TraceReplay.replay(trace, policy, false));
            policy.close();
        }
    }

    @Test
    void a_block_is_dropped_with_the_last_byte_that_goes_to_the_kernel() throws IOException {
        List<BlockTrace.Get> gets = new ArrayList<>();
        for (int offset : new int[] {0, 2048, 0}) {
            gets.add(new BlockTrace.Get(new BlockTrace.Key("data", 1), BLOCK, BLOCK, offset, 2048));
        }
        BlockTrace trace = new BlockTrace(gets);
        assertEquals(2, hits(trace, Policy.lru(1 << 20), false));
        assertEquals(1, hits(trace, Policy.lru(1 << 20), true));
    }

    @Test
    void a_trace_is_read_as_it_was_written(@TempDir Path directory) throws IOException {
        BlockTrace trace = new BlockTrace(List.of(
                new BlockTrace.Get(new BlockTrace.Key("metadata", 96), 8192, 0, 0, 0),
                new BlockTrace.Get(new BlockTrace.Key("data", 1L << 40), 131072, 70000, 4096, 65536)));
        trace.write(directory.resolve("trace"));
        assertEquals(trace, BlockTrace.read(directory.resolve("trace")));
    }
}
