package liveroot.launcher;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import liveroot.fs.sys.Libc;
import liveroot.fs.sys.MountTable;

/** The daemons of this user that are alive. What others left in the run directory is removed on the way. */
final class Daemons {

    private Daemons() {}

    /** The last to be mounted comes last. Their directories are where they are now, if they were moved. */
    static List<RunDirectory.Entry> alive(RunDirectory run) throws IOException {
        List<RunDirectory.Entry> alive = new ArrayList<>();
        List<MountTable.Entry> mounts = mounts();
        for (RunDirectory.Entry entry : run.entries()) {
            if (DaemonClient.answers(run.socket(entry.pid()))) {
                alive.add(moved(entry, mounts));
            } else {
                run.remove(entry.pid());
            }
        }
        alive.sort((a, b) ->
                RunDirectory.lastWritten(run.socket(a.pid())).compareTo(RunDirectory.lastWritten(run.socket(b.pid()))));
        return alive;
    }

    private static List<MountTable.Entry> mounts() {
        try {
            return MountTable.read();
        } catch (IOException e) {
            // No mount table on this host: nothing can be moved there.
            return List.of();
        }
    }

    private static RunDirectory.Entry moved(RunDirectory.Entry entry, List<MountTable.Entry> mounts) {
        for (MountTable.Entry mount : mounts) {
            if (RunDirectory.mount(mount).equals(entry.mount())) {
                return new RunDirectory.Entry(entry.pid(), mount.directory(), entry.mount());
            }
        }
        return entry;
    }

    /**
     * The one whose root mount, or one of whose covers, is at {@code directory}, or null. There may be others that serve on for another mount
     * namespace, but they were mounted earlier.
     */
    static RunDirectory.Entry at(Path directory, RunDirectory run) throws IOException {
        RunDirectory.Entry found = null;
        for (RunDirectory.Entry entry : alive(run)) {
            found = entry.directories().contains(directory) ? entry : found;
        }
        return found;
    }

    /** What is mounted below a directory, in words; of what lies in one another the outermost. */
    private static String below(Path directory) throws IOException {
        List<Path> found = new ArrayList<>();
        for (MountTable.Entry entry : MountTable.read()) {
            if (entry.type().equals(MountedRoot.TYPE)
                    && entry.directory().startsWith(directory)
                    && found.stream().noneMatch(entry.directory()::startsWith)) {
                found.removeIf(other -> other.startsWith(entry.directory()));
                found.add(entry.directory());
            }
        }
        return found.isEmpty()
                ? ""
                : ", but below it at "
                        + found.stream().sorted().map(Path::toString).collect(Collectors.joining(", "));
    }

    /** Why there is none at {@code directory}. */
    static Refusal none(Path directory, RunDirectory run) throws IOException {
        for (Path dead : StaleMounts.all(List.of())) {
            if (directory.startsWith(dead)) {
                return new Refusal(Refusal.OS, dead + ": " + StaleMounts.fault(dead));
            }
        }
        MountTable.Entry mount = MountTable.at(directory);
        if (mount == null || !mount.type().equals(MountedRoot.TYPE)) {
            return new Refusal(
                    Refusal.NO_INPUT, directory + ": nothing of liveroot's is mounted there" + below(directory));
        }
        for (RunDirectory.Entry entry : alive(run)) {
            if (directory.startsWith(entry.directory())) {
                return new Refusal(
                        Refusal.NO_INPUT,
                        directory + ": is a union of what is mounted at " + entry.directory() + ": name that");
            }
        }
        String owner = mount.owner();
        return new Refusal(
                Refusal.NO_INPUT,
                owner.equals("user " + Libc.geteuid())
                        ? directory
                                + ": is a bind mount, or was moved from where its daemon mounted it: umount(8) takes it down"
                        : directory + ": is mounted by " + owner + ", not by this user");
    }
}
