package liveroot.fs.fuse.kernel;

import liveroot.fs.fuse.Front;
import org.junit.jupiter.api.extension.ExtendWith;

/** The same, with requests that come through rings. */
@ExtendWith(Rings.class)
class RingRoughTreatmentTest extends RoughTreatmentTest {

    @Override
    protected Front front() {
        return KernelFront.overRings();
    }
}
