package liveroot.launcher;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Paths of the command line. The script has left the directory they are relative to, and says which it was. */
final class Paths {

    private static final Path DIRECTORY =
            Path.of(System.getProperty("liveroot.directory", System.getProperty("user.dir")));

    private Paths() {}

    /** @return absolute, without ".", symlinks not followed, so ".." stays */
    static Path absolute(String text) throws Refusal {
        if (text.isEmpty()) {
            throw new Refusal(Refusal.USAGE, "a path is empty");
        }
        try {
            Path given = DIRECTORY.resolve(text);
            Path path = given.getRoot();
            for (Path name : given) {
                path = name.toString().equals(".") ? path : path.resolve(name);
            }
            return path;
        } catch (InvalidPathException e) {
            throw new Refusal(Refusal.USAGE, "'" + text + "' is no path: " + e.getReason());
        }
    }
}
