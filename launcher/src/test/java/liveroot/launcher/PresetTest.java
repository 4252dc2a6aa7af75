package liveroot.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

final class PresetTest {

    private static final long RAM = 1L << 30;

    private static Union varDb(String named) throws Refusal {
        List<Union> all =
                MountCommand.merge(List.of(List.of(CoverFile.argument(named, RAM)), Preset.RC_CDROM.unions(RAM)));
        assertEquals(6, all.size());
        return all.stream()
                .filter(union -> union.path().equals("/var/db"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aPathThatIsNamedKeepsTheDirectoriesThatThePresetMakesThere() throws Refusal {
        Union named = varDb("/var/db=1m");
        assertEquals(1 << 20, named.size());
        assertEquals(List.of(new Union.NewDirectory("mds", 01777)), named.directories());
    }

    @Test
    void directoriesThatAreNamedTakeTheirPlace() throws Refusal {
        assertEquals(
                List.of(new Union.NewDirectory("other", 0755)),
                varDb("/var/db=1m,mkdir=other").directories());
    }
}
