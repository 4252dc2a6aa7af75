package liveroot.fs.fuse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import liveroot.fs.sys.Fusermount;
import liveroot.fs.sys.Libc;

/** How a descriptor of /dev/fuse becomes a mount, and how that is taken down: by mount(2) itself, or by fusermount3. */
public enum Mounter {
    /** mount(2) and umount2(2), as root. */
    SYSTEM_CALL {
        @Override
        public String obstacle() {
            return noDevice();
        }

        @Override
        public int mount(Path directory, MountOptions options, int largestRead) throws IOException {
            int fuse = Libc.open(DEVICE, Libc.O_RDWR, 0);
            if (fuse < 0) {
                throw new IOException(DEVICE + " cannot be opened: " + Libc.error(-fuse));
            }
            String data = "fd=" + fuse + ",rootmode=40000,user_id=" + Libc.geteuid() + ",group_id=" + Libc.getegid()
                    + ",default_permissions,allow_other,max_read=" + largestRead;
            int result = Libc.mount(options.source(), directory.toString(), TYPE, flags(options), data);
            if (result < 0) {
                Libc.close(fuse);
                throw new IOException(directory + " cannot be mounted: " + Libc.error(-result)
                        + (result == -Libc.ENODEV ? "; the kernel has no FUSE, try: modprobe fuse" : ""));
            }
            return fuse;
        }

        @Override
        public void unmount(Path directory, boolean lazily) throws IOException {
            int result = Libc.umount(directory.toString(), Libc.UMOUNT_NOFOLLOW | (lazily ? Libc.MNT_DETACH : 0));
            if (result < 0) {
                throw new IOException(directory + " cannot be unmounted: " + Libc.error(-result));
            }
        }
    },

    /** The set-user-id program that FUSE brings for users. */
    FUSERMOUNT {
        @Override
        public String obstacle() {
            if (noDevice() != null) {
                return noDevice();
            }
            return Fusermount.program() != null
                    ? null
                    : "users other than root need fusermount3; install it (Debian: apt-get install fuse3), or run as"
                            + " root";
        }

        @Override
        public int mount(Path directory, MountOptions options, int largestRead) throws IOException {
            String common = "fsname=" + options.source().replace("\\", "\\\\").replace(",", "\\,")
                    + ",subtype=liveroot,default_permissions,max_read=" + largestRead
                    + (options.readOnly() ? ",ro" : "")
                    + (options.noexec() ? ",noexec" : "")
                    + (options.noatime() ? ",noatime" : "");
            return Fusermount.mount(directory, common);
        }

        @Override
        public void unmount(Path directory, boolean lazily) throws IOException {
            Fusermount.unmount(directory, lazily);
        }
    };

    /** What all requests come from. */
    public static final String DEVICE = "/dev/fuse";

    private static final String TYPE = "fuse.liveroot";

    /** Why this cannot work on this host, in a sentence that says what to do; null if it can. */
    public abstract String obstacle();

    /** The one for this user. */
    public static Mounter current() {
        return Libc.geteuid() == 0 ? SYSTEM_CALL : FUSERMOUNT;
    }

    /**
     * Mounts.
     *
     * @param largestRead bytes of the largest read request
     * @return the descriptor of /dev/fuse that serves it
     */
    public abstract int mount(Path directory, MountOptions options, int largestRead) throws IOException;

    public abstract void unmount(Path directory, boolean lazily) throws IOException;

    private static String noDevice() {
        Path device = Path.of(DEVICE);
        if (!Files.exists(device)) {
            return DEVICE + " is missing; load the module: modprobe fuse";
        }
        // Root of a user namespace may be nobody to the device.
        return Files.isReadable(device) && Files.isWritable(device)
                ? null
                : DEVICE + " may not be opened by this user; run as root, or let root chmod 666 " + DEVICE;
    }

    private static int flags(MountOptions options) {
        return (options.readOnly() ? Libc.MS_RDONLY : 0)
                | (options.nosuid() ? Libc.MS_NOSUID : 0)
                | (options.nodev() ? Libc.MS_NODEV : 0)
                | (options.noexec() ? Libc.MS_NOEXEC : 0)
                | (options.noatime() ? Libc.MS_NOATIME : 0);
    }
}
