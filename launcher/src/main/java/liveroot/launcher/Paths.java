package liveroot.launcher;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** Paths of the command line. The script has left the directory they are relative to, and says which it was. */
final class Paths {

    private static final Path DIRECTORY =
            Path.of(System.getProperty("liveroot.directory", System.getProperty("user.dir")));

    private Paths() {}

    /** What Java makes of bytes that are not UTF-8. */
    private static final char GARBLED = '\uFFFD';

    /** False of what may have other bytes than it seems. */
    static boolean isUtf8(String text) {
        return text.indexOf(GARBLED) < 0;
    }

    /** Refuses what the command line cannot say, rather than to call it missing. */
    static void requireUtf8(String text, Path path) throws Refusal {
        if (!isUtf8(text) && !Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            throw notUtf8(text);
        }
    }

    /** The same of a path that was reached through symlinks: it knows its bytes, its text does not. */
    static Path requireUtf8(Path path) throws Refusal {
        if (!Path.of(path.toString()).equals(path)) {
            throw notUtf8(path.toString());
        }
        return path;
    }

    private static Refusal notUtf8(String text) {
        return new Refusal(
                Refusal.USAGE,
                "'" + text
                        + "' has bytes that are not UTF-8, which paths must be here: reach it by another name, say by a"
                        + " bind mount");
    }

    /** @return absolute, without ".", symlinks not followed, so ".." stays */
    static Path absolute(String text) throws Refusal {
        if (text.isEmpty()) {
            throw new Refusal(Refusal.USAGE, "a path is empty");
        }
        try {
            Path given = DIRECTORY.resolve(text);
            if (!given.isAbsolute()) {
                throw new Refusal(
                        Refusal.NO_INPUT, "'" + text + "': the working directory is gone, so give the whole path");
            }
            Path path = given.getRoot();
            for (Path name : given) {
                path = name.toString().equals(".") ? path : path.resolve(name);
            }
            requireUtf8(text, path);
            return path;
        } catch (InvalidPathException e) {
            throw new Refusal(Refusal.USAGE, "'" + text + "' is no path: " + e.getReason());
        }
    }
}
