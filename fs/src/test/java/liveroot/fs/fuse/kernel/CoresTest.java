package liveroot.fs.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class CoresTest {

    @Test
    void coresAreListedSinglyAndAsRanges() {
        assertEquals("{0, 1, 2, 3, 8, 10, 11}", Cores.parse("0-3,8,10-11\n").toString());
        assertEquals("{0}", Cores.parse("0\n").toString());
    }
}
