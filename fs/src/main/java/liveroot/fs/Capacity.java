package liveroot.fs;

/**
 * What statfs(2) tells. A read-only image is full: nothing free.
 *
 * @param blockSize bytes of the unit in which {@code blocks}, {@code free} and {@code available} count
 * @param blocks all
 * @param free free
 * @param available free for users other than root
 * @param files all inodes
 * @param filesFree free inodes
 */
public record Capacity(int blockSize, long blocks, long free, long available, long files, long filesFree) {}
