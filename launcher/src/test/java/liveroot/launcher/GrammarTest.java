package liveroot.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class GrammarTest {

    private final Grammar grammar = new MountCommand().grammar();

    private Arguments read(String line) {
        return grammar.read(List.of(line.split(" ", -1)));
    }

    @Test
    void plainLinesAreReadAsPicocliReadsThem() throws Refusal {
        for (String line : List.of(
                "image dir",
                "upper image dir --partition 2 --inside=/x --as udif",
                "--foreground image dir",
                "image --union /var=1m --union=/tmp dir --cache 64m",
                "image dir --front=kernel --preset rc.cdrom --unions fstab",
                "--unions - image dir",
                "--union /a=b=1m image dir")) {
            Arguments own = read(line);
            assertNotNull(own, line);
            Arguments picocli =
                    Picocli.read(grammar, List.of(line.split(" ", -1)), new PrintStream(new ByteArrayOutputStream()));
            for (String name : List.of(
                    "IMAGE",
                    "DIR",
                    "--union",
                    "--unions",
                    "--preset",
                    "--cache",
                    "--front",
                    "--foreground",
                    "--partition",
                    "--inside",
                    "--as")) {
                assertEquals(picocli.has(name), own.has(name), line + ": " + name);
                if (!name.equals("--foreground")) {
                    assertEquals(picocli.all(name), own.all(name), line + ": " + name);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "image",
                "image dir --help",
                "image dir -h",
                "image dir --cache",
                "image dir --cache --foreground",
                "image dir --foreground=yes",
                "image dir --cache 8m --cache 9m",
                "image dir --nope",
                "-- image dir"
            })
    void whatIsNotPlainIsLeftToPicocli(String line) {
        assertNull(read(line));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mount",
                "mount image",
                "mount image dir --nope",
                "mount image dir --cache",
                "mount image dir --cache 8m --cache 9m",
                "mount image dir --union",
                "umount a b",
                "status --jsn",
                "inspect",
                "demo now",
                "nope",
                "--nope"
            })
    void mistakesAreOneLineAndExitStatus64(String line) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = Liveroot.run(
                List.of(line.split(" ", -1)),
                new PrintStream(new ByteArrayOutputStream()),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        String text = err.toString(StandardCharsets.UTF_8);
        assertEquals(Refusal.USAGE, code, text);
        assertTrue(text.startsWith("liveroot: "), text);
        assertEquals(1, text.lines().count(), text);
    }

    @Test
    void everyCommandHasHelpThatNamesItsOptions() {
        for (Command command : Command.all()) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            String name = command.grammar().name();
            int code = Liveroot.run(
                    List.of(name, "--help"),
                    new PrintStream(out, true, StandardCharsets.UTF_8),
                    new PrintStream(new ByteArrayOutputStream()));
            String help = out.toString(StandardCharsets.UTF_8);
            assertEquals(0, code);
            assertTrue(help.startsWith("Usage: liveroot " + name), help);
            for (Grammar.Option option : command.grammar().options()) {
                assertTrue(help.contains(option.name()), option.name());
            }
            assertTrue(help.contains("Exit status: 0"), help);
            assertFalse(help.contains("%%"), help);
        }
    }

    @Test
    void completionOfOptionsKeepsTheirCandidatesApart() {
        for (Command command : Command.all()) {
            List<String> labels = command.grammar().options().stream()
                    .filter(option -> !option.candidates().isEmpty())
                    .map(Grammar.Option::value)
                    .toList();
            assertEquals(Set.copyOf(labels).size(), labels.size(), labels::toString);
        }
    }

    @Test
    void manPagesEscapeWhatRoffWouldTakeForItsOwn() {
        Grammar odd = new Grammar(
                "odd",
                List.of(".dots and \\slashes."),
                List.of(),
                List.of(Grammar.Option.flag("--x", "'x'")),
                List.of());
        String page = ManPage.of(odd);
        assertTrue(page.contains("\n\\&.dots and \\eslashes.\n"), page);
        assertTrue(page.contains("\n\\&'x'\n"), page);
        assertTrue(page.contains(".B \"\\-\\-x\"\n"), page);
    }
}
