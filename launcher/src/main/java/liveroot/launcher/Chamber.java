package liveroot.launcher;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import liveroot.fs.Errno;
import liveroot.fs.FsException;
import liveroot.fs.host.HostTree;
import liveroot.fs.sys.Failure;
import liveroot.fs.sys.HostDirectory;
import liveroot.fs.sys.Libc;
import liveroot.fs.sys.MountCalls;
import liveroot.fs.sys.MountTable;
import liveroot.fs.sys.MountWatch;
import org.slf4j.LoggerFactory;

/**
 * Where the sockets and fifos below a union can be reached: a tmpfs in a directory of the union's root, mounted when the
 * first is asked for, and in it a read-only bind mount of each one's inode.
 *
 * <p><b>Locks.</b> {@link #mounting} is held while mounts are made and taken away. The kernel may ask the union for the
 * chamber's directory meanwhile, so nobody waits for it while serving a request, but for a moment.
 */
final class Chamber {

    static final String NAME = ".liveroot-below";

    /** As many inodes can be reached. */
    private static final int MOST = 1000;

    /**
     * As long a request waits for another one that is at it, which the kernel may want an answer of us for: that comes as
     * soon as one of those who wait has given way. The kernel follows 40 symlinks for one path.
     */
    private static final long PATIENCE_MILLIS = 5;

    private final HostTree below;
    private final Path firstPlace;

    private final ReentrantLock mounting = new ReentrantLock();
    private final Set<Long> open = new HashSet<>();

    /** Where the tmpfs is, and its "major:minor"; null if there is none. */
    private Path place;

    private String device;

    /** Null while there is no tmpfs. */
    private MountWatch watch;

    /** Something was mounted or unmounted, perhaps of ours. */
    private boolean disturbed;

    private boolean complained;

    /** @param directory where the union is mounted */
    Chamber(HostTree below, Path directory) {
        this.below = below;
        this.firstPlace = directory.resolve(NAME);
    }

    /** Where an inode below can be reached, seen from the union's root. */
    static String pathTo(long inode) {
        return NAME + "/" + inode;
    }

    /**
     * Whether somebody may have unmounted what leads below: umount -R does, before it finds the union itself in use. What
     * the kernel remembers of the symlinks is then worth nothing. Asks no mount of ours, and waits for nobody.
     */
    boolean isDisturbed() {
        if (!mounting.tryLock()) {
            // It is being looked at, or at work.
            return false;
        }
        try {
            boolean changed = watch != null && watch.hasChanged();
            disturbed |= changed;
            return changed;
        } finally {
            mounting.unlock();
        }
    }

    /**
     * Lets an inode below be reached. Where that is not allowed it is not, which is logged once.
     *
     * @param inode its id below
     * @return false if others are at it, so that it is to be asked for again
     */
    boolean reach(long inode) throws FsException {
        try {
            if (!mounting.tryLock(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
                return false;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException(Errno.EINTR);
        }
        try {
            if (disturbed) {
                disturbed = false;
                look();
            }
            if (open.contains(inode)) {
                return true;
            }
            if (open.size() == MOST) {
                throw new IOException("more than " + MOST + " sockets and fifos below are in use");
            }
            // Not kept open, as it could not be unmounted then.
            int tmpfs = device == null ? mount() : enter();
            try {
                mount(tmpfs, inode);
            } finally {
                Libc.close(tmpfs);
            }
            open.add(inode);
            return true;
        } catch (IOException e) {
            if (!complained) {
                complained = true;
                LoggerFactory.getLogger(Chamber.class)
                        .warn(
                                "{}: sockets and fifos below cannot be reached: {}",
                                firstPlace.getParent(),
                                e.getMessage());
            }
            return true;
        } finally {
            mounting.unlock();
        }
    }

    /** Makes the tmpfs. @return its root */
    private int mount() throws IOException {
        MountWatch begun = new MountWatch();
        int made = -1;
        try {
            made = MountCalls.emptyTmpfs();
            String number = HostDirectory.stat(made).deviceName();
            int result = MountCalls.attach(made, -1, firstPlace.toString());
            if (result < 0) {
                throw new IOException(firstPlace + " cannot be mounted: " + Libc.error(-result));
            }
            place = firstPlace;
            device = number;
            watch = begun;
            return made;
        } catch (IOException | Failure e) {
            begun.close();
            if (made >= 0) {
                Libc.close(made);
            }
            throw new IOException(e.getMessage(), e);
        }
    }

    /** @return the root of the tmpfs that is there */
    private int enter() throws IOException {
        int fd = MountCalls.rootOf(place.toString());
        if (fd < 0) {
            throw new IOException(place + " cannot be entered: " + Libc.error(-fd));
        }
        return fd;
    }

    /** Sees what is still there, and where: a union can be moved. */
    private void look() throws IOException {
        List<MountTable.Entry> table = MountTable.read();
        Path found = null;
        for (MountTable.Entry entry : table) {
            found = entry.device().equals(device) ? entry.directory() : found;
        }
        if (found == null) {
            forget();
            return;
        }
        place = found;
        Set<Path> there = table.stream().map(MountTable.Entry::directory).collect(Collectors.toSet());
        open.removeIf(inode -> !there.contains(place.resolve(Long.toString(inode))));
    }

    private void forget() {
        open.clear();
        place = null;
        device = null;
        if (watch != null) {
            watch.close();
            watch = null;
        }
    }

    private void mount(int tmpfs, long inode) throws IOException, FsException {
        String name = Long.toString(inode);
        int file = below.openPath(inode);
        int bind = MountCalls.cloneOf(file);
        Libc.close(file);
        if (bind < 0) {
            throw new IOException("no bind mount can be made: " + Libc.error(-bind));
        }
        try {
            int result = MountCalls.seal(bind);
            if (result >= 0) {
                result = MountCalls.placeholder(tmpfs, name);
            }
            if (result >= 0) {
                result = MountCalls.attach(bind, tmpfs, name);
            }
            if (result < 0) {
                throw new IOException(place.resolve(name) + " cannot be mounted: " + Libc.error(-result));
            }
        } finally {
            Libc.close(bind);
        }
    }

    /** Takes all mounts away, so that the union can be unmounted. They come again when they are asked for. */
    void close() {
        mounting.lock();
        try {
            if (device != null) {
                // Somebody may have unmounted it already.
                Libc.umount(place.toString(), Libc.MNT_DETACH | Libc.UMOUNT_NOFOLLOW);
                forget();
            }
        } finally {
            mounting.unlock();
        }
    }
}
