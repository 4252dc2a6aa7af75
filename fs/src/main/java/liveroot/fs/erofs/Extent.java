package liveroot.fs.erofs;

/**
 * Bytes of a compressed file that were compressed together.
 *
 * @param start first byte, in the file
 * @param length bytes
 * @param kind how they are stored
 * @param algorithm of what is packed, null for others
 * @param position of what is stored, in the image; of a fragment, in the packed file
 * @param stored bytes of it
 * @param isPart whether what is stored unpacks to more than these
 */
record Extent(long start, long length, Kind kind, Algorithm algorithm, long position, int stored, boolean isPart) {

    enum Kind {
        PACKED,
        /** As they are. */
        PLAIN,
        /** As they are, but rotated: each byte at the place in its block that it has in the file. */
        INTERLACED,
        /** Within the packed file, in which the ends of files are. */
        FRAGMENT
    }

    /** Whether byte {@code offset} of the file is in it. */
    boolean has(long offset) {
        return offset >= start && offset - start < length;
    }
}
