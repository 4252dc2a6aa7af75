package liveroot.launcher;

import java.io.IOException;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;

/** The program. */
public final class Liveroot {

    private Liveroot() {}

    public static void main(String[] args) {
        int code = run(Arrays.asList(args), System.out, System.err);
        if (System.out.checkError() && code == 0) {
            code = StandardOutput.isRead()
                    ? fail(System.err, Refusal.IO, "the standard output cannot be written to")
                    : StandardOutput.NOT_READ;
        }
        Starter.ended(code);
        System.exit(code);
    }

    /** @return exit status */
    static int run(List<String> words, PrintStream out, PrintStream err) {
        if (!words.isEmpty() && words.get(0).equals("help")) {
            return run(words.size() == 1 ? List.of("--help") : List.of(words.get(1), "--help"), out, err);
        }
        try {
            Command command = words.isEmpty() ? null : Command.named(words.get(0));
            if (command == null) {
                return Picocli.top(words, out, err);
            }
            Grammar grammar = command.grammar();
            List<String> rest = words.subList(1, words.size());
            Arguments arguments = grammar.read(rest);
            if (arguments == null) {
                arguments = Picocli.read(grammar, rest, out);
            }
            return arguments == null ? 0 : command.run(arguments, out);
        } catch (Refusal e) {
            return fail(err, e.code(), e.getMessage());
        } catch (IOException e) {
            if (!StandardOutput.isRead()) {
                return StandardOutput.NOT_READ;
            }
            return fail(err, Refusal.IO, IoErrors.describe(e));
        } catch (OutOfMemoryError e) {
            return fail(err, Refusal.OS, "out of memory: " + e.getMessage());
        } catch (RuntimeException | Error e) {
            e.printStackTrace(err);
            return fail(
                    err, Refusal.SOFTWARE, "a fault in liveroot itself, please report it with the lines above: " + e);
        }
    }

    static String version() {
        String version = Liveroot.class.getPackage().getImplementationVersion();
        return version == null ? "(not from a jar)" : version;
    }

    private static int fail(PrintStream err, int code, String message) {
        // A path in it may have a newline.
        err.println("liveroot: " + message.replace("\n", "\\012"));
        return code;
    }
}
