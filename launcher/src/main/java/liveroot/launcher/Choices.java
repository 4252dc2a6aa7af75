package liveroot.launcher;

import java.util.ArrayList;
import java.util.List;
import liveroot.fs.image.Choice;
import liveroot.fs.image.ImageFormat;

/** The options that say what to take of an image that holds several things. */
final class Choices {

    private Choices() {}

    static List<Grammar.Option> options() {
        return List.of(
                Grammar.Option.of("--partition", "N", "Take partition N of a partition map; inspect lists them."),
                Grammar.Option.of(
                        "--inside",
                        "FILE",
                        "Take the image in FILE of the outermost file tree, or the NetBoot set in that folder; '/' (or"
                                + " nothing, '') takes the tree itself, whatever it holds."),
                Grammar.Option.oneOf(
                        "--as",
                        "FORMAT",
                        formats(),
                        "Read the outermost bytes, or those in a .dmg or .sparseimage, as FORMAT: "
                                + String.join(", ", formats()) + ". Default: what they say they are."));
    }

    private static List<String> formats() {
        List<String> formats = new ArrayList<>();
        for (ImageFormat format : ImageFormat.values()) {
            if (format.option() != null) {
                formats.add(format.option());
            }
        }
        return formats;
    }

    static Choice of(Arguments arguments) throws Refusal {
        if (!arguments.has("--partition") && !arguments.has("--inside") && !arguments.has("--as")) {
            return Choice.ANY;
        }
        return new Choice(
                partition(arguments.get("--partition", null)),
                arguments.get("--inside", null),
                format(arguments.get("--as", null)));
    }

    private static int partition(String text) throws Refusal {
        if (text == null) {
            return 0;
        }
        try {
            int number = Integer.parseInt(text);
            if (number > 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // as below
        }
        throw new Refusal(Refusal.USAGE, "--partition " + text + ": give a number from 1 on");
    }

    private static ImageFormat format(String text) throws Refusal {
        for (ImageFormat format : ImageFormat.values()) {
            if (text == null || text.equals(format.option())) {
                return text == null ? null : format;
            }
        }
        throw new Refusal(Refusal.USAGE, "--as " + text + ": give one of " + String.join(", ", formats()));
    }
}
