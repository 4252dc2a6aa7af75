package liveroot.overlay;

import java.time.Instant;
import liveroot.fs.Attributes;
import liveroot.fs.Mode;

/** A changed or new regular file. Its {@link Content} is guarded by its data lock. */
final class RegularFile extends Inode {

    final Content content;

    private final long lowerBlocks;

    /** Whether it may have {@link Xattrs#CAPABILITY}: not for certain no. */
    boolean mayHaveCapability;

    /** Changed with both the data lock and the monitor of {@link Upper} held, so that either allows to read it. */
    private long size;

    /** As of the last change of {@link #content}; guarded like {@link #size}. */
    private long blocks;

    RegularFile(long id, long ino, int mode, int uid, int gid, Content content, Instant now) {
        super(id, ino, Mode.S_IFREG | (mode & 07777), uid, gid, 0, now);
        this.content = content;
        this.lowerBlocks = 0;
    }

    RegularFile(long id, Attributes below, Content content) {
        super(id, below);
        this.content = content;
        this.lowerBlocks = below.blocks();
        this.mayHaveCapability = true;
        this.blocks = below.blocks();
        this.size = below.size();
    }

    @Override
    long size() {
        return size;
    }

    @Override
    long blocks() {
        return blocks;
    }

    /** Makes stat show a change of the content. */
    void contentChanged(long newSize, Instant now) {
        size = newSize;
        blocks = content.blocks(newSize, lowerBlocks);
        touchContent(now);
    }
}
