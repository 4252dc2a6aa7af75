package liveroot.overlay;

import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/** The data locks of files. Files share them by their ids, so that no file pays for one of its own. */
final class DataLocks {

    private final ReadWriteLock[] locks = new ReadWriteLock[64];

    DataLocks() {
        for (int i = 0; i < locks.length; i++) {
            locks[i] = new ReentrantReadWriteLock();
        }
    }

    ReadWriteLock of(long id) {
        return locks[(int) ((id * 0x9E3779B97F4A7C15L) >>> 58)];
    }
}
