package liveroot.fs.cpio;

import com.code_intelligence.jazzer.junit.FuzzTest;
import liveroot.fs.DamagedBytes;

/** See the package comment of {@code liveroot.fs} in the tests. */
final class CpioFuzzTest {

    @FuzzTest(maxDuration = "1h")
    void cpio(byte[] archive) {
        DamagedBytes.read(archive, DamagedBytes.tree(Cpio::open));
    }
}
