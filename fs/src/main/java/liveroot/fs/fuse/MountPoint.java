package liveroot.fs.fuse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import liveroot.fs.sys.MountTable;

/**
 * Where a mount of ours is. What is mounted at a directory may be someone else's: our mount may have been taken away by
 * another hand, or covered by another mount; and ours may have been moved elsewhere (mount --move, as switch_root(8) does
 * it). So it is known by its number in the mount table, and by that of its device.
 */
public final class MountPoint {

    /** Times that a mount may turn out to be busy before it is taken for so: who looks a name up holds it for a moment. */
    private static final int BRIEFLY_BUSY = 3;

    /** Milliseconds between them. */
    private static final long PAUSE = 50;

    private final Path directory;
    private final Mounter mounter;
    private final String device;
    private final int id;

    /**
     * The mount that was just made.
     *
     * @param directory as {@link #resolve} gave it
     */
    public MountPoint(Path directory, Mounter mounter) throws IOException {
        this.directory = directory;
        this.mounter = mounter;
        MountTable.Entry entry = MountTable.at(directory);
        this.device = entry == null ? "" : entry.device();
        this.id = entry == null ? -1 : entry.id();
    }

    /** A directory to mount on, absolute and without symlinks. @throws IOException if there is no directory */
    public static Path resolve(Path directory) throws IOException {
        Path real;
        try {
            real = directory.toRealPath();
        } catch (NoSuchFileException e) {
            throw new IOException(directory + " cannot be mounted: there is no such directory; make it first", e);
        } catch (IOException e) {
            throw new IOException(
                    directory + " cannot be mounted: " + e.getMessage()
                            + " (if a mount there has lost its daemon, end it: umount -l " + directory + ")",
                    e);
        }
        if (!Files.isDirectory(real)) {
            throw new IOException(directory + " cannot be mounted: it is not a directory");
        }
        return real;
    }

    /** Where it is now, or was at first if it is nowhere. */
    public Path directory() {
        try {
            MountTable.Entry entry = entry();
            return entry == null ? directory : entry.directory();
        } catch (IOException e) {
            return directory;
        }
    }

    /** Null if the mount table has it no more. */
    private MountTable.Entry entry() throws IOException {
        for (MountTable.Entry entry : MountTable.read()) {
            if (entry.id() == id && entry.device().equals(device)) {
                return entry;
            }
        }
        return null;
    }

    /** "major:minor" of the mounted file system, empty if it was gone at once. */
    public String device() {
        return device;
    }

    /** The same where there may be no mount table, which is taken for yes. */
    public boolean mayBeInPlace() {
        try {
            return isInPlace();
        } catch (IOException e) {
            return true;
        }
    }

    /** Whether the kernel's mount table still has this mount. */
    public boolean isInPlace() throws IOException {
        return entry() != null;
    }

    /**
     * Unmounts, unless that has been done already.
     *
     * @throws IOException if it is busy or covered, with "busy" in the message, or if it cannot be unmounted
     */
    public void unmount(boolean lazily) throws IOException {
        MountTable.Entry ours = entry();
        if (ours == null) {
            return;
        }
        MountTable.Entry top = MountTable.at(ours.directory());
        if (top != null && top.id() != id) {
            throw new IOException(ours.directory() + " cannot be unmounted: busy, " + top.source() + " (" + top.type()
                    + ") is mounted over it");
        }
        for (int tries = BRIEFLY_BUSY; ; tries--) {
            try {
                mounter.unmount(ours.directory(), lazily);
                return;
            } catch (IOException e) {
                if (entry() == null) {
                    return;
                }
                if (lazily || tries == 0) {
                    throw e;
                }
                pause();
            }
        }
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
