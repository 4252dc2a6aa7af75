package liveroot.fs.iso;

import com.code_intelligence.jazzer.junit.FuzzTest;
import liveroot.fs.DamagedBytes;

/** See the package comment of {@code liveroot.fs} in the tests. */
final class IsoFuzzTest {

    @FuzzTest(maxDuration = "1h")
    void iso(byte[] image) {
        DamagedBytes.read(image, DamagedBytes.tree(Iso::open));
    }
}
