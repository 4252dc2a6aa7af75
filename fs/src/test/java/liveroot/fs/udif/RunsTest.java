package liveroot.fs.udif;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class RunsTest {

    private final Runs runs = new Runs();

    private void zlib(long offset, long stored) {
        runs.add(RunType.ZLIB, runs.count() * 8L, 8, offset, stored);
    }

    @Test
    void packedRunsAreToldByWhereTheirBytesBegin() {
        zlib(900, 50);
        zlib(100, 50);
        runs.add(RunType.RAW, 16, 8, 100, 4096);
        zlib(500, 50);
        assertTrue(runs.indexStored());
        assertEquals(0, runs.startingAt(900));
        assertEquals(1, runs.startingAt(100));
        assertEquals(3, runs.startingAt(500));
        assertEquals(-1, runs.startingAt(101));
    }

    @Test
    void runsThatShareTheirBytesAreNot() {
        zlib(900, 50);
        zlib(100, 50);
        zlib(900, 60);
        assertFalse(runs.indexStored());
        assertEquals(-1, runs.startingAt(900));
    }

    @Test
    void runsWithoutBytesAreNot() {
        zlib(900, 50);
        zlib(950, 0);
        assertFalse(runs.indexStored());
    }

    @Test
    void runsThatAreNotPackedAreNot() {
        runs.add(RunType.RAW, 0, 8, 0, 4096);
        assertFalse(runs.indexStored());
    }
}
