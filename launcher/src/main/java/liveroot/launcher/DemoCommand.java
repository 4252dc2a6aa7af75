package liveroot.launcher;

import java.io.IOException;
import java.io.PrintStream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code liveroot demo}. */
final class DemoCommand implements Command {

    @Override
    public CommandSpec spec() {
        CommandSpec spec = CommandSpec.create().name("demo");
        spec.usageMessage()
                .description(
                        "Mounts a small Darwin-shaped sample root with the rc.cdrom preset in a temporary directory,"
                                + " shows what can be written to and what not, fills a union, unmounts, and shows that"
                                + " the image is unchanged.",
                        "")
                .footer("", "Exit status: 0 if every step went as it should.");
        return spec;
    }

    @Override
    public int run(ParseResult arguments, PrintStream out) throws Refusal, IOException {
        throw new Refusal(Refusal.SOFTWARE, "TODO");
    }
}
