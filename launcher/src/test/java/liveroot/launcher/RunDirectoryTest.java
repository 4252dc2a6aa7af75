package liveroot.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class RunDirectoryTest {

    @Test
    void theRootOfAUserNamespaceIsSomebodyOutside() {
        assertEquals(1000, RunDirectory.outside("         0       1000          1\n", 0));
        assertEquals(100_009, RunDirectory.outside("0 1000 1\n1 100000 65536\n", 10));
    }

    @Test
    void outsideOfUserNamespacesANumberStays() {
        assertEquals(1000, RunDirectory.outside("         0          0 4294967295\n", 1000));
        assertEquals(65534, RunDirectory.outside("0 1000 1\n", 65534));
        assertEquals(7, RunDirectory.outside("", 7));
    }
}
