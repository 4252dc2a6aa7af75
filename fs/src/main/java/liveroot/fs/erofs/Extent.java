package liveroot.fs.erofs;

/**
 * Bytes of a compressed file that were compressed together.
 *
 * @param start first byte, in the file
 * @param length bytes
 * @param kind how they are stored
 * @param position of what is stored, in the image; of a fragment, in the packed file
 * @param stored bytes of it
 * @param isPart whether what is stored unpacks to more than these
 */
record Extent(long start, long length, Kind kind, long position, int stored, boolean isPart) {

    enum Kind {
        LZ4,
        /** As they are. */
        PLAIN,
        /** As they are, but rotated: each byte at the place in its block that it has in the file. */
        INTERLACED,
        /** Within the packed file, in which the ends of files are. */
        FRAGMENT
    }
}
