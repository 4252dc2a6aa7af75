package liveroot.fs.fuse.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import liveroot.fs.FileTree;
import liveroot.fs.fuse.Front;
import liveroot.fs.fuse.Mount;
import liveroot.fs.fuse.MountOptions;
import liveroot.fs.fuse.Mounter;
import liveroot.fs.sys.Fusermount;
import liveroot.fs.sys.Libc;

/** The front that speaks the FUSE protocol with Linux itself. Root needs nothing else; others need fusermount3. */
public final class KernelFront implements Front {

    static final String NAME = "kernel";
    static final String DEVICE = "/dev/fuse";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String obstacle() {
        String arch = System.getProperty("os.arch");
        if (!System.getProperty("os.name").equals("Linux")) {
            return "the kernel front is for Linux; use --front jnr-fuse";
        }
        if (!arch.equals("amd64") && !arch.equals("aarch64")) {
            return "the kernel front knows amd64 and aarch64, not " + arch + "; use --front jnr-fuse";
        }
        if (!Files.exists(Path.of(DEVICE))) {
            return DEVICE + " is missing; load the module: modprobe fuse";
        }
        if (Libc.geteuid() == 0) {
            return null;
        }
        if (!Files.isReadable(Path.of(DEVICE)) || !Files.isWritable(Path.of(DEVICE))) {
            return DEVICE + " may not be opened by this user; run as root, or: chmod 666 " + DEVICE;
        }
        if (Fusermount.program() == null) {
            return "users other than root need fusermount3; install it (Debian: apt-get install fuse3), or run as root";
        }
        return null;
    }

    @Override
    public Mount mount(FileTree tree, Path directory, MountOptions options) throws IOException {
        Path real = directory.toRealPath();
        Mounter mounter = Mounter.current();
        int fuse = mounter.mount(real, options, Session.LARGEST_TRANSFER);
        Session session = new Session(fuse, tree, real, mounter, options.threads());
        try {
            session.start();
        } catch (IOException | RuntimeException | Error e) {
            mounter.unmount(real, true);
            throw e;
        }
        return session;
    }
}
