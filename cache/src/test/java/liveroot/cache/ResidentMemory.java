package liveroot.cache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** Prints how much resident memory a cache of 64 MiB takes whose mix of block sizes changes. See docs/benchmarks.md. */
public final class ResidentMemory {

    private static final int BUDGET_MIB = 64;

    private ResidentMemory() {}

    public static void main(String[] args) throws Exception {
        long before = residentMib();
        BlockCache cache = new BlockCache((long) BUDGET_MIB << 20);
        BlockCache.Region region = cache.region();
        Together.run(8, me -> {
            Random random = new Random(me);
            for (int i = 0; i < 6_000; i++) {
                int phase = i / 2_000;
                long position = random.nextInt(3_000) + phase * 5_000L;
                int capacity = 4096 << (int) ((position * 31 + phase) % 9);
                region.get(position, capacity, ResidentMemory::touch).release();
            }
            return null;
        });
        long full = residentMib();
        cache.close();
        long closed = residentMib();
        System.out.printf(
                "cache of %d MiB: %d MiB resident before, %d with it full, %d when it was closed: it took %d%n",
                BUDGET_MIB, before, full, closed, full - closed);
    }

    private static int touch(ByteBuffer dst) {
        for (int i = 0; i < dst.limit(); i += 4096) {
            dst.put(i, (byte) 1);
        }
        return dst.limit();
    }

    private static long residentMib() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) >> 10;
            }
        }
        throw new IOException("/proc/self/status has no VmRSS");
    }
}
