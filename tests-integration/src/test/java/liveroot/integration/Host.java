package liveroot.integration;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.opentest4j.TestAbortedException;

/** What this machine lets the tests do. What it does not is skipped, with the reason on the screen. */
final class Host {

    private static final Set<String> SAID = ConcurrentHashMap.newKeySet();
    /** "Y" or "N"; not there if the kernel has no rings. */
    static final String URING = "/sys/module/fuse/parameters/enable_uring";

    private static final boolean ROOT = Command.of("id", "-u").ok().strip().equals("0");

    private Host() {}

    static boolean isRoot() {
        return ROOT;
    }

    static void needsRoot(String what) {
        if (!ROOT) {
            skip(what + ": only root may");
        }
    }

    /** Skips unless all of these programs are on the PATH. */
    static void needs(String... programs) {
        for (String program : programs) {
            if (!has(program)) {
                skip("no program " + program + " on this machine; tests-integration/run installs it when it is root");
            }
        }
    }

    static boolean has(String program) {
        return Command.of("sh", "-c", "command -v \"$1\"", "sh", program).succeeds();
    }

    static void needsFuse() {
        if (!Files.exists(Path.of("/dev/fuse"))) {
            skip("no /dev/fuse on this machine");
        }
    }

    /** Skips unless FUSE over io_uring is switched on, which is left to the run script: several JVMs run tests at once. */
    static void needsUring() {
        if (!Command.of("grep", "-qsx", "Y", URING).succeeds()) {
            skip(
                    Files.exists(Path.of(URING))
                            ? "FUSE over io_uring is switched off; as root tests-integration/run switches it on"
                            : "no FUSE over io_uring in this kernel");
        }
    }

    static void skip(String reason) {
        if (SAID.add(reason)) {
            System.out.println("SKIPPED: " + reason);
        }
        throw new TestAbortedException(reason);
    }
}
