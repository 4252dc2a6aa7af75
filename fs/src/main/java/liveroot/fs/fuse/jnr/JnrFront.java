package liveroot.fs.fuse.jnr;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import liveroot.fs.FileTree;
import liveroot.fs.fuse.Front;
import liveroot.fs.fuse.Mount;
import liveroot.fs.fuse.MountOptions;
import liveroot.fs.fuse.MountPoint;
import liveroot.fs.fuse.Mounter;

/** The front that goes through libfuse 2, or macFUSE's libfuse 2 on Darwin. */
public final class JnrFront implements Front {

    static final String NAME = "jnr-fuse";

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
        try {
            LibFuse2.load();
        } catch (UnsatisfiedLinkError e) {
            return e.getMessage();
        }
        return LibFuse2.LINUX ? Mounter.current().obstacle() : null;
    }

    @Override
    public String noPassthrough() {
        return "libfuse 2 knows no passthrough";
    }

    @Override
    public Mount mount(FileTree tree, Path directory, MountOptions options) throws IOException {
        String obstacle = obstacle();
        if (obstacle != null) {
            throw new IOException(directory + " cannot be mounted: " + obstacle);
        }
        return JnrMount.start(tree, MountPoint.resolve(directory), options);
    }
}
