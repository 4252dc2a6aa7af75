package liveroot.launcher;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code liveroot umount}. */
final class UmountCommand implements Command {

    /** Looking for those who use a mount takes a while on a busy machine. Milliseconds. */
    private static final long PATIENCE = 60_000;

    /** From the answer to the end of the process. Milliseconds. */
    private static final long LAST_BREATH = 10_000;

    @Override
    public CommandSpec spec() {
        CommandSpec spec = CommandSpec.create().name("umount");
        spec.usageMessage()
                .description(
                        "Unmounts what is mounted at DIR with all its unions, and waits until the daemon has gone. If any"
                                + " of it is in use nothing changes, and it is said by whom. What the unions hold is"
                                + " lost. What a killed daemon left is cleared.",
                        "")
                .footer(
                        "",
                        "Exit status: 0 unmounted, 64 usage, 66 nothing of liveroot's is mounted there, 71 refused by"
                                + " the operating system, 75 busy.");
        spec.addPositional(PositionalParamSpec.builder()
                .index("0")
                .arity("0..1")
                .paramLabel("DIR")
                .type(String.class)
                .description("Where it is mounted.")
                .build());
        spec.addOption(OptionSpec.builder("--all")
                .description("Unmount all that this user has mounted.")
                .build());
        return spec;
    }

    @Override
    public int run(ParseResult arguments, PrintStream out) throws Refusal, IOException {
        boolean all = arguments.hasMatchedOption("--all");
        if (all == arguments.hasMatchedPositional(0)) {
            throw new Refusal(Refusal.USAGE, "umount: give either DIR or --all (see liveroot umount --help)");
        }
        RunDirectory run = RunDirectory.ours();
        if (!all) {
            one(MountPoint.resolve(Paths.absolute(arguments.matchedPositionalValue(0, ""))), run);
            return 0;
        }
        return all(run);
    }

    private static void one(Path directory, RunDirectory run) throws Refusal, IOException {
        RunDirectory.Entry entry = Daemons.at(directory, run);
        if (entry != null) {
            end(entry, run);
        } else if (!StaleMounts.clear(directory)) {
            throw new Refusal(Refusal.NO_INPUT, directory + ": nothing of liveroot's is mounted there by this user");
        }
    }

    private static void end(RunDirectory.Entry entry, RunDirectory run) throws Refusal {
        DaemonClient.ask(run.socket(entry.pid()), "umount", PATIENCE);
        if (!DaemonClient.awaitEnd(entry.pid(), LAST_BREATH)) {
            throw new Refusal(
                    Refusal.OS,
                    entry.directory() + " is unmounted, but its daemon (process " + entry.pid() + ") has not ended in "
                            + LAST_BREATH / 1000 + " s");
        }
    }

    /** All that can be; the first fault becomes the exit status, and each is said. */
    private static int all(RunDirectory run) throws IOException {
        List<Refusal> faults = new ArrayList<>();
        List<RunDirectory.Entry> entries = Daemons.alive(run);
        // The last mounted first: it may lie on another.
        for (int i = entries.size() - 1; i >= 0; i--) {
            try {
                end(entries.get(i), run);
            } catch (Refusal e) {
                faults.add(e);
            }
        }
        for (Path directory : StaleMounts.all()) {
            StaleMounts.clear(directory);
        }
        faults.forEach(fault -> System.err.println("liveroot: " + fault.getMessage()));
        return faults.isEmpty() ? 0 : faults.get(0).code();
    }
}
