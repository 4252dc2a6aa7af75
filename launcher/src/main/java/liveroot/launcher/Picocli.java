package liveroot.launcher;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** The grammars in picocli's terms, for all that goes beyond a plain command line. */
final class Picocli {

    private static final int WIDTH = 100;

    /** More options than this make the first line of a help unreadable. */
    private static final int MOST_SPELLED_OUT = 5;

    private Picocli() {}

    /** All commands and their options. */
    static CommandSpec model() {
        CommandSpec spec = withHelp(CommandSpec.create().name("liveroot"));
        spec.usageMessage()
                .description("Mounts a compressed root image read-only and lays RAM unions over chosen directories.")
                .synopsisSubcommandLabel("COMMAND")
                .footer("", "liveroot COMMAND --help tells what a command takes, and its exit status.");
        spec.addOption(OptionSpec.builder("-V", "--version")
                .versionHelp(true)
                .description("Print the version.")
                .build());
        for (Command command : Command.all()) {
            Grammar grammar = command.grammar();
            CommandSpec one = spec(grammar);
            one.usageMessage().description(escaped(grammar.firstSentence()) + ".");
            spec.addSubcommand(grammar.name(), new CommandLine(one));
        }
        return spec;
    }

    static CommandSpec spec(Grammar grammar) {
        CommandSpec spec = CommandSpec.create().name(grammar.name());
        spec.usageMessage()
                .description(paragraphs(grammar.description(), false))
                .footer(paragraphs(grammar.footer(), true))
                .abbreviateSynopsis(grammar.options().size() > MOST_SPELLED_OUT);
        if (grammar.repeats()) {
            spec.addPositional(repeated(grammar));
        }
        for (int i = 0; i < grammar.parameters().size() && !grammar.repeats(); i++) {
            Grammar.Parameter parameter = grammar.parameters().get(i);
            spec.addPositional(PositionalParamSpec.builder()
                    .index(Integer.toString(i))
                    .arity(parameter.required() ? "1" : "0..1")
                    .required(parameter.required())
                    .paramLabel(parameter.label())
                    .type(String.class)
                    .description(escaped(parameter.description()))
                    .build());
        }
        for (Grammar.Option option : grammar.options()) {
            OptionSpec.Builder builder = OptionSpec.builder(option.name()).description(escaped(option.description()));
            if (option.value() != null) {
                builder.paramLabel(option.value()).completionCandidates(option.candidates());
                builder.type(option.repeatable() ? List.class : String.class).auxiliaryTypes(String.class);
            }
            spec.addOption(builder.build());
        }
        return withHelp(spec);
    }

    /** picocli gives a list all words that are left: they are placed afterwards. */
    private static PositionalParamSpec repeated(Grammar grammar) {
        List<Grammar.Parameter> parameters = grammar.parameters();
        String labels = parameters.stream().map(Grammar.Parameter::shown).collect(Collectors.joining(" "));
        String[] descriptions = parameters.stream()
                .map(parameter -> (parameters.size() == 1 ? "" : parameter.label() + ": ") + parameter.description())
                .map(Picocli::escaped)
                .toArray(String[]::new);
        return PositionalParamSpec.builder()
                .index("0..*")
                .arity("0..*")
                .paramLabel(labels)
                .hideParamSyntax(true)
                .type(List.class)
                .auxiliaryTypes(String.class)
                .description(descriptions)
                .build();
    }

    private static CommandSpec withHelp(CommandSpec spec) {
        spec.usageMessage().width(WIDTH).sortOptions(false);
        return spec.addOption(OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Print this.")
                .build());
    }

    /** A blank line between paragraphs, and towards the options. picocli takes '%' for a format. */
    private static String[] paragraphs(List<String> paragraphs, boolean before) {
        String[] lines = new String[paragraphs.size() * 2];
        for (int i = 0; i < paragraphs.size(); i++) {
            lines[before ? 2 * i : 2 * i + 1] = "";
            lines[before ? 2 * i + 1 : 2 * i] = escaped(paragraphs.get(i));
        }
        return lines;
    }

    private static String escaped(String text) {
        return text.replace("%", "%%");
    }

    /**
     * Reads a command line that is not plain.
     *
     * @return null if it asked for help, which has been printed
     */
    static Arguments read(Grammar grammar, List<String> words, PrintStream out) throws Refusal {
        CommandSpec spec = spec(grammar);
        // Its help says "liveroot mount", without a model of the other commands.
        spec.parent(CommandSpec.create().name("liveroot"));
        CommandLine line = new CommandLine(spec);
        ParseResult parsed;
        try {
            parsed = line.parseArgs(words.toArray(String[]::new));
        } catch (ParameterException e) {
            throw mistake(e, "liveroot " + grammar.name());
        }
        if (parsed.isUsageHelpRequested()) {
            line.usage(out);
            return null;
        }
        Arguments arguments = new Arguments();
        for (Grammar.Option option : grammar.options()) {
            if (parsed.hasMatchedOption(option.name())) {
                for (String value : parsed.matchedOption(option.name()).stringValues()) {
                    arguments.add(option.name(), value);
                }
            }
        }
        if (grammar.repeats()) {
            List<String> given =
                    parsed.hasMatchedPositional(0) ? parsed.matchedPositional(0).stringValues() : List.of();
            if (!grammar.place(given, arguments)) {
                throw new Refusal(
                        Refusal.USAGE,
                        "missing " + grammar.parameters().get(given.size()).label() + " (see liveroot " + grammar.name()
                                + " --help)");
            }
            return arguments;
        }
        for (int i = 0; i < grammar.parameters().size(); i++) {
            if (parsed.hasMatchedPositional(i)) {
                arguments.add(
                        grammar.parameters().get(i).label(),
                        parsed.matchedPositional(i).stringValues().get(0));
            }
        }
        return arguments;
    }

    /** What was asked of {@code liveroot} itself. @return exit status */
    static int top(List<String> words, PrintStream out, PrintStream err) throws Refusal {
        CommandLine line = new CommandLine(model());
        if (!words.isEmpty() && !words.get(0).startsWith("-")) {
            throw new Refusal(
                    Refusal.USAGE,
                    "no command '" + words.get(0) + "': there are "
                            + String.join(", ", line.getSubcommands().keySet()));
        }
        if (words.isEmpty()) {
            line.usage(err);
            return Refusal.USAGE;
        }
        try {
            ParseResult parsed = line.parseArgs(words.toArray(String[]::new));
            if (parsed.isVersionHelpRequested()) {
                out.println("liveroot " + Liveroot.version());
            } else {
                line.usage(out);
            }
            return 0;
        } catch (ParameterException e) {
            throw mistake(e, "liveroot");
        }
    }

    private static Refusal mistake(ParameterException e, String command) {
        if (e instanceof UnmatchedArgumentException unmatched
                && !unmatched.getUnmatched().get(0).startsWith("-")) {
            return new Refusal(
                    Refusal.USAGE,
                    "unexpected argument '" + unmatched.getUnmatched().get(0) + "' (see " + command + " --help)");
        }
        String text = e.getMessage().strip().replace('\n', ' ');
        String line = text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1);
        return new Refusal(Refusal.USAGE, line + " (see " + command + " --help)");
    }
}
