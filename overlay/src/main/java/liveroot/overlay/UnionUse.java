package liveroot.overlay;

/**
 * How full a union is, as {@code liveroot status} shows it.
 *
 * @param bytesLimit size of the union in bytes
 * @param bytes of them used
 * @param mostBytes the most that were used at one time
 * @param inodesLimit the most inodes that may be changed or new
 * @param inodes changed or new now
 * @param mostInodes the most at one time
 * @param entries names and whiteouts held
 * @param store where the data lies: "memory" or "tmpfs"
 * @param noBetter why it does not lie in a better store, null if there is no better one
 * @param compression of pages that lie idle, null if there is none
 */
public record UnionUse(
        long bytesLimit,
        long bytes,
        long mostBytes,
        long inodesLimit,
        long inodes,
        long mostInodes,
        long entries,
        String store,
        String noBetter,
        Compression compression) {

    /**
     * @param plain bytes of the pages that are compressed
     * @param packed bytes that they take
     */
    public record Compression(long plain, long packed) {}

    /** Bytes that would be used if nothing was compressed: what the union holds. */
    public long held() {
        return compression == null ? bytes : bytes + compression.plain - compression.packed;
    }
}
