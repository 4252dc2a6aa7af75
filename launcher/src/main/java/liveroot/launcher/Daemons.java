package liveroot.launcher;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The daemons of this user that are alive. What others left in the run directory is removed on the way. */
final class Daemons {

    private Daemons() {}

    /** The last to be mounted comes last. */
    static List<RunDirectory.Entry> alive(RunDirectory run) throws IOException {
        List<RunDirectory.Entry> alive = new ArrayList<>();
        for (RunDirectory.Entry entry : run.entries()) {
            if (DaemonClient.answers(run.socket(entry.pid()))) {
                alive.add(entry);
            } else {
                run.remove(entry.pid());
            }
        }
        alive.sort((a, b) ->
                RunDirectory.lastWritten(run.socket(a.pid())).compareTo(RunDirectory.lastWritten(run.socket(b.pid()))));
        return alive;
    }

    /** The one whose root mount is at {@code directory}, or null. */
    static RunDirectory.Entry at(Path directory, RunDirectory run) throws IOException {
        for (RunDirectory.Entry entry : alive(run)) {
            if (entry.directory().equals(directory)) {
                return entry;
            }
        }
        return null;
    }
}
