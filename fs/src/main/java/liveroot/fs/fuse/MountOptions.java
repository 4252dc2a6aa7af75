package liveroot.fs.fuse;

/**
 * How a tree is mounted.
 *
 * @param source what mount(8) and df(1) show as the device
 * @param readOnly the mount is read-only for the kernel too
 * @param nosuid set-user-id bits do not count; likewise nodev, noexec, noatime as in mount(8)
 * @param threads that serve requests, at least 1
 */
public record MountOptions(
        String source, boolean readOnly, boolean nosuid, boolean nodev, boolean noexec, boolean noatime, int threads) {}
