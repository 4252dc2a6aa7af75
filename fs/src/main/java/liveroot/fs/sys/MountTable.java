package liveroot.fs.sys;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The mounts that this process sees: /proc/self/mountinfo, see proc(5). */
public final class MountTable {

    /**
     * A mount.
     *
     * @param id of the mount, unique while it exists
     * @param device "major:minor"
     * @param directory where it is mounted
     * @param type such as "ext4" or "fuse.liveroot"
     * @param source as mount(8) shows it
     * @param options of the file system, comma-separated
     */
    public record Entry(int id, String device, Path directory, String type, String source, String options) {

        /** Who mounted it, if it is FUSE: "user 1000". */
        public String owner() {
            for (String option : options.split(",", -1)) {
                if (option.startsWith("user_id=")) {
                    return "user " + option.substring("user_id=".length());
                }
            }
            return "another user";
        }
    }

    private MountTable() {}

    /**
     * All mounts, those made later behind those made before. Left out are those at directories whose names this process
     * cannot express as a {@link Path}, such as names that are not ASCII in the C locale: it cannot ask for them either.
     */
    public static List<Entry> read() throws IOException {
        return parse(Files.readString(Path.of("/proc/self/mountinfo"), StandardCharsets.ISO_8859_1));
    }

    /** @param table each byte a char */
    static List<Entry> parse(String table) {
        List<Entry> entries = new ArrayList<>();
        for (String line : table.split("\n", -1)) {
            String[] fields = line.split(" ", -1);
            int dash = 6;
            while (dash < fields.length && !fields[dash].equals("-")) {
                dash++;
            }
            Path directory = dash + 2 < fields.length ? path(unescape(fields[4])) : null;
            if (directory != null) {
                entries.add(new Entry(
                        Integer.parseInt(fields[0]),
                        fields[2],
                        directory,
                        fields[dash + 1],
                        unescape(fields[dash + 2]),
                        dash + 3 < fields.length ? unescape(fields[dash + 3]) : ""));
            }
        }
        return entries;
    }

    private static Path path(String name) {
        try {
            return Path.of(name);
        } catch (InvalidPathException e) {
            return null;
        }
    }

    /** The topmost mount at exactly this directory, or null. */
    public static Entry at(Path directory) throws IOException {
        Entry found = null;
        for (Entry entry : read()) {
            if (entry.directory().equals(directory)) {
                found = entry;
            }
        }
        return found;
    }

    /** The mount that a directory belongs to, or null. */
    public static Entry holding(Path directory) throws IOException {
        return holding(directory, read());
    }

    /** The same of these; of those at the same place the last lies on top. */
    public static Entry holding(Path directory, List<Entry> entries) {
        Entry found = null;
        for (Entry entry : entries) {
            if (directory.startsWith(entry.directory())
                    && (found == null || entry.directory().startsWith(found.directory()))) {
                found = entry;
            }
        }
        return found;
    }

    /** Blanks, tabs, newlines and backslashes stand as three octal digits. */
    private static String unescape(String field) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(field.length());
        for (int i = 0; i < field.length(); i++) {
            char c = field.charAt(i);
            if (c == '\\' && i + 3 < field.length()) {
                bytes.write(Integer.parseInt(field.substring(i + 1, i + 4), 8));
                i += 3;
            } else {
                bytes.write(c);
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
