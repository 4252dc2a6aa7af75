package liveroot.fs.squashfs;

import com.code_intelligence.jazzer.junit.FuzzTest;
import liveroot.fs.DamagedBytes;

/** See the package comment of {@code liveroot.fs} in the tests. */
final class SquashFsFuzzTest {

    @FuzzTest(maxDuration = "1h")
    void squashFs(byte[] image) {
        DamagedBytes.read(image, DamagedBytes.tree(SquashFs::open));
    }
}
