package liveroot.fs.squashfs;

import java.io.IOException;
import liveroot.cache.BlockCache;

/** What must be true of a cache that was closed: sooner or later all of its memory is released. */
public final class ReleasedMemory {

    private ReleasedMemory() {}

    /** Waits for loads ahead of demand that are under way; for ever if a block is not released. */
    public static void await(BlockCache closed) throws IOException {
        while (closed.stats().used() > 0) {
            try {
                Thread.sleep(1);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException(closed.stats().used() + " bytes that were not released", e);
            }
        }
    }
}
