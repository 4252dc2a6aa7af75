package liveroot.fs.fuse.jnr;

import java.io.IOException;
import java.nio.file.DirectoryStream;
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

    /** Hosts whose struct stat jnr-fuse knows. */
    private static final Set<String> ARCHITECTURES = Set.of("amd64", "x86_64", "aarch64");

    @Override
    public String name() {
        return "jnr-fuse";
    }

    @Override
    public String obstacle() {
        String system = System.getProperty("os.name");
        boolean linux = system.equals("Linux");
        if (!linux && !system.startsWith("Mac")) {
            return "the jnr-fuse front runs on Linux and Darwin, not on " + system;
        }
        String architecture = System.getProperty("os.arch");
        if (!ARCHITECTURES.contains(architecture)) {
            return "the jnr-fuse front knows the structures of x86-64 and arm64, not of " + architecture
                    + ": use the kernel front";
        }
        if (linux && !Files.exists(Path.of("/dev/fuse"))) {
            return "there is no /dev/fuse: load the module (modprobe fuse), or give the container the device";
        }
        try {
            LibFuse2.load();
        } catch (UnsatisfiedLinkError e) {
            return e.getMessage();
        }
        Host host = Host.current();
        if (linux && !host.isRoot() && Fusermount.program() == null) {
            return "users other than root mount by fusermount, which was not found: install it (Debian and Ubuntu: fuse3)";
        }
        return null;
    }

    @Override
    public Mount mount(FileTree tree, Path directory, MountOptions options) throws IOException {
        String obstacle = obstacle();
        if (obstacle != null) {
            throw new IOException("cannot mount " + directory + ": " + obstacle);
        }
        Path place = place(directory);
        Host host = Host.current();
        MountArguments arguments = new MountArguments(options, tree.isReadOnly(), host);
        if (host.isLinux() && (host.isRoot() || !isEmpty(place))) {
            arguments.overFiles();
        }
        return JnrMount.start(tree, place, arguments, Math.max(1, options.threads()));
    }

    /** The mount point without symlinks. */
    private static Path place(Path directory) throws IOException {
        Path place;
        try {
            place = directory.toRealPath();
        } catch (NoSuchFileException e) {
            throw new IOException("cannot mount " + directory + ": there is no such directory; make it first", e);
        } catch (IOException e) {
            throw new IOException(
                    "cannot mount " + directory + ": " + e.getMessage()
                            + " (if a mount there has lost its daemon, end it: umount -l " + directory + ")",
                    e);
        }
        if (!Files.isDirectory(place)) {
            throw new IOException("cannot mount " + directory + ": it is not a directory");
        }
        return place;
    }

    private static boolean isEmpty(Path directory) {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            return !entries.iterator().hasNext();
        } catch (IOException e) {
            return false;
        }
    }

    /** Why libfuse's mount failed, as far as it can be found out: it says so on standard error only. */
    static IOException refused(Path directory, int errno) {
        StringBuilder message =
                new StringBuilder("cannot mount ").append(directory).append(": libfuse could not mount it");
        if (Host.current().isLinux()) {
            if (errno != 0) {
                message.append(" (").append(Libc.error(errno)).append(')');
            }
            if (!Host.current().isRoot()) {
                if (!Files.isWritable(directory)) {
                    message.append("; users other than root must own or be able to write the directory");
                }
                message.append("; fusermount's own words are on standard error");
            } else if (!Files.isReadable(Path.of("/dev/fuse")) || !Files.isWritable(Path.of("/dev/fuse"))) {
                message.append("; /dev/fuse cannot be opened: in a container, give it the device and CAP_SYS_ADMIN");
            }
        }
        return new IOException(message.toString());
    }
}
