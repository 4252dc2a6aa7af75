package liveroot.overlay;

import java.time.Instant;
import liveroot.fs.Attributes;
import liveroot.fs.Mode;
import liveroot.fs.sys.Tmpfs;

/** A changed or new regular file. Its {@link Content} is guarded by its data lock. */
final class RegularFile extends Inode {

    final Content content;

    private final long lowerBlocks;

    /** Whether it was seen to need the lower file no more; that stays so. Guarded by the data lock. */
    volatile boolean isWhole;

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

    /** How often it is open by its descriptor. Changed with the monitor of {@link Upper} held. */
    private volatile int backed;

    /** When the file in the store was last changed, as far as {@link #look} has seen. */
    private long seenMtime;

    private int seenMtimeNanos;

    /** Likewise, when it was read. */
    private long seenAtime;

    private int seenAtimeNanos;

    @Override
    long size() {
        return size;
    }

    /** The size, also while the kernel writes. The data lock is held, and the content is open. */
    long currentSize() {
        return backed > 0 ? content.stored.stat().size() : size;
    }

    /** The kernel gets its descriptor. */
    void backedOpened() {
        int before = backed;
        if (before == 0) {
            see(content.stored.stat());
        }
        backed = before + 1;
        expectRead();
    }

    /**
     * Has the kernel set the access time at the next read, if that is due: its own file may have been read since the one
     * that the union shows.
     */
    void expectRead() {
        boolean isDueThere = seenAtime < seenMtime || (seenAtime == seenMtime && seenAtimeNanos <= seenMtimeNanos);
        if (backed > 0 && !isDueThere && isAccessDue(seenAtime)) {
            see(content.stored.forgetAccess());
        }
    }

    /** One handle of {@link #backedOpened} ends. The content is open. */
    void backedClosed() {
        look();
        int before = backed;
        backed = before - 1;
    }

    private void see(Tmpfs.Stat stat) {
        seenMtime = stat.mtime();
        seenMtimeNanos = stat.mtimeNanos();
        seenAtime = stat.atime();
        seenAtimeNanos = stat.atimeNanos();
    }

    @Override
    void look() {
        if (backed == 0) {
            return;
        }
        Tmpfs.Stat stat = content.stored.stat();
        size = stat.size();
        blocks = stat.blocks();
        boolean read = stat.atime() != seenAtime || stat.atimeNanos() != seenAtimeNanos;
        if (read && isAccessDue(stat.atime())) {
            atime = stat.atime();
            atimeNanos = stat.atimeNanos();
        }
        seenAtime = stat.atime();
        seenAtimeNanos = stat.atimeNanos();
        if (stat.mtime() == seenMtime && stat.mtimeNanos() == seenMtimeNanos) {
            return;
        }
        see(stat);
        mtime = stat.mtime();
        mtimeNanos = stat.mtimeNanos();
        if (stat.ctime() > ctime || (stat.ctime() == ctime && stat.ctimeNanos() > ctimeNanos)) {
            ctime = stat.ctime();
            ctimeNanos = stat.ctimeNanos();
        }
    }

    @Override
    long blocks() {
        return blocks;
    }

    /** The content is where it was not before, but the same. */
    void contentCopied() {
        blocks = content.blocks(size, lowerBlocks);
    }

    /** A change has failed. The store's file may have a new time all the same. */
    void contentStayed() {
        if (backed > 0) {
            see(content.stored.stat());
        }
    }

    /** Makes stat show a change of the content. */
    void contentChanged(long newSize, Instant now) {
        size = newSize;
        blocks = content.blocks(newSize, lowerBlocks);
        touchContent(now);
        if (backed > 0) {
            see(content.stored.stat());
        }
    }
}
