package liveroot.overlay;

import java.time.Instant;
import liveroot.fs.Attributes;
import liveroot.fs.Mode;

/** A changed or new symlink. */
final class Symlink extends Inode {

    /** Null for that of the lower symlink, as a target never changes. */
    final byte[] target;

    private final long size;

    Symlink(long id, long ino, byte[] target, int uid, int gid, Instant now) {
        super(id, ino, Mode.S_IFLNK | 0777, uid, gid, now);
        this.target = target;
        this.size = target.length;
    }

    Symlink(long id, Attributes below) {
        super(id, below);
        target = null;
        size = below.size();
    }

    @Override
    long size() {
        return size;
    }

    @Override
    long bytes() {
        return super.bytes() + (target == null ? 0 : Quota.textBytes(target.length));
    }
}
