package liveroot.fs.sys;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A limit to how long idle processors may take to wake (PM QoS of Linux, Documentation/power/pm_qos_interface.rst). It holds
 * for all processors of the machine, and ends with this process at the latest. Setting one is for root.
 */
public final class CpuLatency {

    private static final String DEVICE = "/dev/cpu_dma_latency";
    private static final Path DRIVER = Path.of("/sys/devices/system/cpu/cpuidle/current_driver");

    /** PM_QOS_CPU_LATENCY_DEFAULT_VALUE of linux/pm_qos.h, microseconds: no limit. */
    private static final int NONE = 2_000_000_000;

    /** Microseconds in which a processor wakes that has halted (C1 of linux/drivers/idle/intel_idle.c), and no deeper state. */
    private static final int HALT = 2;

    /** A virtual machine's driver: when its processors halt, the hypervisor takes them, and they come back late. */
    private static final String HALTPOLL = "haltpoll";

    /** Virtual processors of which none is allowed to halt; more would burn too much of the host for the few that wait. */
    private static final int MOST_POLLING = 8;

    private final int fd;
    private final int limit;
    private final ByteBuffer word = NativeMemory.allocate(Integer.BYTES);

    private CpuLatency(int fd, int limit) {
        this.fd = fd;
        this.limit = limit;
    }

    /** Not limited yet; null if this process may not, or if it would be of no use. */
    public static CpuLatency open() {
        if (!System.getProperty("os.name").equals("Linux")) {
            return null;
        }
        String driver;
        try {
            driver = Files.readString(DRIVER).strip();
        } catch (IOException e) {
            // No states of idleness to choose from.
            return null;
        }
        int processors = Runtime.getRuntime().availableProcessors();
        boolean polls = driver.equals(HALTPOLL);
        if (driver.equals("none") || processors == 1 || (polls && processors > MOST_POLLING)) {
            return null;
        }
        int fd = Libc.open(DEVICE, Libc.O_WRONLY, 0);
        return fd < 0 ? null : new CpuLatency(fd, polls ? 0 : HALT);
    }

    /** Idle processors are to wake fast from now on. */
    public void limit() {
        write(limit);
    }

    /** They may sleep as before. */
    public void lift() {
        write(NONE);
    }

    private void write(int microseconds) {
        word.putInt(0, microseconds);
        Libc.write(fd, NativeMemory.address(word), Integer.BYTES);
    }
}
