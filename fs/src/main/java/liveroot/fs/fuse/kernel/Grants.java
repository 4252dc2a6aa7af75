package liveroot.fs.fuse.kernel;

import java.util.Arrays;
import liveroot.fs.Opened;

/**
 * What the reply under way hands to the kernel: lookups, and at most one open file or directory. All of it is taken back
 * if the request fails after all, or if the reply does not arrive. It belongs to one worker.
 */
final class Grants {

    private enum Kind {
        NOTHING,
        FILE,
        DIRECTORY
    }

    private final Held held;
    private final Backings backings;
    private long[] lookups = new long[64];
    private int lookupCount;
    private Kind opened = Kind.NOTHING;
    private long id;
    private long handle;

    Grants(Held held, Backings backings) {
        this.held = held;
        this.backings = backings;
    }

    /** Begins a reply. */
    void begin() {
        lookupCount = 0;
        opened = Kind.NOTHING;
    }

    void lookup(long inode) {
        if (lookupCount == lookups.length) {
            lookups = Arrays.copyOf(lookups, 2 * lookupCount);
        }
        held.lookup(inode);
        lookups[lookupCount++] = inode;
    }

    /** @return backing id to answer with, or {@link Backings#NONE} */
    int file(long inode, Opened file) {
        opened(Kind.FILE, inode, file.handle());
        held.file(inode, file.handle());
        return backings.open(inode, file.backing());
    }

    void directory(long inode, long directory) {
        opened(Kind.DIRECTORY, inode, directory);
        held.directory(inode, directory);
    }

    private void opened(Kind kind, long inode, long what) {
        opened = kind;
        id = inode;
        handle = what;
    }

    void takeBack() {
        if (opened == Kind.FILE) {
            held.release(id, handle);
        } else if (opened == Kind.DIRECTORY) {
            held.releasedir(id, handle);
        }
        opened = Kind.NOTHING;
        while (lookupCount > 0) {
            held.forget(lookups[--lookupCount], 1);
        }
    }
}
