package liveroot.overlay;

import java.time.Instant;
import liveroot.fs.Attributes;
import liveroot.fs.Name;

/** A changed or new directory: what differs from a lower directory, or all of it if it is opaque. */
final class Directory extends Inode {

    /** What one entry adds to the size that stat shows, as tmpfs has it (BOGO_DIRENT_SIZE of mm/shmem.c). */
    private static final int ENTRY_SIZE = 20;

    /** The lower tree's id of the directory whose names show through; 0 if opaque. Never changes. */
    final long lower;

    private final long lowerSize;

    /** Id of the directory that holds it; 0 for where the lower tree has it. */
    long parent;

    private Entries entries;

    /** Whether {@link #lowerDefaultAcl} has been asked for. */
    boolean knowsLowerDefaultAcl;

    /** {@link Acl#DEFAULT} of the lower directory, null if it has none; counts as long as {@link #xattrs} is null. */
    byte[] lowerDefaultAcl;

    /** Whether it was removed. It may still be open. */
    boolean removed;

    /** A new, opaque one. */
    Directory(long id, long ino, int mode, int uid, int gid, long parent, Instant now) {
        super(id, ino, mode, uid, gid, now);
        this.lower = 0;
        this.lowerSize = 0;
        this.parent = parent;
        this.nlink = 2;
    }

    Directory(long id, Attributes below, long lower) {
        super(id, below);
        this.lower = lower;
        this.lowerSize = below.size();
    }

    /** Null as long as no name in it has changed. */
    Entries entries() {
        return entries;
    }

    /** Slot of a name, -1 if it is neither held nor whited out here. */
    int find(Name name) {
        return entries == null ? -1 : entries.find(name);
    }

    /**
     * Makes a name lead to an inode.
     *
     * @param below whether the lower directory has this name. Counts only for a name that has no slot here
     */
    void put(Name name, long child, boolean below) {
        if (entries == null) {
            entries = new Entries();
        }
        entries.put(name, child, below);
    }

    /** Takes a name out of sight, by a whiteout if the lower directory has it. */
    void remove(Name name, boolean below) {
        if (entries == null) {
            entries = new Entries();
        }
        entries.remove(name, below);
    }

    /** Counts subdirectories. A lower format that does not count them shows 1 for ever. */
    void addSubdirectories(int count) {
        if (nlink >= 2) {
            nlink = Math.max(2, nlink + count);
        }
    }

    /**
     * Whether nothing in it can be seen.
     *
     * @param lowerEntries how many entries the lower directory has
     */
    boolean isEmpty(long lowerEntries) {
        return entries == null ? lowerEntries == 0 : entries.children() == 0 && entries.whiteouts() == lowerEntries;
    }

    /** The end of a directory that is empty. */
    void remove() {
        removed = true;
        nlink = 0;
        entries = null;
    }

    @Override
    boolean isUnlinked() {
        return removed;
    }

    @Override
    long size() {
        return lowerSize + (entries == null ? 0 : (long) ENTRY_SIZE * entries.children());
    }
}
