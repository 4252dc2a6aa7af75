package liveroot.fs.fuse.kernel;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Switches FUSE over io_uring on for a test class, and then back: the module parameter is the whole machine's, but only
 * mounts that ask for it see a difference. Where that cannot be done, the class is skipped with the reason on screen.
 */
final class Rings implements BeforeAllCallback, AfterAllCallback {

    private static final Path SWITCH = Path.of("/sys/module/fuse/parameters/enable_uring");

    private String before;

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        if (Files.isWritable(SWITCH)) {
            before = Files.readString(SWITCH).strip();
            Files.writeString(SWITCH, "Y");
        }
        String obstacle = KernelFront.overRings().obstacle();
        if (obstacle != null) {
            System.err.println(context.getDisplayName() + " is skipped: " + obstacle);
        }
        assumeTrue(obstacle == null, obstacle);
    }

    @Override
    public void afterAll(ExtensionContext context) throws IOException {
        if (before != null) {
            Files.writeString(SWITCH, before);
        }
    }
}
