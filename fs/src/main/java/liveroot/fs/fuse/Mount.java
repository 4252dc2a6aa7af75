package liveroot.fs.fuse;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** A mounted tree. */
public interface Mount {

    /** Absolute, without symlinks; where the mount is now, if it was moved. */
    Path directory();

    /** Whether this process sees it mounted, here or where it was moved; another may be at its place. */
    boolean isMounted();

    /** The front that serves it, see {@link Front#name}. */
    String front();

    /**
     * Why the kernel was not handed files by their descriptors ({@link liveroot.fs.Opened}) that the tree had offered, as far
     * as this has happened; null if it has not.
     */
    default String noPassthrough() {
        return null;
    }

    /**
     * Unmounts. Must not be called by a thread that serves requests.
     *
     * @param lazily take it out of sight at once and let it end when its last user goes (MNT_DETACH of umount(2));
     *     otherwise fail if it is in use
     * @throws IOException if it is busy, with "busy" in the message, or could not be unmounted
     */
    void unmount(boolean lazily) throws IOException;

    /** Waits until the kernel has ended the mount, whoever asked for it, and its threads have stopped. */
    void awaitEnd() throws InterruptedException;

    /** Whether that has happened. */
    boolean hasEnded();

    /** Requests served since the mount, by FUSE operation ("LOOKUP", "READ" ...), those with none left out. */
    Map<String, Long> requests();
}
