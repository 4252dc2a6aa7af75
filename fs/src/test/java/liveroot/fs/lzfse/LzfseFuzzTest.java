package liveroot.fs.lzfse;

import com.code_intelligence.jazzer.junit.FuzzTest;
import liveroot.fs.DamagedBytes;

/** See the package comment of {@code liveroot.fs} in the tests. */
final class LzfseFuzzTest {

    @FuzzTest(maxDuration = "1h")
    void lzfse(byte[] packed) {
        DamagedBytes.unpack(packed, Lzfse::decode);
        DamagedBytes.unpack(packed, Lzfse::decodeLzvn);
    }
}
