package liveroot.fs;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** What an image may be wrapped in: a compressed or sparse disk image, a partition map. Each format has one of its own. */
public interface ImageContainer extends Closeable {

    /** In a few words: "UDIF, zlib, 24.6 MiB", "Apple partition map, 2048-byte blocks, 5 entries". */
    String format();

    /** What the container says of itself, in the order in which people should read it, by name. */
    Map<String, String> facts();

    /** What is in it: one part, the unpacked disk; or the partitions. In the order in which they should be tried. */
    List<ImagePart> parts();

    /** Every checksum that the container has over its bytes, and that is of a known kind. */
    List<Checksum> checksums();

    /** The others, in words: over what, of which kind. */
    default List<String> unchecked() {
        return List.of();
    }

    /** Something that people should know before they use it, or null. */
    default String warning() {
        return null;
    }

    /** Ends the use of the parts. The source below stays open. */
    @Override
    void close() throws IOException;
}
