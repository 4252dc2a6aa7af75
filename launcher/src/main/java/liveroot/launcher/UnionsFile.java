package liveroot.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

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

    private UnionsFile() {}

    /** @param memory bytes of RAM */
    static List<Union> read(Path file, long memory) throws Refusal {
        List<String> lines = lines(file);
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
        try {
            if (Files.isDirectory(file)) {
                throw new Refusal(Refusal.NO_INPUT, file + ": is a directory, an fstab is needed for --unions");
            }
            byte[] text;
            try (InputStream in = Files.newInputStream(file)) {
                text = in.readNBytes(LONGEST + 1);
            }
            if (text.length > LONGEST) {
                throw new Refusal(Refusal.USAGE, file + ": is longer than 1 MiB: that is no fstab");
            }
            return new String(text, StandardCharsets.ISO_8859_1)
                    .lines()
                    .map(line -> new String(line.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8))
                    .toList();
        } catch (IOException e) {
            throw new Refusal(Refusal.NO_INPUT, "the unions cannot be read: " + IoErrors.describe(e));
        }
    }

    /** The union that a line declares, or null if the line is not for us. */
    static Union parse(String line, String origin, long memory) throws Refusal {
        String text = line.strip();
        if (text.isEmpty() || text.startsWith("#")) {
            return null;
        }
        String[] fields = text.split("[ \t]+", -1);
        String type = fields.length < 3 ? "" : fields[2];
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
        Line parsed = new Line(origin, memory);
        for (String option : (fields.length > 3 ? fields[3] : "rw").split(",", -1)) {
            parsed.option(option);
        }
        return parsed.union(path);
    }

    /** Blanks, tabs and backslashes stand as three octal digits, as getmntent(3) reads them. */
    private static String unescape(String field) {
        return field.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\");
    }

    /** The options of a line, as they come. */
    private static final class Line {

        private final String origin;
        private final long memory;
        private final Set<String> given = new HashSet<>();
        private final List<Union.NewDirectory> directories = new ArrayList<>();
        private long size;
        private long inodes;
        private boolean readOnly;
        private boolean nosuid;
        private boolean nodev;
        private boolean noexec;
        private boolean noatime;
        private int mode = -1;
        private int uid = -1;
        private int gid = -1;

        Line(String origin, long memory) {
            this.origin = origin;
            this.memory = memory;
        }

        void option(String option) throws Refusal {
            if (option.startsWith("x-") || option.startsWith("X-")) {
                // Meant for other programs, see mount(8).
                return;
            }
            int equals = option.indexOf('=');
            if (equals < 0) {
                flag(option);
                return;
            }
            String value = option.substring(equals + 1);
            String name = option.substring(0, equals);
            if (!name.equals("mkdir") && !given.add(name.equals("-s") ? "size" : name)) {
                throw new Refusal(Refusal.USAGE, origin + ": '" + option + "' comes after another " + name + "=");
            }
            switch (name) {
                case "size" -> size = size(value);
                // mount_mfs(8): 512-byte sectors, unless it bears a unit.
                case "-s" -> size = size(value.matches("[0-9]+") ? value + "s" : value);
                case "nr_inodes" -> inodes = number(option, value, 10, Integer.MAX_VALUE);
                case "mode" -> mode = number(option, value, 8, 07777);
                case "uid" -> uid = number(option, value, 10, Integer.MAX_VALUE);
                case "gid" -> gid = number(option, value, 10, Integer.MAX_VALUE);
                case "mkdir" -> directories.add(directory(option, value));
                default -> throw unknown(option);
            }
        }

        private void flag(String option) throws Refusal {
            switch (option) {
                case "rw" -> readOnly = false;
                case "ro" -> readOnly = true;
                case "nosuid" -> nosuid = true;
                case "nodev" -> nodev = true;
                case "noexec" -> noexec = true;
                case "noatime" -> noatime = true;
                case "union", "defaults", "auto", "noauto", "nofail", "_netdev" -> {
                    // NetBSD's way to say that the directory below shows through, as it always does in a union, and
                    // what
                    // tells mount -a and the like when to mount.
                }
                default -> throw unknown(option);
            }
        }

        private Refusal unknown(String option) {
            return new Refusal(
                    Refusal.USAGE,
                    origin + ": unknown option '" + option + "': known are rw, ro, nosuid, nodev, noexec, noatime,"
                            + " union, size=, -s=, nr_inodes=, mkdir=NAME:MODE, mode=, uid=, gid=; defaults, auto, noauto,"
                            + " nofail, _netdev and x-... say nothing here");
        }

        private long size(String value) throws Refusal {
            return Size.parse(origin, value, memory);
        }

        private int number(String option, String value, int radix, int most) throws Refusal {
            try {
                int number = Integer.parseInt(value, radix);
                if (number >= 0 && number <= most) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // Said below.
            }
            throw new Refusal(
                    Refusal.USAGE,
                    origin + ": '" + option + "' needs a number from 0 to " + Integer.toString(most, radix)
                            + (radix == 8 ? " in octal" : ""));
        }

        private Union.NewDirectory directory(String option, String value) throws Refusal {
            int colon = value.lastIndexOf(':');
            String name = colon < 0 ? value : value.substring(0, colon);
            int bits = colon < 0 ? 0755 : number(option, value.substring(colon + 1), 8, 07777);
            if (name.isEmpty() || name.equals(".") || name.equals("..") || name.contains("/")) {
                throw new Refusal(
                        Refusal.USAGE,
                        origin + ": '" + option + "' needs the name of a directory to make in the union,"
                                + " as in mkdir=mds:1777");
            }
            return new Union.NewDirectory(name, bits);
        }

        Union union(String path) {
            return new Union(
                    path,
                    size,
                    inodes,
                    new Union.Options(readOnly, nosuid, nodev, noexec, noatime),
                    List.copyOf(directories),
                    new Union.Root(mode, uid, gid),
                    origin,
                    true);
        }
    }
}
