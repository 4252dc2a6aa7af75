package liveroot.overlay;

import java.time.Instant;

/** Files as pages of direct memory. */
final class MemoryStore implements Store {

    private final PagePool pool;

    MemoryStore(Quota quota) {
        pool = new PagePool(quota);
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
    public StoredFile newFile() {
        return new PagedFile(pool);
    }

    @Override
    public void close() {
        pool.close();
    }
}
