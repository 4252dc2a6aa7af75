package liveroot.launcher;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import liveroot.fs.Errno;
import liveroot.fs.FsException;
import liveroot.fs.host.HostTree;
import liveroot.fs.sys.Libc;
import liveroot.fs.sys.MountCalls;
import org.slf4j.LoggerFactory;

/**
 * Where the sockets and fifos below a union can be reached: a tmpfs in a directory of the union's root, mounted when the
 * first is asked for, and in it a read-only bind mount of each one's inode.
 *
 * <p><b>Locks.</b> {@link #mounting} is held while mounts are made and taken away. The kernel may ask the union for the
 * chamber's directory meanwhile, so nobody waits for it for ever while serving a request.
 */
final class Chamber {

    static final String NAME = ".liveroot-below";

    /** As many inodes can be reached. */
    private static final int MOST = 1000;

    private static final long PATIENCE_SECONDS = 2;

    private final HostTree below;
    private final Path place;

    private final ReentrantLock mounting = new ReentrantLock();
    private final Set<Long> open = new HashSet<>();
    private int tmpfs = -1;
    private boolean complained;

    /** @param directory where the union is mounted */
    Chamber(HostTree below, Path directory) {
        this.below = below;
        this.place = directory.resolve(NAME);
    }

    /** Where an inode below can be reached, seen from the union's root. */
    static String pathTo(long inode) {
        return NAME + "/" + inode;
    }

    /**
     * Lets an inode below be reached. Where that is not allowed it is not, which is logged once.
     *
     * @param inode its id below
     * @throws FsException EAGAIN if others have been at it for too long
     */
    void reach(long inode) throws FsException {
        try {
            if (!mounting.tryLock(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new FsException(Errno.EAGAIN);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException(Errno.EINTR);
        }
        try {
            if (open.contains(inode)) {
                return;
            }
            if (open.size() == MOST) {
                throw new IOException("more than " + MOST + " sockets and fifos below are in use");
            }
            if (tmpfs < 0) {
                tmpfs = mount();
            }
            mount(inode);
            open.add(inode);
        } catch (IOException e) {
            if (!complained) {
                complained = true;
                LoggerFactory.getLogger(Chamber.class)
                        .warn("{}: sockets and fifos below cannot be reached: {}", place.getParent(), e.getMessage());
            }
        } finally {
            mounting.unlock();
        }
    }

    private int mount() throws IOException {
        int made = MountCalls.emptyTmpfs();
        int result = MountCalls.attach(made, -1, place.toString());
        if (result < 0) {
            Libc.close(made);
            throw new IOException(place + " cannot be mounted: " + Libc.error(-result));
        }
        return made;
    }

    private void mount(long inode) throws IOException, FsException {
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
            if (tmpfs >= 0) {
                Libc.close(tmpfs);
                tmpfs = -1;
                open.clear();
                // Somebody may have unmounted it already.
                Libc.umount(place.toString(), Libc.MNT_DETACH | Libc.UMOUNT_NOFOLLOW);
            }
        } finally {
            mounting.unlock();
        }
    }
}
