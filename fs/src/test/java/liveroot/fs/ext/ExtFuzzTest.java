package liveroot.fs.ext;

import com.code_intelligence.jazzer.junit.FuzzTest;
import liveroot.fs.DamagedBytes;

/** See the package comment of {@code liveroot.fs} in the tests. */
final class ExtFuzzTest {

    @FuzzTest(maxDuration = "1h")
    void ext(byte[] image) {
        DamagedBytes.read(image, DamagedBytes.tree(Ext::open));
    }
}
