package liveroot.fs;

import java.util.List;
import java.util.Map;

/** A tree that an image holds. Each format has one of its own; nobody else needs to know which. */
public interface ImageTree extends FileTree {

    /** The fact that says which files of the image are not in the tree. */
    String LEFT_OUT = "left out";

    /** In a few words, what wraps it first: "SquashFS 4.0, zstd". */
    String format();

    /** What the image says of itself, in the order in which people should read it: "inodes" and "4711", by name. */
    Map<String, String> facts();

    /** What whoever mounts it should know before: that the image is cut short. Null if there is nothing. */
    default String warning() {
        return null;
    }

    /** The checksums that are not met where files are read, and checked there. */
    default List<Checksum> checksums() {
        return List.of();
    }
}
