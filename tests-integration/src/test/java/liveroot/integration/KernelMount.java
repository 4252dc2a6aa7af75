package liveroot.integration;

import java.nio.file.Path;

/** A mount by the kernel's own code: the judge. */
final class KernelMount implements AutoCloseable {

    private final Path directory;

    private KernelMount(Path directory) {
        this.directory = directory;
    }

    /** A SquashFS image, by a loop device that goes with the mount. */
    static KernelMount squashfs(Path image) {
        return squashfs(image, Workspace.directory("kernel"));
    }

    static KernelMount squashfs(Path image, Path directory) {
        Host.needsRoot("the kernel's mount of an image");
        // A loop device sees whole sectors only, so an image that is not padded loses its last bytes: a padded copy.
        Path padded = Workspace.path("padded");
        Command.bash(
                        """
                        image=$1
                        if [ $(( $(stat -c %s "$1") % 4096 )) != 0 ]; then
                          cp "$1" "$3"; truncate -s %4096 "$3"; image=$3
                        fi
                        mount -t squashfs -o ro,loop "$image" "$2"
                        rm -f "$3"
                        """,
                        image, directory, padded)
                .ok();
        return new KernelMount(directory);
    }

    static KernelMount tmpfs(String options) {
        Host.needsRoot("a tmpfs to compare with");
        Path directory = Workspace.directory("tmpfs");
        Command.of("mount", "-t", "tmpfs", "-o", options, "tmpfs", directory.toString())
                .ok();
        return new KernelMount(directory);
    }

    Path directory() {
        return directory;
    }

    @Override
    public void close() {
        Command.of("umount", directory.toString()).ok();
    }
}
