package liveroot.launcher;

import java.util.List;
import java.util.Locale;

/** Manual pages in man(7)'s macros. */
final class ManPage {

    private final StringBuilder page = new StringBuilder();

    private ManPage(String name, String title) {
        page.append(".TH ").append(name.toUpperCase(Locale.ROOT)).append(" 1 \"\" \"liveroot\" \"liveroot\"\n");
        section("Name");
        page.append(escaped(name)).append(" \\- ").append(escaped(title)).append('\n');
    }

    /** The page of one command. */
    static String of(Grammar grammar) {
        List<String> description = grammar.description();
        ManPage page = new ManPage("liveroot-" + grammar.name(), grammar.firstSentence());
        page.section("Synopsis");
        page.page.append(".B liveroot ").append(escaped(grammar.name())).append('\n');
        for (Grammar.Option option : grammar.options()) {
            String text = option.name() + (option.value() == null ? "" : " " + option.value());
            page.page
                    .append(escaped("[" + text + "]" + (option.repeatable() ? "..." : "")))
                    .append('\n');
        }
        for (Grammar.Parameter parameter : grammar.parameters()) {
            page.page.append(".I ").append(escaped(parameter.shown())).append('\n');
        }
        page.section("Description");
        description.forEach(page::paragraph);
        page.section("Options");
        grammar.parameters().forEach(parameter -> page.item("I", parameter.label(), parameter.description()));
        grammar.options()
                .forEach(option -> page.item(
                        "B",
                        option.value() == null ? option.name() : option.name() + " " + option.value(),
                        option.description()));
        page.item("B", "-h, --help", "Print a summary.");
        page.section("Notes");
        grammar.footer().forEach(page::paragraph);
        page.section("See also");
        page.page.append(".BR liveroot (1)\n");
        return page.page.toString();
    }

    /** The page that leads to the others. */
    static String ofAll(List<Command> commands) {
        ManPage page = new ManPage("liveroot", "mount a compressed root image with RAM unions over chosen directories");
        page.section("Synopsis");
        page.page.append(".B liveroot\n.I COMMAND\n\\&...\n");
        page.section("Commands");
        for (Command command : commands) {
            Grammar grammar = command.grammar();
            page.item("B", grammar.name(), grammar.description().get(0));
        }
        page.section("See also");
        String separator = "";
        for (Command command : commands) {
            page.page
                    .append(separator)
                    .append(".BR liveroot\\-")
                    .append(command.grammar().name())
                    .append(" (1)");
            separator = " ,\n";
        }
        page.page.append('\n');
        return page.page.toString();
    }

    private void section(String title) {
        page.append(".SH ").append(title.toUpperCase(Locale.ROOT)).append('\n');
    }

    private void paragraph(String text) {
        if (text.startsWith(Grammar.EXAMPLE)) {
            page.append(".PP\n.nf\n");
            text.lines().forEach(line -> page.append(escaped(line)).append('\n'));
            page.append(".fi\n");
        } else {
            page.append(".PP\n").append(escaped(text)).append('\n');
        }
    }

    private void item(String font, String term, String text) {
        page.append(".TP\n.").append(font).append(" \"").append(escaped(term)).append("\"\n");
        page.append(escaped(text)).append('\n');
    }

    /** A backslash begins an escape, '-' is a hyphen unless escaped, and a line may not begin with a control character. */
    private static String escaped(String text) {
        String safe = text.replace("\\", "\\e").replace("-", "\\-");
        return safe.startsWith(".") || safe.startsWith("'") ? "\\&" + safe : safe;
    }
}
