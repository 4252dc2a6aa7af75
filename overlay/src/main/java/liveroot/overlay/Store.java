package liveroot.overlay;

import java.io.Closeable;
import java.time.Instant;
import java.util.concurrent.locks.ReadWriteLock;

/** Where the data of a union's files lies, within the union's {@link Quota}. */
interface Store extends Closeable {

    /** As {@code liveroot status} shows it. */
    String name();

    /** Whether its files can have a {@link StoredFile#descriptor}. */
    boolean hasDescriptors();

    /** Whether reading is to set access times. */
    boolean keepsAccessTimes();

    /** The time, so that what changes later by whatever hand never seems to have changed before. */
    Instant now();

    /**
     * A file without pages. It takes nothing from the store until it has some.
     *
     * @param lock its data lock
     */
    StoredFile newFile(ReadWriteLock lock);

    /** Finds space for somebody who needs it and holds no lock. @return whether there is more now */
    default boolean makeRoom() {
        return false;
    }

    /** How full the union is. */
    default UnionUse use(Quota quota, String noBetter) {
        return quota.use(name(), noBetter, null);
    }

    /** Ends the store with all that is in it. Not called while it is in use. */
    @Override
    void close();
}
