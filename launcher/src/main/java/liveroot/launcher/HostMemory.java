package liveroot.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much RAM the host has. */
final class HostMemory {

    private HostMemory() {}

    /** Bytes of RAM: MemTotal of proc(5), or what the JVM knows where there is no /proc. */
    static long total() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
                if (line.startsWith("MemTotal:")) {
                    return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
                }
            }
        } catch (IOException e) {
            // No /proc: Darwin.
        }
        // The script lets the heap grow to an eighth of RAM.
        return Runtime.getRuntime().maxMemory() * 8;
    }
}
