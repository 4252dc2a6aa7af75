package liveroot.launcher;

import java.util.List;

/**
 * A union that was asked for.
 *
 * @param path absolute within the image, as given
 * @param size bytes, 0 for a share of what RAM allows
 * @param inodes the most it may hold, 0 for as many as its size lets expect
 * @param options how it is mounted
 * @param directories made in it at the start
 * @param root what its own directory is to differ in from the one it covers
 * @param origin who asked, for messages: "--union", "FILE:3", "preset rc.cdrom"
 * @param required whether an image that lacks the path is refused; otherwise the union is left out
 */
record Union(
        String path,
        long size,
        long inodes,
        Options options,
        List<NewDirectory> directories,
        Root root,
        String origin,
        boolean required) {

    /** As in mount(8). */
    record Options(boolean readOnly, boolean nosuid, boolean nodev, boolean noexec, boolean noatime) {
        static final Options NONE = new Options(false, false, false, false, false);
    }

    /** @param mode permission bits, not masked */
    record NewDirectory(String name, int mode) {}

    /** Mode, owner and group; -1 for what stays. */
    record Root(int mode, int uid, int gid) {
        static final Root COVERED = new Root(-1, -1, -1);
    }

    /** The value of {@code --union}: PATH[=SIZE]. */
    static Union parse(String text, long memory) throws Refusal {
        int equals = text.lastIndexOf('=');
        String path = equals < 0 ? text : text.substring(0, equals);
        long size = equals < 0 ? 0 : Size.parse("--union " + path, text.substring(equals + 1), memory);
        return new Union(absolute(path, "--union"), size, 0, Options.NONE, List.of(), Root.COVERED, "--union", true);
    }

    static String absolute(String path, String origin) throws Refusal {
        if (!path.startsWith("/")) {
            throw new Refusal(
                    Refusal.USAGE,
                    origin + ": path '" + path + "' does not begin with '/': give it as it is inside the image");
        }
        return path;
    }
}
