package liveroot.fs.image;

import java.io.IOException;
import liveroot.cache.BlockSource;

/** The files that lie in the same directory as an image: a segmented one goes on in them. */
@FunctionalInterface
public interface Neighbours {

    /** For an image that has none. */
    Neighbours NONE = name -> null;

    /**
     * Opens one.
     *
     * @param name without any '/'
     * @return the caller's to close; null if there is no such file
     */
    BlockSource open(String name) throws IOException;
}
