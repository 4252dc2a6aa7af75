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
    private int mount;

    private CarriedMount(Path directory, int mount) {
        this.directory = directory;
        this.mount = mount;
    }

    /** Those below a directory, before it is covered. */
    static List<CarriedMount> below(Path covered) throws IOException {
        List<CarriedMount> carried = new ArrayList<>();
        List<Path> taken = new ArrayList<>();
        for (MountTable.Entry entry : MountTable.read()) {
            Path directory = entry.directory();
            if (directory.startsWith(covered)
                    && !directory.equals(covered)
                    && taken.stream().noneMatch(directory::startsWith)) {
                taken.add(directory);
                int mount = MountCalls.cloneOfAll(directory.toString());
                if (mount == -Libc.ENOENT) {
                    // Hidden by another mount.
                    continue;
                } else if (mount < 0) {
                    carried.forEach(CarriedMount::drop);
                    throw new IOException(directory + " is mounted below " + covered + " and cannot be kept in sight: "
                            + Libc.error(-mount));
                }
                carried.add(new CarriedMount(directory, mount));
            }
        }
        return carried;
    }

    Path directory() {
        return directory;
    }

    /** Mounts it over the cover. */
    void attach() throws IOException {
        int result = MountCalls.attach(mount, -1, directory.toString());
        if (result < 0) {
            throw new IOException(directory + " cannot be mounted over its cover: " + Libc.error(-result));
        }
        drop();
    }

    /** Takes it away from there; it may be attached again. The mount that is covered is not touched. */
    void detach() {
        if (mount < 0) {
            mount = MountCalls.cloneOfAll(directory.toString());
            Libc.umount(directory.toString(), Libc.MNT_DETACH | Libc.UMOUNT_NOFOLLOW);
        }
    }

    void drop() {
        if (mount >= 0) {
            Libc.close(mount);
            mount = -1;
        }
    }
}
