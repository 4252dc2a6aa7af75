package liveroot.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

final class LimitsTest {

    private static final long GIB = 1L << 30;

    private static Union union(String path, long size, long inodes) {
        return new Union(path, size, inodes, Union.Options.NONE, List.of(), Union.Root.COVERED, "--union", true);
    }

    @Test
    void namedSizesAreKeptAndTheOthersShareWhatIsLeftOfHalfOfRam() throws Refusal {
        List<Limits> limits = Limits.share(
                List.of(union("/a", 512L << 20, 0), union("/b", 0, 0), union("/c", 0, 0)), 4 * GIB, GIB, 0);
        assertEquals(512L << 20, limits.get(0).size());
        assertEquals(768L << 20, limits.get(1).size());
        assertEquals(768L << 20, limits.get(2).size());
    }

    @Test
    void lessThanAPageIsTakenForAForgottenUnit() throws Refusal {
        Refusal refusal =
                assertThrows(Refusal.class, () -> Limits.share(List.of(union("/var", 64, 0)), 4 * GIB, GIB, 0));
        assertTrue(refusal.getMessage().startsWith("--union: 64 bytes for /var"), refusal.getMessage());
        assertEquals(
                1,
                Limits.share(List.of(union("/var", 4096, 0)), 4 * GIB, GIB, 0).size());
    }

    @Test
    void halfOfRamIsAllowedAndAByteMoreIsNot() throws Refusal {
        assertEquals(
                2 * GIB,
                Limits.share(List.of(union("/a", 2 * GIB, 0)), 4 * GIB, GIB, 0)
                        .get(0)
                        .size());
        Refusal refusal = assertThrows(
                Refusal.class,
                () -> Limits.share(List.of(union("/a", GIB, 0), union("/b", GIB + 1, 0)), 4 * GIB, GIB, 0));
        assertTrue(refusal.getMessage().contains("/b"), refusal.getMessage());
        assertTrue(refusal.getMessage().contains("half of RAM (2 GiB)"), refusal.getMessage());
    }

    @Test
    void sizesWhoseSumWouldOverflowAreRefused() {
        assertThrows(
                Refusal.class,
                () -> Limits.share(
                        List.of(union("/a", Long.MAX_VALUE, 0), union("/b", Long.MAX_VALUE, 0)), 4 * GIB, GIB, 0));
    }

    @Test
    void aUnionWithoutASizeNeedsSomethingLeft() {
        assertThrows(
                Refusal.class, () -> Limits.share(List.of(union("/a", GIB, 0), union("/b", 0, 0)), 2 * GIB, GIB, 0));
    }

    @Test
    void anInodeIsHadForEachPageAndAtLeast1024() throws Refusal {
        List<Limits> limits = Limits.share(List.of(union("/a", 512 << 10, 0), union("/b", GIB, 0)), 4 * GIB, GIB, 0);
        assertEquals(1024, limits.get(0).inodes());
        assertEquals(GIB / 4096, limits.get(1).inodes());
    }

    @Test
    void inodesFitIntoTheHeapAtTheirWorst() throws Refusal {
        long heap = 256L << 20;
        List<Limits> limits = Limits.share(List.of(union("/a", GIB, 5000), union("/b", GIB, 0)), 4 * GIB, heap, 10_000);
        assertEquals(5000, limits.get(0).inodes());
        assertTrue((limits.get(0).inodes() + limits.get(1).inodes()) * 1200 < heap, limits::toString);
        assertTrue(limits.get(1).inodes() > 10_000, limits::toString);
        Refusal refusal =
                assertThrows(Refusal.class, () -> Limits.share(List.of(union("/a", GIB, 1_000_000)), 4 * GIB, heap, 0));
        assertTrue(refusal.getMessage().contains("nr_inodes="), refusal.getMessage());
    }

    @Test
    void aSmallUnionIsNotStarvedByALargeOne() throws Refusal {
        List<Limits> limits =
                Limits.share(List.of(union("/tmp", 0, 0), union("/run", 8 << 20, 0)), 4 * GIB, 256L << 20, 10_000);
        assertEquals((8 << 20) / 4096, limits.get(1).inodes());
        assertTrue(limits.get(0).inodes() < limits.get(0).size() / 4096, limits::toString);
    }

    @Test
    void aHeapThatCannotHoldTheTablesOfTheUnionsIsRefused() {
        assertThrows(Refusal.class, () -> Limits.share(List.of(union("/a", 2 * GIB, 0)), 4 * GIB, 32L << 20, 0));
        assertThrows(
                Refusal.class, () -> Limits.share(List.of(union("/a", 1 << 20, 0)), 4 * GIB, 64L << 20, 10_000_000));
    }
}
