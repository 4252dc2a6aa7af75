package liveroot.fs.fuse;

import java.io.IOException;
import java.nio.file.Path;
import liveroot.fs.FileTree;

/** A way by which the host's requests reach a {@link FileTree}. */
public interface Front {

    /** As {@code --front} names it. */
    String name();

    /** Why this front cannot work on this host, in a sentence that says what to do; null if it can. */
    String obstacle();

    /**
     * Why this front cannot hand the descriptors of {@link liveroot.fs.Opened} to the kernel on this host, in a sentence;
     * null if it can.
     */
    String noPassthrough();

    /**
     * Mounts a tree and serves it until it is unmounted, by its own threads. Returns when the mount is in place and
     * requests are answered.
     *
     * @param tree stays open after the mount has ended; it is the caller's to close
     * @throws IOException if it could not be mounted; the message says why and what to do. Nothing is left behind
     */
    Mount mount(FileTree tree, Path directory, MountOptions options) throws IOException;
}
