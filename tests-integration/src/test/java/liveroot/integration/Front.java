package liveroot.integration;

/** The ways by which requests reach the daemon, as {@code --front} names them. */
enum Front {
    KERNEL("kernel"),
    JNR_FUSE("jnr-fuse");

    private final String name;

    Front(String name) {
        this.name = name;
    }

    /** Skips the test where this front cannot run. */
    void need() {
        Host.needsFuse();
        if (this == JNR_FUSE
                && !Command.bash("PATH=$PATH:/sbin:/usr/sbin; ldconfig -p | grep libfuse.so.2 > /dev/null")
                        .succeeds()) {
            Host.skip("no libfuse.so.2 for the jnr-fuse front; tests-integration/run installs it when it is root");
        }
        if (!Host.isRoot()) {
            Host.needs("fusermount3");
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
