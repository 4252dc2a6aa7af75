package liveroot.launcher;

import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * The program. Only the command that is asked for is built: a full model of all of them is for {@code --help} and for
 * what is generated from it (shell completion, man pages).
 */
public final class Liveroot {

    /** In the order in which {@code --help} lists them. */
    private static final List<String> COMMANDS = List.of("mount", "umount", "status", "inspect", "demo");

    private Liveroot() {}

    public static void main(String[] args) {
        int code = run(args, System.out, System.err);
        Starter.ended(code);
        System.out.flush();
        System.exit(code);
    }

    static int run(String[] args, PrintStream out, PrintStream err) {
        String name = args.length == 0 ? "" : args[0];
        Command command = command(name);
        try {
            if (command == null) {
                return top(args, out, err);
            }
            CommandSpec spec = command.spec();
            standardOptions(spec);
            // Its help says "liveroot mount", without a model of the other commands.
            spec.parent(CommandSpec.create().name("liveroot"));
            CommandLine line = new CommandLine(spec);
            String[] rest = new String[args.length - 1];
            System.arraycopy(args, 1, rest, 0, rest.length);
            ParseResult parsed = line.parseArgs(rest);
            if (parsed.isUsageHelpRequested()) {
                line.usage(out);
                return 0;
            }
            return command.run(parsed, out);
        } catch (ParameterException e) {
            String help = command == null ? "liveroot --help" : "liveroot " + name + " --help";
            return fail(err, Refusal.USAGE, oneLine(e.getMessage()) + " (see " + help + ")");
        } catch (Refusal e) {
            return fail(err, e.code(), e.getMessage());
        } catch (IOException e) {
            return fail(err, Refusal.IO, IoErrors.describe(e));
        } catch (OutOfMemoryError e) {
            return fail(err, Refusal.OS, "out of memory: " + e.getMessage());
        } catch (RuntimeException | Error e) {
            e.printStackTrace(err);
            return fail(err, Refusal.SOFTWARE, "a fault in liveroot itself, please report it with the lines above: " + e);
        }
    }

    private static int top(String[] args, PrintStream out, PrintStream err) throws Refusal {
        CommandLine line = new CommandLine(model());
        if (args.length == 0) {
            line.usage(err);
            return Refusal.USAGE;
        }
        ParseResult parsed = line.parseArgs(args);
        if (parsed.isVersionHelpRequested()) {
            out.println("liveroot " + version());
        } else {
            line.usage(out);
        }
        return 0;
    }

    /** All commands and their options. */
    static CommandSpec model() {
        CommandSpec spec = CommandSpec.create().name("liveroot");
        spec.usageMessage()
                .description("Mounts a compressed root image read-only and lays RAM unions over chosen directories.")
                .synopsisSubcommandLabel("COMMAND")
                .footer("", "liveroot COMMAND --help tells what a command takes, and its exit status.");
        standardOptions(spec);
        spec.addOption(CommandLine.Model.OptionSpec.builder("-V", "--version")
                .versionHelp(true)
                .description("Print the version.")
                .build());
        for (String name : COMMANDS) {
            CommandSpec sub = command(name).spec();
            standardOptions(sub);
            spec.addSubcommand(name, new CommandLine(sub));
        }
        return spec;
    }

    private static Command command(String name) {
        return switch (name) {
            case "mount" -> new MountCommand();
            case "umount" -> new UmountCommand();
            case "status" -> new StatusCommand();
            case "inspect" -> new InspectCommand();
            case "demo" -> new DemoCommand();
            default -> null;
        };
    }

    private static void standardOptions(CommandSpec spec) {
        spec.addOption(CommandLine.Model.OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Print this.")
                .build());
        UsageMessageSpec usage = spec.usageMessage();
        usage.width(100).abbreviateSynopsis(false).sortOptions(false);
    }

    static String version() {
        String version = Liveroot.class.getPackage().getImplementationVersion();
        return version == null ? "(not from a jar)" : version;
    }

    private static String oneLine(String text) {
        String line = text.strip().replace('\n', ' ');
        return line.isEmpty() ? line : line.substring(0, 1).toLowerCase(Locale.ROOT) + line.substring(1);
    }

    private static int fail(PrintStream err, int code, String message) {
        err.println("liveroot: " + message);
        return code;
    }
}
