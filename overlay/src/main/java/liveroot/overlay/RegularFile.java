package liveroot.overlay;

import java.time.Instant;
import liveroot.fs.Attributes;
import liveroot.fs.Mode;
import liveroot.fs.sys.Tmpfs;

/** A changed or new regular file. Its {@link Content} is guarded by its data lock. */
final class RegularFile extends Inode {

    final Content content;

    /** Whether it was seen to need the lower file no more; that stays so. Guarded by the data lock. */
    volatile boolean isWhole;

    /** Whether it may have {@link Xattrs#CAPABILITY}: not for certain no. */
    boolean mayHaveCapability;

    /** Changed with both the data lock and the monitor of {@link Upper} held, so that either allows to read it. */
    private long size;

    /** As of the last change of {@link #content}; guarded like {@link #size}. */
    private long blocks;

    RegularFile(long id, long ino, int mode, int uid, int gid, Content content, Instant now) {
        super(id, ino, Mode.S_IFREG | (mode & 07777), uid, gid, now);
        this.content = content;
    }

    RegularFile(long id, Attributes below, Content content) {
        super(id, below);
        this.content = content;
        this.mayHaveCapability = true;
        this.blocks = below.blocks();
        this.size = below.size();
    }

    /** How often it is open by its descriptor. Changed with the monitor of {@link Upper} held. */
    private volatile int backed;

    /** The file in the store as {@link #look} has last seen it; null if it is not open by its descriptor. */
    private Tmpfs.Stat seen;

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
            seen = content.stored.stat();
        }
        backed = before + 1;
        expectRead();
    }

    /**
     * Has the kernel set the access time at the next read, if that is due: its own file may have been read since the one
     * that the union shows.
     */
    void expectRead() {
        if (backed == 0) {
            return;
        }
        boolean isDueThere =
                seen.atime() < seen.mtime() || (seen.atime() == seen.mtime() && seen.atimeNanos() <= seen.mtimeNanos());
        if (!isDueThere && isAccessDue(seen.atime())) {
            seen = content.stored.forgetAccess();
        }
    }

    /** One handle of {@link #backedOpened} ends. The content is open. */
    void backedClosed() {
        look();
        int before = backed;
        backed = before - 1;
        if (before == 1) {
            seen = null;
        }
    }

    @Override
    void look() {
        if (backed == 0) {
            return;
        }
        Tmpfs.Stat stat = content.stored.stat();
        size = stat.size();
        blocks = stat.blocks();
        Tmpfs.Stat before = seen;
        seen = stat;
        boolean read = stat.atime() != before.atime() || stat.atimeNanos() != before.atimeNanos();
        if (read && isAccessDue(stat.atime())) {
            atime = stat.atime();
            atimeNanos = stat.atimeNanos();
        }
        if (stat.mtime() == before.mtime() && stat.mtimeNanos() == before.mtimeNanos()) {
            return;
        }
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
        blocks = content.blocks(size);
    }

    /** A change has failed. The store's file may have a new time all the same. */
    void contentStayed() {
        if (backed > 0) {
            seen = content.stored.stat();
        }
    }

    /** Makes stat show a change of the content. */
    void contentChanged(long newSize, Instant now) {
        size = newSize;
        blocks = content.blocks(newSize);
        touchContent(now);
        if (backed > 0) {
            seen = content.stored.stat();
        }
    }
}
