package liveroot.overlay;

/**
 * How a union's data is to be kept.
 *
 * @param noTmpfs why it is not to lie in a tmpfs, which is better where a front can hand its files to the kernel; null if
 *     it is to, if that can be had
 * @param compress whether pages that lie idle are to be compressed. The data then lies in memory of this process
 * @param noatime whether reading is to leave access times alone also where it could be seen
 */
public record StoreChoice(String noTmpfs, boolean compress, boolean noatime) {

    /** Why not in a tmpfs, null if it may lie there. */
    String obstacle() {
        return compress ? "compress=on, and only the daemon's own memory can be compressed" : noTmpfs;
    }
}
