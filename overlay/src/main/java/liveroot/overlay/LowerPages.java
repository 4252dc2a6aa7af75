package liveroot.overlay;

import java.nio.ByteBuffer;
import liveroot.fs.PageCache;

/**
 * The kernel's page cache of a union's mount, for the lower tree to fill. Bytes of a file are stored there only while the
 * file is in the union as it is below, and nobody has it open. Who opens it meanwhile, or changes its size, waits until they
 * are stored: {@link Upper#awaitFill}.
 *
 * <p>Nothing that was written is lost by that. Pages are written to through an open file, or cut off by a change of size
 * (fs/fuse/file.c and dir.c of Linux), so that comes before the whole of a store or after it. If before, the file is no
 * longer as it is below: a write is served before it returns, and what went to a mapping before the file's RELEASE. If
 * after, the kernel has what it would have if somebody had read the file and closed it.
 *
 * <p>Nothing hangs by that. The kernel locks the pages that it stores, and who reads pages keeps them locked until READ is
 * answered; but keeps the file open, too. So a store to a file that nobody has open waits for no request, and all workers
 * may wait for it.
 */
final class LowerPages implements PageCache {

    private final Upper upper;
    private final PageCache kernel;

    LowerPages(Upper upper, PageCache kernel) {
        this.upper = upper;
        this.kernel = kernel;
    }

    /** A file that is open or has changed is left to be read, which is no refusal. */
    @Override
    public synchronized boolean store(long id, long offset, ByteBuffer bytes) {
        if (!upper.beginFill(id)) {
            return true;
        }
        try {
            return kernel.store(id, offset, bytes);
        } finally {
            upper.endFill();
        }
    }
}
