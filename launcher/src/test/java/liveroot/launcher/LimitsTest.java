package liveroot.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

final class LimitsTest {

    private static final long GIB = 1L << 30;
    private static final Limits.Ram HALF_OF_4_GIB = new Limits.Ram(2 * GIB, false, true);

    private static Union union(String path, long size, long inodes) {
        return new Union(path, size, inodes, Union.Options.NONE, List.of(), Union.Root.COVERED, "--union", true);
    }

    @Test
    void namedSizesAreKeptAndTheOthersShareWhatIsLeftOfHalfOfRam() throws Refusal {
        List<Limits> limits = Limits.share(
                List.of(union("/a", 512L << 20, 0), union("/b", 0, 0), union("/c", 0, 0)), HALF_OF_4_GIB, GIB, 0);
        assertEquals(512L << 20, limits.get(0).size());
        assertEquals(768L << 20, limits.get(1).size());
        assertEquals(768L << 20, limits.get(2).size());
    }

    @Test
    void lessThanAPageIsTakenForAForgottenUnit() throws Refusal {
        Refusal refusal =
                assertThrows(Refusal.class, () -> Limits.share(List.of(union("/var", 64, 0)), HALF_OF_4_GIB, GIB, 0));
        assertTrue(refusal.getMessage().startsWith("--union: 64 bytes for /var"), refusal.getMessage());
        assertEquals(
                1,
                Limits.share(List.of(union("/var", 4096, 0)), HALF_OF_4_GIB, GIB, 0)
                        .size());
    }

    @Test
    void halfOfRamIsAllowedAndAByteMoreIsNot() throws Refusal {
        assertEquals(
                2 * GIB,
                Limits.share(List.of(union("/a", 2 * GIB, 0)), HALF_OF_4_GIB, GIB, 0)
                        .get(0)
                        .size());
        Refusal refusal = assertThrows(
                Refusal.class,
                () -> Limits.share(List.of(union("/a", GIB, 0), union("/b", GIB + 1, 0)), HALF_OF_4_GIB, GIB, 0));
        assertTrue(refusal.getMessage().contains("/b"), refusal.getMessage());
        assertTrue(refusal.getMessage().contains("half of RAM (2 GiB)"), refusal.getMessage());
    }

    @Test
    void sizesWhoseSumWouldOverflowAreRefused() {
        assertThrows(
                Refusal.class,
                () -> Limits.share(
                        List.of(union("/a", Long.MAX_VALUE, 0), union("/b", Long.MAX_VALUE, 0)),
                        HALF_OF_4_GIB,
                        GIB,
                        0));
    }

    @Test
    void aUnionWithoutASizeNeedsSomethingLeft() {
        assertThrows(
                Refusal.class,
                () -> Limits.share(
                        List.of(union("/a", GIB, 0), union("/b", 0, 0)), new Limits.Ram(GIB, false, true), GIB, 0));
    }

    @Test
    void whoHasNoOptionForRamIsNotSentToIt() {
        Refusal cover = assertThrows(
                Refusal.class, () -> Limits.share(List.of(union("/a", 3 * GIB, 0)), Limits.Ram.half(4 * GIB), GIB, 0));
        assertTrue(cover.getMessage().endsWith(" is more than half of RAM (2 GiB): give less"), cover::getMessage);
        Refusal resize = assertThrows(
                Refusal.class,
                () -> Limits.resized(
                        List.of(union("/a", GIB, 0)),
                        List.of(new Limits(GIB, 5000)),
                        0,
                        3 * GIB,
                        0,
                        Limits.Ram.half(4 * GIB),
                        2 * GIB,
                        0));
        assertTrue(resize.getMessage().endsWith("or say how much RAM they may have by --ram"), resize::getMessage);
    }

    @Test
    void aSizeBelowAPageIsToldInGoodEnglish() {
        Refusal refusal =
                assertThrows(Refusal.class, () -> Limits.share(List.of(union("/a", 1, 0)), HALF_OF_4_GIB, GIB, 0));
        assertTrue(refusal.getMessage().contains(": 1 byte for /a is less than a page"), refusal::getMessage);
    }

    @Test
    void anInodeIsHadForEachPageAndAtLeast1024() throws Refusal {
        List<Limits> limits =
                Limits.share(List.of(union("/a", 512 << 10, 0), union("/b", GIB, 0)), HALF_OF_4_GIB, GIB, 0);
        assertEquals(1024, limits.get(0).inodes());
        assertEquals(GIB / 4096, limits.get(1).inodes());
    }

    @Test
    void inodesFitIntoTheHeapAtTheirWorst() throws Refusal {
        long heap = 256L << 20;
        List<Limits> limits =
                Limits.share(List.of(union("/a", GIB, 5000), union("/b", GIB, 0)), HALF_OF_4_GIB, heap, 10_000);
        assertEquals(5000, limits.get(0).inodes());
        assertTrue((limits.get(0).inodes() + limits.get(1).inodes()) * 1200 < heap, limits::toString);
        assertTrue(limits.get(1).inodes() > 10_000, limits::toString);
        Refusal refusal = assertThrows(
                Refusal.class, () -> Limits.share(List.of(union("/a", GIB, 1_000_000)), HALF_OF_4_GIB, heap, 0));
        assertTrue(refusal.getMessage().contains("nr_inodes="), refusal.getMessage());
    }

    @Test
    void aSmallUnionIsNotStarvedByALargeOne() throws Refusal {
        List<Limits> limits = Limits.share(
                List.of(union("/tmp", 0, 0), union("/run", 8 << 20, 0)), HALF_OF_4_GIB, 256L << 20, 10_000);
        assertEquals((8 << 20) / 4096, limits.get(1).inodes());
        assertTrue(limits.get(0).inodes() < limits.get(0).size() / 4096, limits::toString);
    }

    @Test
    void aHeapThatCannotHoldTheTablesOfTheUnionsIsRefused() {
        assertThrows(Refusal.class, () -> Limits.share(List.of(union("/a", 2 * GIB, 0)), HALF_OF_4_GIB, 32L << 20, 0));
        assertThrows(
                Refusal.class,
                () -> Limits.share(List.of(union("/a", 1 << 20, 0)), HALF_OF_4_GIB, 64L << 20, 10_000_000));
    }

    // Resizing: the same rule for a union that is mounted, beside the others as they are.

    private static final List<Union> TWO = List.of(union("/a", GIB, 0), union("/b", 512L << 20, 0));
    private static final List<Limits> AS_MOUNTED = List.of(new Limits(GIB, GIB / 4096), new Limits(512L << 20, 5000));

    private static Limits resized(int which, long size, long inodes) throws Refusal {
        return Limits.resized(TWO, AS_MOUNTED, which, size, inodes, HALF_OF_4_GIB, 2 * GIB, 0);
    }

    @Test
    void aUnionGrowsIntoWhatTheOthersLeaveAndNotAByteFurther() throws Refusal {
        assertEquals(new Limits(GIB, GIB / 4096), resized(1, GIB, 0));
        Refusal refusal = assertThrows(Refusal.class, () -> resized(1, GIB + 1, 0));
        assertEquals(
                "resize: 1 GiB for /b, with 1 GiB for those beside it, is more than half of RAM (2 GiB): give less, or say"
                        + " how much RAM they may have by --ram",
                refusal.getMessage());
        Limits.Ram more = new Limits.Ram(3 * GIB, true, true);
        assertEquals(
                2 * GIB,
                Limits.resized(TWO, AS_MOUNTED, 1, 2 * GIB, 0, more, 2 * GIB, 0).size());
    }

    @Test
    void aUnionThatShrinksKeepsItsInodesUnlessTheyAreNamed() throws Refusal {
        assertEquals(new Limits(1 << 20, 5000), resized(1, 1 << 20, 0));
        assertEquals(new Limits(1 << 20, 70), resized(1, 1 << 20, 70));
        assertEquals(new Limits(512L << 20, 70), resized(1, 0, 70));
        assertThrows(Refusal.class, () -> resized(1, 100, 0));
    }

    @Test
    void moreInodesThanTheHeapHoldsAreRefused() {
        Refusal refusal = assertThrows(Refusal.class, () -> resized(1, 0, 10_000_000));
        assertTrue(refusal.getMessage().contains("nr_inodes="), refusal.getMessage());
    }

    @Test
    void lessRamThanTheUnionsHaveTogetherIsRefused() throws Refusal {
        Limits.Ram less = new Limits.Ram(GIB + (256L << 20), true, true);
        assertEquals(
                256L << 20,
                Limits.resized(TWO, AS_MOUNTED, 1, 256L << 20, 0, less, GIB, 0).size());
        Refusal refusal =
                assertThrows(Refusal.class, () -> Limits.resized(TWO, AS_MOUNTED, 1, 257L << 20, 0, less, GIB, 0));
        assertEquals(
                "resize: 257 MiB for /b, with 1 GiB for those beside it, is more than the RAM that --ram gives to all unions"
                        + " (1.3 GiB): give less, or a larger --ram",
                refusal.getMessage());
    }
}
