package liveroot.fs.erofs;

import com.code_intelligence.jazzer.junit.FuzzTest;
import liveroot.fs.DamagedBytes;

/** See the package comment of {@code liveroot.fs} in the tests. */
final class ErofsFuzzTest {

    @FuzzTest(maxDuration = "1h")
    void erofs(byte[] image) {
        DamagedBytes.read(image, DamagedBytes.tree(Erofs::open));
    }
}
