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
            String facts = Files.readString(Path.of("/proc/meminfo"));
            int digits = facts.indexOf("MemTotal:") + "MemTotal:".length();
            int end = facts.indexOf(" kB", digits);
            return Long.parseLong(facts.substring(digits, end).strip()) * 1024;
        } catch (IOException | IndexOutOfBoundsException | NumberFormatException e) {
            // No /proc, or another one: Darwin.
        }
        // The script lets the heap grow to an eighth of RAM.
        return Runtime.getRuntime().maxMemory() * 8;
    }
}
