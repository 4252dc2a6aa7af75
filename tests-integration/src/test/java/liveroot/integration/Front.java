package liveroot.integration;

import java.util.List;

/**
 * The ways by which requests reach the daemon, and what lies below.
 *
 * <p>{@code -Dliveroot.test.kernel=uring}: all that is tested with the kernel front goes through io_uring, instead of
 * {@link CrashTest} and {@link UringTest} alone.
 */
enum Front {
    KERNEL(System.getProperty("liveroot.test.kernel", "kernel")),
    /** The kernel front with requests that come through io_uring. */
    URING("uring"),
    JNR_FUSE("jnr-fuse"),
    /** The kernel front over a mount by the kernel itself: {@code liveroot cover}. */
    COVER("kernel");

    /** Those that images are mounted by. */
    static final List<Front> OF_IMAGES = List.of(KERNEL, JNR_FUSE);

    private final String name;

    Front(String name) {
        this.name = name;
    }

    /** Skips the test where this front cannot run. */
    void need() {
        Host.needsFuse();
        if (this == COVER) {
            Host.needsRoot("a mount by the kernel to cover");
        }
        if (this == JNR_FUSE
                && !Command.bash("PATH=$PATH:/sbin:/usr/sbin; ldconfig -p | grep libfuse.so.2 > /dev/null")
                        .succeeds()) {
            Host.skip("no libfuse.so.2 for the jnr-fuse front; tests-integration/run installs it when it is root");
        }
        if (name.equals("uring")) {
            Host.needsUring();
        }
        if (!Host.isRoot()) {
            Host.needs("fusermount3");
        }
    }

    /** As {@code --front} names it. */
    String option() {
        return name;
    }

    @Override
    public String toString() {
        return this == COVER ? "cover, kernel" : name;
    }
}
