package liveroot.launcher;

import java.util.ArrayList;
import java.util.List;

/**
 * What a command takes, and what its help says. The words are picocli's: it makes help, error messages, shell completion
 * and man pages from this, see {@link Picocli}. It is not asked when a command line is plain, because loading it takes
 * longer than mounting: its class files are of a version that class data archives do not hold.
 *
 * @param name of the command
 * @param description above the options, {@code footer} below them, a paragraph each
 * @param parameters by position; the last may be optional
 */
record Grammar(
        String name, List<String> description, List<Parameter> parameters, List<Option> options, List<String> footer) {

    /** How a paragraph begins whose lines are shown as they are. */
    static final String EXAMPLE = "    ";

    /**
     * @param label as in DIR
     * @param repeatable whether it may come any number of times, as at most one of them may
     */
    record Parameter(String label, boolean required, boolean repeatable, String description) {

        Parameter(String label, boolean required, String description) {
            this(label, required, false, description);
        }

        static Parameter any(String label, String description) {
            return new Parameter(label, false, true, description);
        }

        /** As in "IMAGE..." or "[PATH]". */
        String shown() {
            return (required ? label : "[" + label + "]") + (repeatable ? "..." : "");
        }
    }

    /**
     * @param name with its dashes
     * @param value label of its value, null if it takes none
     * @param repeatable whether it may come more than once
     * @param candidates for completion
     */
    record Option(String name, String value, boolean repeatable, List<String> candidates, String description) {

        static Option flag(String name, String description) {
            return new Option(name, null, false, List.of(), description);
        }

        static Option of(String name, String value, String description) {
            return new Option(name, value, false, List.of(), description);
        }

        /** Labels differ within a command: in a completion script they become the names of variables. */
        static Option oneOf(String name, String value, List<String> candidates, String description) {
            return new Option(name, value, false, candidates, description);
        }

        static Option repeatable(String name, String value, String description) {
            return new Option(name, value, true, List.of(), description);
        }
    }

    /**
     * Reads a plain command line: known options by their full names, parameters, nothing missing or too much.
     *
     * @return null if it is not plain: a question for help, a mistake
     */
    Arguments read(List<String> words) {
        Arguments arguments = new Arguments();
        List<String> given = new ArrayList<>();
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            if (!word.startsWith("-")) {
                given.add(word);
                continue;
            }
            int equals = word.indexOf('=');
            Option option = option(equals < 0 ? word : word.substring(0, equals));
            if (option == null || (!option.repeatable() && arguments.has(option.name()))) {
                return null;
            }
            if (option.value() == null) {
                if (equals >= 0) {
                    return null;
                }
                arguments.add(option.name(), "");
            } else if (equals >= 0) {
                arguments.add(option.name(), word.substring(equals + 1));
            } else if (i + 1 < words.size()
                    && (!words.get(i + 1).startsWith("-") || words.get(i + 1).equals("-"))) {
                arguments.add(option.name(), words.get(++i));
            } else {
                return null;
            }
        }
        return place(given, arguments) ? arguments : null;
    }

    /** Gives words to the parameters in their order. @return false if there are too few or too many */
    boolean place(List<String> given, Arguments arguments) {
        int more = Math.max(0, given.size() - parameters.size());
        int next = 0;
        for (Parameter parameter : parameters) {
            int end = Math.min(given.size(), next + 1 + (parameter.repeatable() ? more : 0));
            if (next == end && parameter.required()) {
                return false;
            }
            for (; next < end; next++) {
                arguments.add(parameter.label(), given.get(next));
            }
        }
        return next == given.size();
    }

    /** What the command does, without the full stop. */
    String firstSentence() {
        return description.get(0).split("\\.( |$)", 2)[0];
    }

    /** Whether a parameter may be given more than once. */
    boolean repeats() {
        return parameters.stream().anyMatch(Parameter::repeatable);
    }

    private Option option(String name) {
        for (Option option : options) {
            if (option.name().equals(name)) {
                return option;
            }
        }
        return null;
    }
}
