package liveroot.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What the cache itself costs: the loader does nothing. A get is followed by the release of its block.
 *
 * <p>To run it: see docs/benchmarks.md.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 10, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 20, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"-XX:+UseSerialGC", "-Xmx128m", "-XX:MaxDirectMemorySize=256m"})
public class BlockCacheBenchmark {

    private static final int BLOCK = 128 << 10;
    private static final int CACHED = 256;

    private BlockCache cache;
    private BlockCache.Region region;
    private final Cache<Long, Integer> caffeine = Caffeine.newBuilder()
            .maximumSize(2 * CACHED)
            .executor(Runnable::run)
            .build();

    /** Positions that no thread has asked for before. */
    @State(Scope.Thread)
    public static class Fresh {
        private long next = ThreadLocalRandom.current().nextLong(1L << 40) << 20;
    }

    @Setup
    public void fill() throws IOException {
        cache = new BlockCache(64L << 20);
        region = cache.region();
        for (int i = 0; i < CACHED; i++) {
            hit(i);
            caffeine.put((long) i, i);
        }
    }

    @TearDown
    public void close() {
        cache.close();
    }

    private static int load(ByteBuffer dst) {
        return dst.limit();
    }

    private int hit(long position) throws IOException {
        Block block = region.get(position, BLOCK, BlockCacheBenchmark::load);
        int length = block.length();
        block.release();
        return length;
    }

    /** What {@link #getHit} is to be compared with: a look into a Caffeine cache of as many entries, and no more. */
    @Benchmark
    public Integer caffeineHit() {
        return caffeine.getIfPresent((long) ThreadLocalRandom.current().nextInt(CACHED));
    }

    /** One thread, 256 cached blocks in random order. */
    @Benchmark
    public int getHit() throws IOException {
        return hit(ThreadLocalRandom.current().nextInt(CACHED));
    }

    /** One thread, a full cache: each get evicts and reuses memory. */
    @Benchmark
    public int getMiss(Fresh fresh) throws IOException {
        return hit(fresh.next++);
    }

    /** Eight threads, each with any of 256 cached blocks. */
    @Benchmark
    @Threads(8)
    public int getHitEightThreads() throws IOException {
        return hit(ThreadLocalRandom.current().nextInt(CACHED));
    }

    /** Eight threads, all with the same block. */
    @Benchmark
    @Threads(8)
    public int getOneBlockEightThreads() throws IOException {
        return hit(0);
    }
}
