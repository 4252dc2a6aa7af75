package liveroot.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The root of a system that need not be the one that runs. Paths lead where they would lead there: symlinks' targets and
 * ".." stay in it, as by RESOLVE_IN_ROOT of openat2(2), which not every host has.
 *
 * @param directory absolute, without symlinks
 */
record SystemRoot(Path directory) {

    /** As MAXSYMLINKS of Linux. */
    private static final int MOST_SYMLINKS = 40;

    /**
     * Where a path leads. What is not there is taken for directories to be made.
     *
     * @param path absolute on that system
     * @return as this system sees it
     */
    Path resolve(String path) throws Refusal {
        Deque<Path> left = new ArrayDeque<>();
        push(Path.of(path), left);
        Path at = directory;
        int symlinks = 0;
        while (!left.isEmpty()) {
            Path name = left.pop();
            Path next = at.resolve(name);
            if (name.toString().equals("..")) {
                at = at.equals(directory) ? at : at.getParent();
            } else if (Files.isSymbolicLink(next)) {
                if (++symlinks > MOST_SYMLINKS) {
                    throw new Refusal(
                            Refusal.CANNOT_CREATE,
                            path + " leads through too many symlinks in " + directory + ", the last is " + next);
                }
                Path target = target(next);
                at = target.isAbsolute() ? directory : at;
                push(target, left);
            } else if (!name.toString().equals(".")) {
                at = next;
            }
        }
        return at;
    }

    private static Path target(Path symlink) throws Refusal {
        try {
            return Files.readSymbolicLink(symlink);
        } catch (IOException e) {
            throw new Refusal(
                    IoErrors.isForbidden(e) ? Refusal.PERMISSION : Refusal.CANNOT_CREATE,
                    symlink + " cannot be read: " + IoErrors.describe(e));
        }
    }

    private static void push(Path path, Deque<Path> left) {
        for (int i = path.getNameCount() - 1; i >= 0; i--) {
            left.push(path.getName(i));
        }
    }
}
