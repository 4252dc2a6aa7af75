package liveroot.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import liveroot.fs.Errno;
import liveroot.fs.sys.Failure;
import liveroot.fs.sys.HostDirectory;
import liveroot.fs.sys.MountTable;

/**
 * Which directories of the host are to be covered.
 *
 * @param places parents before what lies below them
 * @param notes a sentence for each union that was left out
 */
record CoverPlan(List<Place> places, List<String> notes) {

    /** @param directory absolute, without symlinks, as this process sees it */
    record Place(Union union, Path directory) {}

    /**
     * Finds each directory. Symlinks on the way are followed, within the root; a path that is a symlink itself is refused
     * if it was named, as it is not what would be covered, and followed if a preset names it.
     *
     * @param root where paths begin; absolute, without symlinks
     * @throws Refusal if one that is required cannot be covered, or two are the same
     */
    static CoverPlan of(List<Union> unions, Path root, RunDirectory run) throws Refusal, IOException {
        List<String> notes = new ArrayList<>();
        Map<Path, Place> places = new LinkedHashMap<>();
        for (Union union : unions) {
            Path directory;
            try {
                directory = find(union, root, run);
            } catch (Refusal e) {
                if (union.required()) {
                    throw e;
                }
                notes.add(e.getMessage() + ", left out");
                continue;
            }
            Place other = places.putIfAbsent(directory, new Place(union, directory));
            if (other != null && !union.required()) {
                places.put(directory, new Place(other.union().withDirectoriesOf(union), directory));
            }
            if (other != null && union.required() && other.union().required()) {
                throw new Refusal(
                        Refusal.USAGE,
                        union.origin() + ": " + union.path()
                                + (union.path().equals(other.union().path())
                                        ? " is named twice"
                                        : " and " + other.union().path() + " are the same directory: name it once"));
            } else if (other != null) {
                notes.add(union.origin() + ": " + union.path() + " is the same directory as "
                        + other.union().path() + ", left out");
            }
        }
        List<Place> sorted = new ArrayList<>(places.values());
        sorted.sort(Comparator.comparingInt(place -> place.directory().getNameCount()));
        return new CoverPlan(sorted, notes);
    }

    private static Path find(Union union, Path root, RunDirectory run) throws Refusal, IOException {
        String given = union.origin() + ": " + union.path();
        Path named = root.resolve(union.path().replaceFirst("^/+", "")).normalize();
        if (named.startsWith(root)) {
            // What a killed daemon left there would answer to nothing.
            StaleMounts.clearOnTheWay(named);
        }
        Paths.requireUtf8(union.path(), named);
        Path directory;
        try {
            directory = Path.of(HostDirectory.resolve(root.toString(), union.path()));
        } catch (Failure e) {
            Errno errno = Errno.of(e.errno());
            throw new Refusal(
                    errno == Errno.EACCES ? Refusal.PERMISSION : Refusal.NO_INPUT,
                    switch (errno) {
                        case ENOENT -> given + ": there is no such directory" + in(root);
                        case ENOTDIR -> given + " is not a directory" + in(root);
                        default -> given + " cannot be covered" + in(root) + ": " + e.getMessage();
                    });
        }
        Paths.requireUtf8(directory.toString(), directory);
        Path itself = itself(union.path(), root);
        if (union.required() && Files.isSymbolicLink(itself)) {
            throw new Refusal(
                    Refusal.NO_INPUT,
                    given + " is a symlink to " + Files.readSymbolicLink(itself) + ": name the directory itself, "
                            + inside(root, directory));
        }
        if (directory.getParent() == null) {
            throw new Refusal(
                    Refusal.CANNOT_CREATE,
                    given + ": what runs already would not see a cover of / itself: name the directories that are to"
                            + " be writable, or mount an image with --union /");
        }
        refuseKernelsOwn(given, directory);
        if (!union.required()) {
            leaveOutCovered(given, directory, run);
        }
        try {
            MountPoint.prepare(directory, run);
        } catch (Refusal e) {
            throw new Refusal(e.code(), union.origin() + ": " + e.getMessage());
        }
        if (!Files.isReadable(directory) || !Files.isExecutable(directory)) {
            throw new Refusal(
                    Refusal.PERMISSION, given + " cannot be covered: permission denied: this user may not read it");
        }
        refuseCoversBelow(given, directory, union.required());
        if (!union.required()) {
            refuseRam(given, directory);
        }
        return directory;
    }

    /** What the last name of a path is, be it a symlink. */
    private static Path itself(String path, Path root) throws Refusal {
        Path given = Path.of(path);
        Path parent = given.getParent();
        return parent == null
                ? root
                : new SystemRoot(root).resolve(parent.toString()).resolve(given.getFileName());
    }

    /** Of the system's own root nothing has to be said. */
    private static String in(Path root) {
        return root.getParent() == null ? "" : " in " + root;
    }

    private static String inside(Path root, Path directory) {
        return "/" + root.relativize(directory);
    }

    /** What a preset names and liveroot has covered needs no other cover. */
    private static void leaveOutCovered(String given, Path directory, RunDirectory run) throws Refusal, IOException {
        String taken = MountPoint.taken(directory, run);
        if (taken != null) {
            throw new Refusal(Refusal.BUSY, given + ": " + taken);
        }
    }

    /**
     * File systems whose files are the kernel's knobs: their sizes say nothing of what can be read, so that no copy of them
     * is right, and /proc the daemon itself reads at every turn and would wait for itself. In a devtmpfs the kernel makes
     * and removes nodes, which a cover would not show.
     */
    private static final Set<String> KERNELS_OWN = Set.of(
            "proc",
            "sysfs",
            "devtmpfs",
            "hugetlbfs",
            "resctrl",
            "smackfs",
            "functionfs",
            "binder",
            "xenfs",
            "cgroup",
            "cgroup2",
            "debugfs",
            "tracefs",
            "securityfs",
            "configfs",
            "selinuxfs",
            "efivarfs",
            "pstore",
            "bpf",
            "fusectl",
            "devpts",
            "mqueue",
            "binfmt_misc",
            "rpc_pipefs",
            "nfsd",
            "autofs");

    private static void refuseKernelsOwn(String given, Path directory) throws Refusal, IOException {
        MountTable.Entry entry = MountTable.holding(directory);
        if (entry != null && KERNELS_OWN.contains(entry.type())) {
            throw new Refusal(
                    Refusal.CANNOT_CREATE,
                    given + " is the kernel's (" + entry.type() + "), and what is written there is meant for it: name a"
                            + " directory of files");
        }
    }

    /** Another daemon's, which would be out of reach. */
    private static void refuseCoversBelow(String given, Path directory, boolean required) throws Refusal, IOException {
        for (MountTable.Entry entry : MountTable.read()) {
            if (entry.type().equals(MountedRoot.TYPE)
                    && entry.directory().startsWith(directory)
                    && !entry.directory().equals(directory)) {
                throw new Refusal(
                        Refusal.BUSY,
                        given + ": liveroot has " + entry.directory() + " mounted below it already"
                                + (required
                                        ? ": cover both in one command, or umount that first (in an fstab the line of "
                                                + directory + " has to come before)"
                                        : ""));
            }
        }
    }

    /** What is a RAM disk already needs no other. */
    private static void refuseRam(String given, Path directory) throws Refusal, IOException {
        MountTable.Entry entry = MountTable.at(directory);
        if (entry != null
                && (entry.type().equals("tmpfs") || entry.type().equals("ramfs"))
                && Files.isWritable(directory)) {
            throw new Refusal(Refusal.BUSY, given + " is a writable " + entry.type() + " already");
        }
    }
}
