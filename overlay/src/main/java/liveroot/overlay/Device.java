package liveroot.overlay;

import java.time.Instant;
import liveroot.fs.Attributes;

/** A changed or new device, whiteouts that a rename leaves included. */
final class Device extends Inode {

    private final int rdev;

    Device(long id, long ino, int mode, int uid, int gid, int rdev, Instant now) {
        super(id, ino, mode, uid, gid, now);
        this.rdev = rdev;
    }

    Device(long id, Attributes below) {
        super(id, below);
        rdev = below.rdev();
    }

    @Override
    int rdev() {
        return rdev;
    }
}
