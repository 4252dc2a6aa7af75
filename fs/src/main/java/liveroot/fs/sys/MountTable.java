package liveroot.fs.sys;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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
     */
    public record Entry(int id, String device, Path directory, String type, String source) {}

    private MountTable() {}

    /** All mounts, those made later behind those made before. */
    public static List<Entry> read() throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (String line : Files.readString(Path.of("/proc/self/mountinfo"), StandardCharsets.ISO_8859_1)
                .split("\n", -1)) {
            String[] fields = line.split(" ", -1);
            int dash = 6;
            while (dash < fields.length && !fields[dash].equals("-")) {
                dash++;
            }
            if (dash + 2 < fields.length) {
                entries.add(new Entry(
                        Integer.parseInt(fields[0]),
                        fields[2],
                        Path.of(unescape(fields[4])),
                        fields[dash + 1],
                        unescape(fields[dash + 2])));
            }
        }
        return entries;
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
