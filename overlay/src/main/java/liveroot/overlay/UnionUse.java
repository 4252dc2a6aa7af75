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
        String noBetter) {}
