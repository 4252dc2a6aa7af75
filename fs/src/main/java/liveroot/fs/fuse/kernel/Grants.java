package liveroot.fs.fuse.kernel;

import java.util.Arrays;
import liveroot.fs.Opened;

/**
 * What the reply under way hands to the kernel: lookups, and at most one open file. All of it is taken back
 * if the request fails after all, or if the reply does not arrive. It belongs to one worker.
 */
final class Grants {

    private final Held held;
    private final Backings backings;
    private long[] lookups = new long[64];
    private int lookupCount;
    private boolean opened;
    private long id;
    private long handle;
    private int flags;

    Grants(Held held, Backings backings) {
        this.held = held;
        this.backings = backings;
    }

    /** Begins a reply. */
    void begin() {
        lookupCount = 0;
        opened = false;
    }

    void lookup(long inode) {
        if (lookupCount == lookups.length) {
            lookups = Arrays.copyOf(lookups, 2 * lookupCount);
        }
        held.lookup(inode);
        lookups[lookupCount++] = inode;
    }

    /**
     * @param openFlags of open(2)
     * @return backing id to answer with, or {@link Backings#NONE}
     */
    int file(long inode, Opened file, int openFlags) {
        opened = true;
        id = inode;
        handle = file.handle();
        flags = openFlags;
        held.file(inode, file.handle(), openFlags);
        return backings.open(inode, file.backing());
    }

    void takeBack() {
        if (opened) {
            held.release(id, handle, flags);
            opened = false;
        }
        while (lookupCount > 0) {
            held.forget(lookups[--lookupCount], 1);
        }
    }
}
