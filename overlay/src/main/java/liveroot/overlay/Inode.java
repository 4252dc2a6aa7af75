package liveroot.overlay;

import java.time.Instant;
import java.util.Map;
import liveroot.fs.Attributes;
import liveroot.fs.Mode;
import liveroot.fs.Name;

/**
 * A changed or new inode: of a fifo or socket this itself, of other types a subclass. There may be very many of them:
 * {@code MetadataSizeTest} has what they take. All that is not final is
 * guarded by the monitor of {@link Upper}.
 */
class Inode {

    static final int BLOCK_SIZE = 4096;

    /** Seconds. */
    private static final long DAY = 24 * 60 * 60;

    final long id;
    final long ino;
    int mode;
    int nlink;
    int uid;
    int gid;
    long atime;
    int atimeNanos;
    long mtime;
    int mtimeNanos;
    long ctime;
    int ctimeNanos;

    /** Null as long as they are those of the lower inode. */
    Map<Name, byte[]> xattrs;

    /** Lookups that have not been given back; they stay at the largest number. {@link Upper} has those of unchanged inodes. */
    int lookups;

    /** A new inode, which has no name yet. */
    Inode(long id, long ino, int mode, int uid, int gid, Instant now) {
        this.id = id;
        this.ino = ino;
        this.mode = mode;
        this.uid = uid;
        this.gid = gid;
        this.xattrs = Map.of();
        touchAtime(now);
        touchContent(now);
    }

    /** A lower inode that is about to change. */
    Inode(long id, Attributes below) {
        this.id = id;
        ino = below.ino();
        mode = below.mode();
        nlink = below.nlink();
        uid = below.uid();
        gid = below.gid();
        atime = below.atime();
        atimeNanos = below.atimeNanos();
        mtime = below.mtime();
        mtimeNanos = below.mtimeNanos();
        ctime = below.ctime();
        ctimeNanos = below.ctimeNanos();
    }

    final boolean isDirectory() {
        return Mode.isDirectory(mode);
    }

    /** Whether its last name has gone. */
    boolean isUnlinked() {
        return nlink == 0;
    }

    long size() {
        return 0;
    }

    /** Number of a device. */
    int rdev() {
        return 0;
    }

    /** In units of 512 bytes. */
    long blocks() {
        return 0;
    }

    final void touchAtime(Instant now) {
        atime = now.getEpochSecond();
        atimeNanos = now.getNano();
    }

    /** Whether relatime (mount(8)) has a read set the access time: it is not behind the other times, or a day old. */
    final boolean isAccessDue(long seconds) {
        return seconds - atime >= DAY || !isAfter(mtime, mtimeNanos) || !isAfter(ctime, ctimeNanos);
    }

    private boolean isAfter(long seconds, int nanos) {
        return atime > seconds || (atime == seconds && atimeNanos > nanos);
    }

    final void touch(Instant now) {
        ctime = now.getEpochSecond();
        ctimeNanos = now.getNano();
    }

    final void touchContent(Instant now) {
        mtime = now.getEpochSecond();
        mtimeNanos = now.getNano();
        touch(now);
    }

    /** What a write or a change of owner takes away: set-user-id, and set-group-id of a group-executable file. */
    final void killSetId() {
        mode &= ~Mode.S_ISUID;
        if ((mode & Mode.S_IXGRP) != 0) {
            mode &= ~Mode.S_ISGID;
        }
    }

    /** Gives a new inode its first attributes. */
    final void setFirstXattrs(Map<Name, byte[]> first) {
        xattrs = first;
    }

    /** What the names and values in {@link #xattrs} count in the quota. */
    final long xattrBytes() {
        return xattrs == null ? 0 : Xattrs.bytes(xattrs);
    }

    /** What it counts in the quota beyond one inode. */
    long bytes() {
        return xattrBytes();
    }

    /** Learns what the kernel has changed by itself. */
    void look() {}

    final Attributes attributes() {
        look();
        return new Attributes(
                ino,
                mode,
                nlink,
                uid,
                gid,
                rdev(),
                size(),
                blocks(),
                BLOCK_SIZE,
                atime,
                atimeNanos,
                mtime,
                mtimeNanos,
                ctime,
                ctimeNanos);
    }
}
