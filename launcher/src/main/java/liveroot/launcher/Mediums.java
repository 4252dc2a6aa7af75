package liveroot.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import liveroot.cache.Medium;

/** What images lie on: the medium that {@code --medium} asks for, or the host's own. */
final class Mediums {

    private static final String FORMS = "SEEK,RATE such as 120ms,4m (a jump takes 0.12 s, then 4 MiB come in a second)";

    private Mediums() {}

    static List<String> names() {
        return NAMES;
    }

    private static final List<String> NAMES =
            Medium.NAMED.stream().map(Medium::name).toList();

    static String forms() {
        return String.join(", ", NAMES) + ", or " + FORMS;
    }

    /** @return null for null */
    static Medium parse(String text) throws Refusal {
        if (text == null) {
            return null;
        }
        for (Medium medium : Medium.NAMED) {
            if (medium.name().equals(text)) {
                return medium;
            }
        }
        int comma = text.indexOf(',');
        if (comma < 0) {
            throw new Refusal(Refusal.USAGE, "--medium " + text + ": give " + forms());
        }
        String rate = text.substring(comma + 1);
        if (rate.endsWith("%")) {
            throw new Refusal(Refusal.USAGE, "--medium " + text + ": a rate is bytes in a second, such as 4m");
        }
        return Medium.of(text, nanos(text, text.substring(0, comma)), Size.parse("--medium " + text, rate, 1));
    }

    private static long nanos(String whole, String time) throws Refusal {
        String digits = time.replaceFirst("(ms|us|s)$", "");
        long unit = time.endsWith("ms") ? 1_000_000 : time.endsWith("us") ? 1_000 : 1_000_000_000;
        if (digits.equals(time) || !digits.matches("[0-9]{1,6}") || Long.parseLong(digits) * unit > 60_000_000_000L) {
            throw new Refusal(
                    Refusal.USAGE,
                    "--medium " + whole + ": '" + time + "' is no time of a seek, up to 60s: give " + FORMS);
        }
        return Long.parseLong(digits) * unit;
    }

    /** Whether the device that {@code file} is, or lies on, has a head to move; false if the host does not tell. */
    static boolean hasHead(Path file) {
        try {
            boolean device = !Files.isRegularFile(file);
            long number = (Long) Files.getAttribute(file, device ? "unix:rdev" : "unix:dev");
            // The two halves of a device number, as makedev(3) puts them together.
            long major = ((number >>> 8) & 0xfff) | ((number >>> 32) & ~0xfffL);
            long minor = (number & 0xff) | ((number >>> 12) & ~0xffL);
            Path block = Path.of("/sys/dev/block/" + major + ":" + minor).toRealPath();
            // A partition has the queue of its disc.
            return Stream.of(block, block.getParent())
                    .map(disc -> disc.resolve("queue/rotational"))
                    .filter(Files::exists)
                    .anyMatch(Mediums::isOne);
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean isOne(Path file) {
        try {
            return Files.readString(file).strip().equals("1");
        } catch (IOException e) {
            return false;
        }
    }
}
