package liveroot.integration;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a tree of files looks like to find, stat, sha256sum and getfattr: for each path (bytes, one char each) what is to
 * be known of it, by aspect. Two listings are compared path by path, aspect by aspect.
 */
final class TreeListing {

    /** Where the data and the holes of files are, by SEEK_DATA and SEEK_HOLE. */
    private static final String HOLES =
            """
            $/ = "\\0";
            while (my $name = <STDIN>) {
              chomp $name;
              open(my $f, "<", $name) or die "$name: $!";
              my ($size, $at, $map) = (-s $f, 0, "");
              while ($at < $size) {
                my $data = sysseek($f, $at, 3);
                if (!defined $data) { die "$name: SEEK_DATA at $at: $!" unless $!{ENXIO}; last; }
                my $hole = sysseek($f, $data, 4);
                die "$name: SEEK_HOLE at $data: $!" unless defined $hole;
                ($data, $hole) = ($data + 0, $hole + 0);
                $map .= "$data-$hole ";
                $at = $hole;
              }
              print "$name\\0$map\\0";
            }
            """;

    private static final String SCRIPT =
            """
            find . -printf '%P\\0%y\\0%m\\0%U\\0%G\\0%n\\0%s\\0%T@\\0%i\\0%l\\0'
            printf '\\0\\0'
            find . -type f -exec sha256sum -z -- {} +
            printf '\\0\\0'
            find . '(' -type b -o -type c ')' -exec stat --printf '%n\\0%t:%T\\0' {} +
            printf '\\0\\0'
            # An image without any makes the kernel say that they are not supported; that is as good as none.
            { errors=$(find . -exec getfattr -h -d -m - -e hex --absolute-names -- {} + 2>&1 >&3) || true; } 3>&1
            while read -r error; do
              case $error in '' | *': Operation not supported') ;; *) echo "$error" >&2; exit 1 ;; esac
            done <<< "$errors"
            printf '\\0\\0'
            if test "$1" = holes; then find . -type f -print0 | perl -MErrno -e "$2"; fi
            """;

    private final SortedMap<String, SortedMap<String, String>> entries = new TreeMap<>();
    private final String name;

    private TreeListing(String name) {
        this.name = name;
    }

    /** Of the tree at {@code directory}, without maps of holes. */
    static TreeListing of(Path directory) {
        return of(directory, false, Duration.ofMinutes(2));
    }

    static TreeListing withHoles(Path directory) {
        return of(directory, true, Duration.ofMinutes(2));
    }

    private static TreeListing of(Path directory, boolean holes, Duration limit) {
        String out = Command.bash(SCRIPT, holes ? "holes" : "no", HOLES)
                .in(directory)
                .within(limit)
                .ok();
        TreeListing listing = new TreeListing(directory.toString());
        // Each section ends with an empty field more than its last record; fields themselves may be empty, so sections
        // are found by their counts of fields, not by splitting.
        Fields fields = new Fields(out);
        listing.readFind(fields);
        listing.readSums(fields);
        listing.readDevices(fields);
        listing.readAttributes(fields);
        listing.readHoles(fields);
        return listing;
    }

    private static final class Fields {
        private final String text;
        private int at;

        Fields(String text) {
            this.text = text;
        }

        String next() {
            int end = text.indexOf('\0', at);
            String field = text.substring(at, end);
            at = end + 1;
            return field;
        }

        /** Whether a section ends here; if so it is passed. */
        boolean endOfSection() {
            if (text.startsWith("\0\0", at)) {
                at += 2;
                return true;
            }
            return false;
        }

        boolean end() {
            return at >= text.length();
        }
    }

    private void readFind(Fields fields) {
        Map<String, String> inodes = new TreeMap<>();
        Map<String, String> numbers = new HashMap<>();
        // The root's name is empty, and so is the target of what is no symlink: two empty fields never come first in a
        // record but for the root, which find lists first.
        boolean first = true;
        while (first || !fields.endOfSection()) {
            first = false;
            String path = fields.next();
            SortedMap<String, String> entry = entry(path);
            String type = fields.next();
            entry.put("type", type);
            entry.put("mode", fields.next());
            entry.put("uid", fields.next());
            entry.put("gid", fields.next());
            String links = fields.next();
            entry.put("links", links);
            String size = fields.next();
            if (!type.equals("d")) {
                entry.put("size", size);
            }
            entry.put("mtime", fields.next());
            String inode = fields.next();
            numbers.put(path, inode);
            if (!type.equals("d") && !links.equals("1")) {
                inodes.merge(inode, path, (a, b) -> a.compareTo(b) < 0 ? a : b);
            }
            String target = fields.next();
            if (type.equals("l")) {
                entry.put("target", target);
            }
        }
        numbers.forEach((path, inode) -> {
            String firstName = inodes.get(inode);
            if (firstName != null) {
                entry(path).put("one file with", firstName);
            }
        });
    }

    private void readSums(Fields fields) {
        while (!fields.endOfSection()) {
            String line = fields.next();
            entry(relative(line.substring(66))).put("sha256", line.substring(0, 64));
        }
    }

    private void readDevices(Fields fields) {
        while (!fields.endOfSection()) {
            entry(relative(fields.next())).put("device", fields.next());
        }
    }

    private void readAttributes(Fields fields) {
        String all = fields.next();
        fields.next();
        String path = null;
        for (String line : all.split("\n", -1)) {
            if (line.startsWith("# file: ")) {
                path = relative(unescaped(line.substring(8)));
            } else if (!line.isEmpty()) {
                int equals = line.indexOf('=');
                String key = equals < 0 ? line : line.substring(0, equals);
                // SELinux labels everything that has no label of its own.
                if (!key.equals("security.selinux")) {
                    entry(path).put("xattr " + key, line.substring(equals + 1));
                }
            }
        }
    }

    /** getfattr writes what is not printable, and backslashes, as three octal digits. */
    private static String unescaped(String text) {
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '\\') {
                plain.append((char) Integer.parseInt(text.substring(i + 1, i + 4), 8));
                i += 3;
            } else {
                plain.append(text.charAt(i));
            }
        }
        return plain.toString();
    }

    private void readHoles(Fields fields) {
        while (!fields.end()) {
            entry(relative(fields.next())).put("data at", dataAt(fields.next()));
        }
    }

    private static String dataAt(String map) {
        return map.isEmpty() ? "none" : map.strip();
    }

    private static String relative(String path) {
        return path.equals(".") ? "" : path.startsWith("./") ? path.substring(2) : path;
    }

    private SortedMap<String, String> entry(String path) {
        return entries.computeIfAbsent(path, p -> new TreeMap<>());
    }

    /** The part below a directory, as if that were the root. */
    TreeListing below(String directory) {
        TreeListing part = new TreeListing(name + "/" + directory);
        String prefix = directory + "/";
        entries.forEach((path, entry) -> {
            if (path.equals(directory) || path.startsWith(prefix)) {
                SortedMap<String, String> copy = new TreeMap<>(entry);
                copy.computeIfPresent("one file with", (k, first) -> first.substring(prefix.length()));
                part.entries.put(path.equals(directory) ? "" : path.substring(prefix.length()), copy);
            }
        });
        return part;
    }

    Set<String> paths() {
        return Collections.unmodifiableSet(entries.keySet());
    }

    /** An aspect of a path, null if the path lacks it. */
    String aspect(String path, String aspect) {
        SortedMap<String, String> entry = entries.get(path);
        if (entry == null) {
            throw new AssertionError("no " + path + " in " + name);
        }
        return entry.get(aspect);
    }

    /** The same with every mtime from {@code start} on written as "recent": two runs of one script are never at one time. */
    TreeListing agedFrom(Instant start) {
        TreeListing aged = new TreeListing(name);
        entries.forEach((path, entry) -> {
            SortedMap<String, String> copy = new TreeMap<>(entry);
            copy.computeIfPresent(
                    "mtime", (k, v) -> Double.parseDouble(v) >= start.getEpochSecond() - 1 ? "recent" : v);
            aged.entries.put(path, copy);
        });
        return aged;
    }

    /** One line for each difference, as people can read it; {@code ignoring} names aspects that may differ. */
    List<String> differencesFrom(TreeListing expected, String... ignoring) {
        Set<String> ignored = Set.of(ignoring);
        List<String> lines = new ArrayList<>();
        Set<String> paths = new TreeSet<>(expected.entries.keySet());
        paths.addAll(entries.keySet());
        for (String path : paths) {
            SortedMap<String, String> wanted = expected.entries.get(path);
            SortedMap<String, String> found = entries.get(path);
            if (found == null) {
                lines.add(shown(path) + ": missing, expected " + wanted);
            } else if (wanted == null) {
                lines.add(shown(path) + ": not expected: " + found);
            } else {
                Set<String> aspects = new TreeSet<>(wanted.keySet());
                aspects.addAll(found.keySet());
                for (String aspect : aspects) {
                    String a = wanted.get(aspect);
                    String b = found.get(aspect);
                    if (!ignored.contains(aspect) && !(a == null ? b == null : a.equals(b))) {
                        lines.add(shown(path) + ": " + aspect + " is " + shown(b) + ", expected " + shown(a));
                    }
                }
            }
        }
        return lines;
    }

    private static String shown(String bytes) {
        if (bytes == null) {
            return "absent";
        }
        String text = new String(bytes.getBytes(Command.BYTES), StandardCharsets.UTF_8);
        return text.isEmpty() ? "(the root)" : text.length() > 200 ? text.substring(0, 200) + "..." : text;
    }

    void assertSameAs(TreeListing expected, String... ignoring) {
        List<String> lines = differencesFrom(expected, ignoring);
        if (!lines.isEmpty()) {
            throw new AssertionError(name + " differs from " + expected.name + " in " + lines.size() + " points:\n  "
                    + String.join("\n  ", lines.subList(0, Math.min(lines.size(), 40))));
        }
    }
}
