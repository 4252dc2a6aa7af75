package liveroot.launcher;

import java.util.List;
import java.util.Locale;
import java.util.Set;

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

    /** Words of mount(8) that were given. They come in pairs, of which the first is the rule. */
    enum Flag {
        RW,
        RO,
        SUID,
        NOSUID,
        DEV,
        NODEV,
        EXEC,
        NOEXEC,
        RELATIME,
        NOATIME;

        /** Null if there is none of that name. */
        static Flag of(String word) {
            for (Flag flag : values()) {
                if (flag.name().toLowerCase(Locale.ROOT).equals(word)) {
                    return flag;
                }
            }
            return null;
        }

        Flag opposite() {
            return switch (this) {
                case RW -> RO;
                case RO -> RW;
                case SUID -> NOSUID;
                case NOSUID -> SUID;
                case DEV -> NODEV;
                case NODEV -> DEV;
                case EXEC -> NOEXEC;
                case NOEXEC -> EXEC;
                case RELATIME -> NOATIME;
                case NOATIME -> RELATIME;
            };
        }
    }

    /** @param compress whether pages that lie idle are to be compressed */
    record Options(Set<Flag> flags, boolean compress) {
        static final Options NONE = new Options(Set.of(), false);

        boolean has(Flag flag) {
            return flags.contains(flag);
        }
    }

    /** @param mode permission bits, not masked */
    record NewDirectory(String name, int mode) {}

    /** Mode, owner and group; -1 for what stays. */
    record Root(int mode, int uid, int gid) {
        static final Root COVERED = new Root(-1, -1, -1);
    }

    /** This one, with the directories that a preset has for the same place, unless it has some of its own. */
    Union withDirectoriesOf(Union preset) {
        return directories.isEmpty()
                ? new Union(path, size, inodes, options, preset.directories, root, origin, required)
                : this;
    }

    /** The value of {@code --union}: PATH[=SIZE][,OPTION...] */
    static Union parse(String text, long memory) throws Refusal {
        return parse(text, "--union", memory).union(pathOf(text, "--union"), "--union");
    }

    /** The options of such a text, the size among them. */
    static UnionOptions parse(String text, String origin, long memory) throws Refusal {
        String[] pieces = text.split(",", -1);
        int equals = pieces[0].lastIndexOf('=');
        UnionOptions options =
                new UnionOptions(origin + " " + UnionsFile.escape(pathOf(text, origin)), memory).behindPath();
        if (equals >= 0) {
            options.add("size" + pieces[0].substring(equals));
        }
        for (int i = 1; i < pieces.length; i++) {
            options.add(pieces[i]);
        }
        return options;
    }

    /** The path of such a text. */
    static String pathOf(String text, String origin) throws Refusal {
        String piece = text.split(",", -1)[0];
        int equals = piece.lastIndexOf('=');
        return absolute(UnionsFile.unescape(equals < 0 ? piece : piece.substring(0, equals)), origin);
    }

    static String absolute(String path, String origin) throws Refusal {
        if (path.indexOf('\0') >= 0) {
            throw new Refusal(Refusal.USAGE, origin + ": there is a NUL in the path, which no path has");
        }
        if (path.isEmpty() || Size.isOne(path)) {
            throw new Refusal(
                    Refusal.USAGE,
                    origin + ": '" + path + "' is no path: a size goes with its path, without a blank, as in /tmp"
                            + (path.isEmpty() ? "=64m" : "=" + path));
        } else if (!path.startsWith("/")) {
            throw new Refusal(
                    Refusal.USAGE,
                    origin + ": path '" + UnionsFile.escape(path) + "' does not begin with '/': give the whole of it");
        }
        return path;
    }
}
