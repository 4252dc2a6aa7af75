package liveroot.fs.fuse.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;

/** The cores of this machine, by their numbers (Documentation/admin-guide/cputopology.rst of Linux). */
final class Cores {

    private static final Path SYSTEM = Path.of("/sys/devices/system/cpu");

    private Cores() {}

    /** All that could ever be there. */
    static BitSet possible() throws IOException {
        return parse(Files.readString(SYSTEM.resolve("possible")));
    }

    /** Those that are there and switched on. */
    static BitSet online() throws IOException {
        return parse(Files.readString(SYSTEM.resolve("online")));
    }

    /** "0-3,8" */
    static BitSet parse(String list) {
        BitSet cores = new BitSet();
        for (String range : list.strip().split(",", -1)) {
            int dash = range.indexOf('-');
            int first = Integer.parseInt(dash < 0 ? range : range.substring(0, dash));
            int last = dash < 0 ? first : Integer.parseInt(range.substring(dash + 1));
            cores.set(first, last + 1);
        }
        return cores;
    }
}
