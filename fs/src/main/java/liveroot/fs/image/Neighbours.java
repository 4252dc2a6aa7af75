package liveroot.fs.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import liveroot.cache.BlockSource;
import liveroot.cache.FileSource;

/** The files that lie in the same directory as an image: a segmented one goes on in them. */
@FunctionalInterface
public interface Neighbours {

    /** For an image that has none. */
    Neighbours NONE = name -> null;

    /** Those of a file of the host. */
    static Neighbours of(Path file) {
        return name -> {
            Path neighbour = file.resolveSibling(name);
            return Files.exists(neighbour) ? FileSource.open(neighbour) : null;
        };
    }

    /**
     * Opens one.
     *
     * @param name without any '/'
     * @return the caller's to close; null if there is no such file
     */
    BlockSource open(String name) throws IOException;
}
