package liveroot.fs.fuse.kernel;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Skips a test class, with the reason on screen, where FUSE over io_uring cannot be had or is switched off. The switch is the
 * whole machine's, and left to {@code tests-integration/run}: several JVMs run tests at once.
 */
final class Rings implements BeforeAllCallback {

    @Override
    public void beforeAll(ExtensionContext context) {
        String obstacle = KernelFront.overRings().obstacle();
        if (obstacle != null) {
            System.err.println(context.getDisplayName() + " is skipped: " + obstacle);
        }
        assumeTrue(obstacle == null, obstacle);
    }
}
