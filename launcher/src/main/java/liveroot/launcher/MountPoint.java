package liveroot.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import liveroot.fs.sys.MountTable;

/**
 * A directory to mount at. As with mount(8), it may have entries, which are hidden while the mount lasts, and something
 * else may be mounted there. The same place is not used for two of liveroot's mounts.
 */
final class MountPoint {

    private MountPoint() {}

    /**
     * The directory without symlinks. Nothing is asked of a file system that is mounted there.
     *
     * @throws Refusal if it does not exist
     */
    static Path resolve(Path given) throws Refusal {
        Path path = given.normalize();
        try {
            // The directory that holds it, then its own name: what is mounted there may be dead.
            if (given.equals(path) && path.getParent() != null && !isSymlink(path)) {
                return Paths.requireUtf8(path.getParent().toRealPath().resolve(path.getFileName()));
            }
            return Paths.requireUtf8(given.toRealPath());
        } catch (NoSuchFileException e) {
            throw missing(given);
        } catch (IOException e) {
            throw unusable(given, e);
        }
    }

    /** Like {@link #resolve}, for what should be mounted there already. */
    static Path resolveMounted(Path given) throws Refusal, IOException {
        try {
            return resolve(given);
        } catch (Refusal e) {
            if (e.code() == Refusal.PERMISSION) {
                throw e;
            }
            for (Path dead : StaleMounts.all(List.of())) {
                if (given.normalize().startsWith(dead)) {
                    throw new Refusal(Refusal.OS, dead + ": " + StaleMounts.fault(dead));
                }
            }
            throw new Refusal(
                    Refusal.NO_INPUT,
                    given + ": nothing of liveroot's is mounted there"
                            + (Files.exists(given, LinkOption.NOFOLLOW_LINKS) ? "" : ", there is no such directory"));
        }
    }

    private static boolean isSymlink(Path path) throws IOException {
        return !isMounted(path) && Files.isSymbolicLink(path);
    }

    private static boolean isMounted(Path path) throws IOException {
        Path parent = path.getParent().toRealPath();
        return StaleMounts.isOurs(parent.resolve(path.getFileName()));
    }

    /**
     * Makes sure that a mount can be made there, after what a killed daemon left is cleared.
     *
     * @param directory of {@link #resolve}
     */
    static void prepare(Path directory, RunDirectory run) throws Refusal, IOException {
        String taken = taken(directory, run);
        if (taken != null) {
            throw new Refusal(Refusal.BUSY, directory + ": " + taken + ": liveroot umount it first");
        }
        try {
            if (!Files.readAttributes(directory, "isDirectory", LinkOption.NOFOLLOW_LINKS)
                    .get("isDirectory")
                    .equals(true)) {
                throw new Refusal(
                        Refusal.CANNOT_CREATE,
                        directory + ": is not a directory, nothing can be mounted there; DIR comes last");
            }
        } catch (NoSuchFileException e) {
            throw missing(directory);
        } catch (IOException e) {
            throw unusable(directory, e);
        }
        for (Path needed : new Path[] {program(), Path.of(System.getProperty("java.home")), run.path()}) {
            if (needed.startsWith(directory)) {
                throw new Refusal(
                        Refusal.CANNOT_CREATE,
                        directory + ": a mount there would hide " + needed + ", which the daemon itself needs");
            }
        }
    }

    /** That liveroot has something mounted there, null if not. What a killed daemon left is cleared. */
    static String taken(Path directory, RunDirectory run) throws IOException {
        StaleMounts.clear(directory);
        MountTable.Entry taken = MountTable.read().stream()
                .filter(entry ->
                        entry.directory().equals(directory) && entry.type().equals(MountedRoot.TYPE))
                .findFirst()
                .orElse(null);
        if (taken == null) {
            return null;
        }
        RunDirectory.Entry other = Daemons.at(directory, run);
        if (other == null) {
            for (RunDirectory.Entry entry : Daemons.alive(run)) {
                if (entry.directories().stream().anyMatch(directory::startsWith)) {
                    return "is a union of what is mounted at " + entry.directory();
                }
            }
        }
        return "liveroot has something mounted there already ("
                + (other == null ? "by " + taken.owner() : "process " + other.pid()) + ")";
    }

    private static Path program() {
        return Path.of(System.getProperty("java.library.path", "/")).getParent();
    }

    private static Refusal missing(Path directory) {
        return new Refusal(
                Refusal.CANNOT_CREATE, directory + ": mount point does not exist: mkdir '" + directory + "' first");
    }

    private static Refusal unusable(Path directory, IOException e) {
        int code = IoErrors.isForbidden(e) ? Refusal.PERMISSION : Refusal.CANNOT_CREATE;
        return new Refusal(code, directory + ": the mount point cannot be used: " + IoErrors.describe(e));
    }
}
