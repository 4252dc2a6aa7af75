package liveroot.fs.fuse.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import liveroot.fs.FileTree;
import liveroot.fs.fuse.Front;
import liveroot.fs.fuse.Mount;
import liveroot.fs.fuse.MountOptions;
import liveroot.fs.fuse.MountPoint;
import liveroot.fs.fuse.Mounter;
import liveroot.fs.fuse.Requests;
import liveroot.fs.sys.IoUring;
import liveroot.fs.sys.Libc;
import liveroot.fs.sys.UserNamespace;

/**
 * The front that speaks the FUSE protocol with Linux itself. Root needs nothing else; others need fusermount3. Requests
 * come from /dev/fuse, or through rings of io_uring (Linux 6.14), which the host must have switched on.
 */
public final class KernelFront implements Front {

    static final String DEVICE = "kernel";
    static final String URING = "uring";

    private static final Path SWITCH = Path.of("/sys/module/fuse/parameters/enable_uring");

    private final boolean ringed;

    /** By /dev/fuse. */
    public KernelFront() {
        this(false);
    }

    private KernelFront(boolean ringed) {
        this.ringed = ringed;
    }

    /** By io_uring. */
    public static KernelFront overRings() {
        return new KernelFront(true);
    }

    @Override
    public String name() {
        return ringed ? URING : DEVICE;
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
        String obstacle = Mounter.current().obstacle();
        return obstacle == null && ringed ? noRings() : obstacle;
    }

    private static String noRings() {
        if (!Files.exists(SWITCH)) {
            return "this kernel (" + Host.release() + ") has no FUSE over io_uring, which came with Linux 6.14"
                    + " (CONFIG_FUSE_IO_URING); use --front kernel";
        }
        try {
            if (!Files.readString(SWITCH).startsWith("Y")) {
                return "FUSE over io_uring is switched off on this host; as root, echo Y > " + SWITCH
                        + ", or use --front kernel";
            }
        } catch (IOException e) {
            return SWITCH + " cannot be read (" + e.getMessage() + "); use --front kernel";
        }
        return IoUring.obstacle();
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
        Requests requests = new Requests();
        int fuse = mounter.mount(real, options, Session.LARGEST_TRANSFER);
        Session session;
        try {
            session = new Session(fuse, tree, options.readOnly(), new MountPoint(real, mounter), ringed, requests);
        } catch (IOException | RuntimeException | Error e) {
            Libc.close(fuse);
            mounter.unmount(real, true);
            throw e;
        }
        // With rings, what is left for /dev/fuse is FORGET and INTERRUPT.
        session.start(ringed ? 1 : options.threads());
        return session;
    }
}
