package liveroot.launcher;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** {@code liveroot umount}. */
final class UmountCommand implements Command {

    /** Looking for those who use a mount takes a while on a busy machine. Milliseconds. */
    private static final long PATIENCE = 60_000;

    /** From the answer to the end of the process. Milliseconds. */
    private static final long LAST_BREATH = 10_000;

    /** How long that is expected to take, before it is asked what keeps it. Milliseconds. */
    private static final long A_BREATH = 500;

    private static final String UNSEEN =
            "something has it that the mount table does not show: a process in what was detached (umount -l), or an"
                    + " overlayfs with layers in it";

    /** What a killed daemon left and the start script has cleared, as Java could not start below it. */
    private static final Path CLEARED = Path.of(System.getProperty("liveroot.cleared", ""));

    @Override
    public Grammar grammar() {
        return new Grammar(
                "umount",
                List.of(
                        "Unmounts what is mounted at DIR with all its unions, or the cover of DIR with those below it that the"
                                + " same command made, and"
                                + " waits until the daemon has gone, unless it has other covers to serve. If any"
                                + " of it is in use nothing changes, and it is said by whom. What the unions hold is lost. What a"
                                + " killed daemon left is cleared. If a bind mount or another mount namespace has any of it"
                                + " too, the daemon serves on for that: a note says who it is."),
                List.of(new Grammar.Parameter("DIR", false, "Where it is mounted.")),
                List.of(Grammar.Option.flag("--all", "Unmount all that this user has mounted, but what is in use.")),
                List.of(
                        "Exit status: 0 unmounted, 64 usage, 66 nothing of liveroot's is mounted there, or in another mount namespace, 71 refused by"
                                + " the operating system, 73 unmounted, but what --record was to write is lost, 75 busy."));
    }

    @Override
    public int run(Arguments arguments, PrintStream out) throws Refusal, IOException {
        boolean all = arguments.has("--all");
        if (all == arguments.has("DIR")) {
            throw new Refusal(Refusal.USAGE, "umount: give either DIR or --all (see liveroot umount --help)");
        }
        RunDirectory run = RunDirectory.ours();
        if (!all) {
            one(MountPoint.resolveMounted(Paths.absolute(arguments.get("DIR", ""))), run);
            return 0;
        }
        return all(run);
    }

    private static void one(Path directory, RunDirectory run) throws Refusal, IOException {
        RunDirectory.Entry entry = Daemons.at(directory, run);
        if (entry != null) {
            end(entry, "umount " + UnionsFile.escape(directory.toString()), run);
        } else if (!StaleMounts.clear(directory) && !directory.equals(CLEARED)) {
            throw Daemons.none(directory, run);
        }
    }

    private static void end(RunDirectory.Entry entry, String request, RunDirectory run) throws Refusal {
        if (MountUsers.isElsewhere(entry.pid(), Path.of("/proc"))) {
            throw new Refusal(
                    Refusal.NO_INPUT,
                    entry.directory() + ": is mounted in another mount namespace, that of its daemon (nsenter -m -t "
                            + entry.pid() + "); what this one has of it umount(8) takes down");
        }
        String answer = DaemonClient.ask(run.socket(entry.pid()), request, PATIENCE);
        if (answer.equals(CoverDaemon.GOES_ON)) {
            return;
        }
        Set<String> devices = Set.of(answer.split(" ", -1));
        if (DaemonClient.awaitEnd(entry.pid(), A_BREATH)) {
            return;
        }
        String users = MountUsers.elsewhere(devices, Path.of("/proc"));
        if (users.isEmpty() && !DaemonClient.awaitEnd(entry.pid(), LAST_BREATH)) {
            users = DaemonClient.answers(run.socket(entry.pid())) ? UNSEEN : null;
        }
        if (users == null) {
            throw new Refusal(
                    Refusal.OS,
                    entry.directory() + " is unmounted, but its daemon (process " + entry.pid() + ") has not ended in "
                            + LAST_BREATH / 1000 + " s");
        }
        if (!users.isEmpty()) {
            System.err.println("liveroot: " + entry.directory() + " is unmounted here; its daemon (process "
                    + entry.pid() + ") serves on, as " + users);
        }
    }

    /** All that can be; the first fault becomes the exit status, and each is said. */
    private static int all(RunDirectory run) throws IOException {
        List<Refusal> faults = new ArrayList<>();
        List<RunDirectory.Entry> entries = Daemons.alive(run);
        // The last mounted first: it may lie on another.
        for (int i = entries.size() - 1; i >= 0; i--) {
            try {
                end(entries.get(i), "umount", run);
            } catch (Refusal e) {
                faults.add(e);
            }
        }
        for (Path directory : StaleMounts.all(List.of())) {
            StaleMounts.clear(directory);
        }
        faults.forEach(fault -> System.err.println("liveroot: " + fault.getMessage()));
        return faults.isEmpty() ? 0 : faults.get(0).code();
    }
}
