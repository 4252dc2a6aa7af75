package liveroot.fs.udif;

import com.code_intelligence.jazzer.junit.FuzzTest;
import liveroot.fs.DamagedBytes;

/** See the package comment of {@code liveroot.fs} in the tests. */
final class AdcFuzzTest {

    @FuzzTest(maxDuration = "1h")
    void adc(byte[] packed) {
        DamagedBytes.unpack(packed, new AdcDecoder()::unpack);
    }
}
