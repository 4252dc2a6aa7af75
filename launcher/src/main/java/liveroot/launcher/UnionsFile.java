package liveroot.launcher;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The unions of an fstab(5): lines whose first field is {@code liveroot}, which must be of type {@code union}, and lines
 * of NetBSD's type {@code mfs}. All other lines are somebody else's.
 *
 * <pre>
 * liveroot /var/db union rw,size=512k,mkdir=mds:1777 0 0
 * swap     /var    mfs   rw,-s=262144,noatime        0 0
 * </pre>
 */
final class UnionsFile {

    /** An fstab is written by people; one that is longer is none. */
    private static final int LONGEST = 1 << 20;

    /** Lines of the two kinds, for helps. */
    static final String EXAMPLE = Grammar.EXAMPLE + "liveroot /var/db union rw,size=512k,mkdir=mds:1777 0 0\n"
            + Grammar.EXAMPLE + "swap     /var    mfs   rw,-s=262144,noatime        0 0";

    private UnionsFile() {}

    /** @param memory bytes of RAM */
    static List<Union> read(Path file, long memory) throws Refusal {
        return parseAll(lines(file), file.toString(), memory);
    }

    /** Whoever names the standard input means to say something there. */
    static List<Union> readStandardInput(long memory) throws Refusal {
        return parseAll(standardInput(), "standard input", memory);
    }

    private static List<Union> parseAll(List<String> lines, String file, long memory) throws Refusal {
        List<Union> unions = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            Union union = parse(lines.get(i), file + ":" + (i + 1), memory);
            if (union != null) {
                unions.add(union);
            }
        }
        if (unions.isEmpty()) {
            System.err.println("liveroot: " + file + ": no line is for liveroot: none begins with 'liveroot' or is of"
                    + " type mfs");
        }
        return unions;
    }

    static List<String> lines(Path file) throws Refusal {
        if (Files.isDirectory(file)) {
            throw new Refusal(Refusal.NO_INPUT, file + ": is a directory, an fstab is needed for --unions");
        }
        try (InputStream in = Files.newInputStream(file)) {
            return lines(in.readNBytes(LONGEST + 1), file.toString());
        } catch (IOException e) {
            throw new Refusal(Refusal.NO_INPUT, "the unions cannot be read: " + IoErrors.describe(e));
        }
    }

    static List<String> standardInput() throws Refusal {
        byte[] text;
        try {
            text = System.in.readNBytes(LONGEST + 1);
        } catch (IOException e) {
            throw new Refusal(Refusal.NO_INPUT, "--unions -: the standard input: " + IoErrors.describe(e));
        }
        if (text.length == 0) {
            throw new Refusal(Refusal.NO_INPUT, "--unions -: the standard input is closed or empty");
        }
        return lines(text, "standard input");
    }

    private static List<String> lines(byte[] text, String file) throws Refusal {
        if (text.length > LONGEST) {
            throw new Refusal(Refusal.USAGE, file + ": is longer than 1 MiB: that is no fstab");
        }
        return new String(text, StandardCharsets.ISO_8859_1)
                .lines()
                .map(line -> new String(line.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8))
                .toList();
    }

    /** The union that a line declares, or null if the line is not for us. */
    static Union parse(String line, String origin, long memory) throws Refusal {
        String text = line.strip();
        if (text.isEmpty() || text.startsWith("#")) {
            return null;
        }
        String[] fields = text.split("[ \t]+", -1);
        String type = fields.length < 3 ? "" : fields[2];
        if (fields.length < 3 && (fields[0].equals("swap") || fields[fields.length - 1].equals("mfs"))) {
            throw new Refusal(
                    Refusal.USAGE,
                    origin + ": a line of mfs has to be 'swap PATH mfs OPTIONS', and this one has too few fields");
        }
        if (!type.equals("mfs") && !fields[0].equals("liveroot")) {
            return null;
        }
        if (!type.equals("mfs") && !type.equals("union")) {
            throw new Refusal(
                    Refusal.USAGE,
                    origin + ": a line for liveroot has to be 'liveroot PATH union OPTIONS', and this one has "
                            + (type.isEmpty() ? "too few fields" : "type '" + type + "'"));
        }
        String path = Union.absolute(unescape(fields[1]), origin);
        UnionOptions options = new UnionOptions(origin, memory);
        for (String option : (fields.length > 3 ? fields[3] : "rw").split(",", -1)) {
            options.add(option);
        }
        return options.union(path, origin);
    }

    /** A backslash and three octal digits stand for a byte, as in an fstab: blanks, tabs, newlines, commas, any other. */
    static String unescape(String field) {
        if (field.indexOf('\\') < 0) {
            return field;
        }
        byte[] from = field.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream to = new ByteArrayOutputStream(from.length);
        for (int i = 0; i < from.length; i++) {
            if (from[i] == '\\' && i + 3 < from.length && isOctal(from, i + 1)) {
                to.write((from[i + 1] - '0') << 6 | (from[i + 2] - '0') << 3 | (from[i + 3] - '0'));
                i += 3;
            } else {
                to.write(from[i]);
            }
        }
        return to.toString(StandardCharsets.UTF_8);
    }

    /** Whether three digits of a byte other than NUL are there. */
    private static boolean isOctal(byte[] text, int at) {
        return text[at] >= '0'
                && text[at] <= '3'
                && text[at + 1] >= '0'
                && text[at + 1] <= '7'
                && text[at + 2] >= '0'
                && text[at + 2] <= '7'
                && (text[at] | text[at + 1] | text[at + 2]) != '0';
    }

    /** What {@link #unescape} gives back, in one line. */
    static String escape(String text) {
        return text.replace("\\", "\\134").replace("\n", "\\012").replace("\r", "\\015");
    }
}
