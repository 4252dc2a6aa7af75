package liveroot.overlay;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReadWriteLock;
import liveroot.fs.sys.Tmpfs;

/** Files in a tmpfs of the union's own. The kernel keeps to its size, and can be handed its files. */
final class TmpfsStore implements Store {

    private final Tmpfs tmpfs;
    private final Quota quota;
    private final boolean keepsAccessTimes;
    private final AtomicLong lastNumber = new AtomicLong();

    /**
     * @param quota of the same tmpfs
     * @param keepsAccessTimes whether the tmpfs does
     */
    TmpfsStore(Tmpfs tmpfs, Quota quota, boolean keepsAccessTimes) {
        this.tmpfs = tmpfs;
        this.quota = quota;
        this.keepsAccessTimes = keepsAccessTimes;
    }

    @Override
    public String name() {
        return "tmpfs";
    }

    @Override
    public boolean hasDescriptors() {
        return true;
    }

    @Override
    public boolean keepsAccessTimes() {
        return keepsAccessTimes;
    }

    @Override
    public Instant now() {
        return Tmpfs.now();
    }

    @Override
    public StoredFile newFile(ReadWriteLock lock) {
        return new TmpfsFile(this);
    }

    Tmpfs tmpfs() {
        return tmpfs;
    }

    long newNumber() {
        return lastNumber.incrementAndGet();
    }

    /** Space becomes less only by what comes through here, so this is when the most of it is known. */
    void beforeLess() {
        quota.look();
    }

    @Override
    public void close() {
        tmpfs.close();
    }
}
