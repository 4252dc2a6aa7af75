package liveroot.integration;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The {@code liveroot} command at the top of the project. */
final class Liveroot {

    static final Path PROJECT = Path.of("").toAbsolutePath().getParent();
    static final Path SCRIPT = PROJECT.resolve("liveroot");

    private Liveroot() {}

    static Command command(Object... arguments) {
        List<String> words = new ArrayList<>(List.of(SCRIPT.toString()));
        for (Object argument : arguments) {
            words.add(argument.toString());
        }
        return Command.of(words).within(Duration.ofSeconds(60));
    }
}
