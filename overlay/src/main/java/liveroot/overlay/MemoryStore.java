package liveroot.overlay;

import java.time.Instant;
import java.util.concurrent.locks.ReadWriteLock;

/** Files as pages of direct memory. */
final class MemoryStore implements Store {

    private final PagePool pool;
    /** Null if nothing is compressed. */
    private final Compressor compressor;

    MemoryStore(Quota quota, boolean compress) {
        compressor = compress ? new Compressor() : null;
        pool = new PagePool(quota, compressor);
        if (compress) {
            compressor.start();
        }
    }

    PagePool pool() {
        return pool;
    }

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public boolean hasDescriptors() {
        return false;
    }

    /** What is read is read from the kernel's cache as a rule, and that is not seen here. */
    @Override
    public boolean keepsAccessTimes() {
        return false;
    }

    @Override
    public Instant now() {
        return Instant.now();
    }

    @Override
    public StoredFile newFile(ReadWriteLock lock) {
        return new PagedFile(pool, lock);
    }

    @Override
    public boolean makeRoom() {
        return compressor != null && compressor.makeRoom();
    }

    /** Compresses all that can be, in use or not. */
    void compressAll() {
        compressor.compress(Integer.MAX_VALUE, Long.MAX_VALUE);
    }

    @Override
    public UnionUse use(Quota quota, String noBetter) {
        PackedPages packed = pool.packed();
        if (packed == null) {
            return Store.super.use(quota, noBetter);
        }
        // While pages become compressed ones, neither count is right by itself.
        synchronized (packed) {
            return quota.use(name(), noBetter, packed.use());
        }
    }

    @Override
    public void close() {
        if (compressor != null) {
            compressor.close();
        }
        pool.close();
    }
}
