package liveroot.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
}
