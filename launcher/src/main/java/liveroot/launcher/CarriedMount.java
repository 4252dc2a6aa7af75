package liveroot.launcher;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import liveroot.fs.sys.Libc;
import liveroot.fs.sys.MountCalls;
import liveroot.fs.sys.MountTable;

/**
 * Something else that is mounted below a directory that is to be covered (a disk on /var/lib, say): it is mounted once
 * more over the cover, with all that is mounted on it, so that it stays where it was.
 */
final class CarriedMount {

    private final Path directory;

    /** Its descriptor while it is attached nowhere, else -1. */
    private int mount;

    /** Its number in the mount table since it was attached: what lies below is mounted at the same directory. */
    private int id = -1;

    private CarriedMount(Path directory, int mount) {
        this.directory = directory;
        this.mount = mount;
    }

    /** Those below a directory, before it is covered. */
    static List<CarriedMount> below(Path covered) throws Refusal, IOException {
        List<CarriedMount> carried = new ArrayList<>();
        List<Path> taken = new ArrayList<>();
        for (MountTable.Entry entry : MountTable.read()) {
            Path directory = entry.directory();
            if (directory.startsWith(covered)
                    && !directory.equals(covered)
                    && taken.stream().noneMatch(directory::startsWith)) {
                taken.add(directory);
                int mount = MountCalls.cloneOfAll(directory.toString());
                if (mount == -Libc.ENOENT && Paths.isUtf8(directory.toString())) {
                    // Hidden by another mount.
                    continue;
                } else if (mount < 0) {
                    carried.forEach(CarriedMount::drop);
                    throw new Refusal(
                            Refusal.CANNOT_CREATE,
                            directory + " is mounted below " + covered + " and cannot be kept in sight: "
                                    + (mount == -Libc.ENOENT ? "its name is not UTF-8" : Libc.error(-mount)));
                }
                carried.add(new CarriedMount(directory, mount));
            }
        }
        return carried;
    }

    Path directory() {
        return directory;
    }

    /** Mounts it over the cover, unless it is there. */
    void attach() throws IOException {
        if (mount < 0) {
            return;
        }
        int result = MountCalls.attach(mount, -1, directory.toString());
        if (result < 0) {
            throw new IOException(directory + " cannot be mounted over its cover: " + Libc.error(-result));
        }
        drop();
        id = idOnTop();
    }

    /**
     * Takes it away from there; it may be attached again. What others have unmounted or mounted over it stays as it is, and
     * the mount that is covered is not touched.
     */
    void detach() {
        if (mount >= 0 || id < 0 || idOnTop() != id) {
            return;
        }
        int clone = MountCalls.cloneOfAll(directory.toString());
        if (clone >= 0) {
            mount = clone;
            Libc.umount(directory.toString(), Libc.MNT_DETACH | Libc.UMOUNT_NOFOLLOW);
        }
    }

    /** -1 if nothing is mounted there. */
    private int idOnTop() {
        try {
            MountTable.Entry top = MountTable.at(directory);
            return top == null ? -1 : top.id();
        } catch (IOException e) {
            return -1;
        }
    }

    void drop() {
        if (mount >= 0) {
            Libc.close(mount);
            mount = -1;
        }
    }
}
