package liveroot.overlay;

import java.io.Closeable;
import java.time.Instant;

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

    /** A file without pages. It takes nothing from the store until it has some. */
    StoredFile newFile();

    /** Ends the store with all that is in it. Not called while it is in use. */
    @Override
    void close();
}
