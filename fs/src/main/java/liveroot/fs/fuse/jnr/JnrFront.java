package liveroot.fs.fuse.jnr;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;
import liveroot.fs.FileTree;
import liveroot.fs.fuse.Front;
import liveroot.fs.fuse.Mount;
import liveroot.fs.fuse.MountOptions;
import liveroot.fs.sys.Fusermount;
import liveroot.fs.sys.Libc;

/** The front that goes through libfuse 2, or macFUSE's libfuse 2 on Darwin. */
public final class JnrFront implements Front {

    static final String NAME = "jnr-fuse";

    private static final Path DEVICE = Path.of("/dev/fuse");

    /** Hosts whose struct stat jnr-fuse knows. */
    private static final Set<String> ARCHITECTURES = Set.of("amd64", "x86_64", "aarch64");

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String obstacle() {
        String system = System.getProperty("os.name");
        if (!LibFuse2.LINUX && !LibFuse2.DARWIN) {
            return "the jnr-fuse front is for Linux and Darwin, not for " + system;
        }
        String architecture = System.getProperty("os.arch");
        if (!ARCHITECTURES.contains(architecture)) {
            return "the jnr-fuse front knows x86-64 and arm64, not " + architecture;
        }
        if (LibFuse2.LINUX && !Files.exists(DEVICE)) {
            return DEVICE + " is missing; load the module: modprobe fuse";
        }
        try {
            LibFuse2.load();
        } catch (UnsatisfiedLinkError e) {
            return e.getMessage();
        }
        if (LibFuse2.LINUX && Libc.geteuid() != 0) {
            return obstacleForUsers();
        }
        return null;
    }

    private static String obstacleForUsers() {
        if (!Files.isReadable(DEVICE) || !Files.isWritable(DEVICE)) {
            return DEVICE + " may not be opened by this user; run as root, or: chmod 666 " + DEVICE;
        }
        if (Fusermount.program() == null) {
            return "users other than root need fusermount3; install it (Debian: apt-get install fuse3), or run as root";
        }
        return null;
    }

    @Override
    public Mount mount(FileTree tree, Path directory, MountOptions options) throws IOException {
        String obstacle = obstacle();
        if (obstacle != null) {
            throw new IOException(directory + " cannot be mounted: " + obstacle);
        }
        return JnrMount.start(tree, place(directory), options);
    }

    /** The mount point without symlinks. */
    private static Path place(Path directory) throws IOException {
        Path place;
        try {
            place = directory.toRealPath();
        } catch (NoSuchFileException e) {
            throw new IOException(directory + " cannot be mounted: there is no such directory; make it first", e);
        } catch (IOException e) {
            throw new IOException(
                    directory + " cannot be mounted: " + e.getMessage()
                            + " (if a mount there has lost its daemon, end it: umount -l " + directory + ")",
                    e);
        }
        if (!Files.isDirectory(place)) {
            throw new IOException(directory + " cannot be mounted: it is not a directory");
        }
        return place;
    }
}
