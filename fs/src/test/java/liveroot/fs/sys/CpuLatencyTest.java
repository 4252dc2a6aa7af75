package liveroot.fs.sys;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class CpuLatencyTest {

    @Test
    void theKernelKeepsTheLimitUntilItIsLifted() throws IOException {
        CpuLatency latency = CpuLatency.open();
        assumeTrue(latency != null, "the latency of this machine's processors cannot be limited");
        latency.limit();
        assertTrue(current() <= 2, "no limit is in force");
        latency.lift();
        // Others may have a limit of their own for a while.
        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
            while (current() <= 2) {
                Thread.sleep(20);
            }
        });
    }

    /** Microseconds that are in force, of all who have set a limit. */
    private static int current() throws IOException {
        try (InputStream device = Files.newInputStream(Path.of("/dev/cpu_dma_latency"))) {
            return ByteBuffer.wrap(device.readNBytes(Integer.BYTES))
                    .order(ByteOrder.nativeOrder())
                    .getInt();
        }
    }
}
