package liveroot.launcher;

import java.io.IOException;
import java.io.PrintStream;

/** {@code liveroot demo}. */
final class DemoCommand implements Command {

    @Override
    public Grammar grammar() {
        return new Grammar(
                "demo",
                List.of("Mounts a small Darwin-shaped sample root with the rc.cdrom preset in a temporary directory,"
                        + " shows what can be written to and what not, fills a union, unmounts, and shows that the image"
                        + " is unchanged."),
                List.of(),
                List.of(),
                List.of("Exit status: 0 if every step went as it should, 70 if not."));
    }

    @Override
    public int run(Arguments arguments, PrintStream out) throws Refusal, IOException {
        throw new Refusal(Refusal.SOFTWARE, "TODO");
    }
}
