package liveroot.fs.fuse.kernel;

import java.io.IOException;
import java.nio.file.Path;
import liveroot.fs.FileTree;
import liveroot.fs.fuse.Front;
import liveroot.fs.fuse.Mount;
import liveroot.fs.fuse.MountOptions;
import liveroot.fs.fuse.MountPoint;
import liveroot.fs.fuse.Mounter;
import liveroot.fs.sys.Libc;
import liveroot.fs.sys.UserNamespace;

/** The front that speaks the FUSE protocol with Linux itself. Root needs nothing else; others need fusermount3. */
public final class KernelFront implements Front {

    static final String NAME = "kernel";

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
        return Mounter.current().obstacle();
    }

    @Override
    public String noPassthrough() {
        if (Mounter.current() != Mounter.SYSTEM_CALL) {
            return "passthrough is for root";
        }
        if (!UserNamespace.isInitial()) {
            return "passthrough is for root outside of user namespaces";
        }
        return Host.isAtLeast(6, 9) ? null : "passthrough came with Linux 6.9, this is " + Host.release();
    }

    @Override
    public Mount mount(FileTree tree, Path directory, MountOptions options) throws IOException {
        Path real = MountPoint.resolve(directory);
        Mounter mounter = Mounter.current();
        int fuse = mounter.mount(real, options, Session.LARGEST_TRANSFER);
        Session session;
        try {
            session = new Session(fuse, tree, options.readOnly(), new MountPoint(real, mounter));
        } catch (IOException | RuntimeException | Error e) {
            Libc.close(fuse);
            mounter.unmount(real, true);
            throw e;
        }
        session.start(options.threads());
        return session;
    }
}
