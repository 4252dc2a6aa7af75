package liveroot.fs.fuse.kernel;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import liveroot.fs.FileTree;
import liveroot.fs.LongCounts;

/**
 * What the kernel holds of a tree: lookups and open files. It gives most of them back by FORGET and RELEASE
 * but drops those that are still queued when the connection ends, and forgets everything it knew of a
 * mount without a word (fuse_abort_conn, fuse_kill_sb_anon of Linux). What is then left is given back from here.
 *
 * <p>Of a tree that is read-only nothing is counted, as it counts nothing.
 */
final class Held {

    private static final int ACCMODE = 3;

    private record Open(long id, long handle) {}

    private final FileTree tree;
    private final Backings backings;
    private final boolean counting;
    private final LongCounts lookups = new LongCounts();
    private final Map<Open, Integer> opens = new HashMap<>();
    private final LongCounts writers = new LongCounts();

    Held(FileTree tree, Backings backings) {
        this.tree = tree;
        this.backings = backings;
        this.counting = !tree.isReadOnly();
    }

    /** Counts a lookup that the tree has handed out. */
    void lookup(long id) {
        if (counting) {
            synchronized (this) {
                lookups.increment(id);
            }
        }
    }

    /** Gives lookups back, but never more than there are. */
    void forget(long id, long count) {
        if (!counting) {
            return;
        }
        long known;
        synchronized (this) {
            known = Math.min(lookups.get(id), count);
            lookups.decrement(id, known);
        }
        if (known > 0) {
            tree.forget(id, known);
        }
    }

    /** @param flags of open(2): whether it can be written to is noted */
    synchronized void file(long id, long handle, int flags) {
        opens.merge(new Open(id, handle), 1, Integer::sum);
        if (writes(flags)) {
            writers.increment(id);
        }
    }

    private static boolean writes(int flags) {
        return (flags & ACCMODE) != 0;
    }

    /** Whether a file is open for writing. */
    synchronized boolean isOpenForWriting(long id) {
        return writers.get(id) > 0;
    }

    /** @param flags as at its opening */
    void release(long id, long handle, int flags) {
        if (remove(new Open(id, handle), flags)) {
            // The kernel's hold on the descriptor ends before the tree may close it.
            backings.release(id);
            tree.release(id, handle);
        }
    }

    private synchronized boolean remove(Open open, int flags) {
        Integer count = opens.get(open);
        if (count == null) {
            return false;
        }
        if (writes(flags)) {
            writers.decrement(open.id, 1);
        }
        if (count == 1) {
            opens.remove(open);
        } else {
            opens.put(open, count - 1);
        }
        return true;
    }

    /** Gives everything back, when no request can come any more. */
    void giveBack() {
        for (Open open : List.copyOf(opens.keySet())) {
            while (opens.containsKey(open)) {
                release(open.id, open.handle, 0);
            }
        }
        lookups.forEachKey(id -> tree.forget(id, lookups.get(id)));
    }
}
