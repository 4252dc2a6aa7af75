package liveroot.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which directories of the host may be covered. */
final class CoverPlanTest {

    @ParameterizedTest
    @ValueSource(strings = {"/proc", "/proc/self/task"})
    void procIsNotCoveredAsTheDaemonItselfReadsIt(String path) throws Exception {
        assumeTrue(Files.exists(Path.of("/proc/self/mountinfo")), "this host has no /proc");
        Union union = Union.parse(path + "=1m", 4L << 30);
        Refusal refusal =
                assertThrows(Refusal.class, () -> CoverPlan.of(List.of(union), Path.of("/"), /* run= */ null));
        assertEquals(Refusal.CANNOT_CREATE, refusal.code());
        assertTrue(refusal.getMessage().contains("proc"), refusal::getMessage);
    }

    private static String refused(String path, Path root) throws Refusal {
        Union union = UnionsFile.parse("liveroot " + path + " union size=1m 0 0", "fstab:1", 4L << 30);
        Refusal refusal = assertThrows(Refusal.class, () -> CoverPlan.of(List.of(union), root, /* run= */ null));
        assertEquals(Refusal.NO_INPUT, refusal.code());
        return refusal.getMessage();
    }

    @Test
    void aDirectoryIsNamedAsItsRootHasIt(@TempDir Path directory) throws Exception {
        assumeTrue(Files.exists(Path.of("/proc/self/mountinfo")), "this host has no /proc");
        Path root = directory.toRealPath();
        Files.createDirectories(root.resolve("private/var/db"));
        Files.createSymbolicLink(root.resolve("var"), Path.of("private/var"));
        Files.createSymbolicLink(root.resolve("absolute"), Path.of("/private/var"));
        Files.createSymbolicLink(root.resolve("private/var/link"), Path.of("/private/var/db"));
        assertEquals(
                "fstab:1: /var is a symlink to private/var: name the directory itself, /private/var",
                refused("/var", root));
        assertEquals(
                "fstab:1: /absolute/link is a symlink to /private/var/db: name the directory itself, /private/var/db",
                refused("/absolute/link", root));
        assertEquals("fstab:1: /nope: there is no such directory in " + root, refused("/nope", root));
    }
}
