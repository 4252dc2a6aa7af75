package liveroot.launcher;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The covers of an fstab(5): what {@link UnionsFile} takes, lines of type {@code tmpfs}, which on a root that cannot be
 * written to would hide what is there, and lines of {@code mount.fuse.liveroot}.
 *
 * <pre>
 * swap     /var    mfs           rw,-s=262144,noatime    0 0
 * tmpfs    /tmp    tmpfs         size=64m,mode=1777      0 0
 * liveroot /var/db fuse.liveroot size=512k               0 0
 * </pre>
 */
final class CoverFile {

    /** Options of tmpfs(5) and mount(8) that say how its memory is had, or what a cover does anyway. */
    private static final Set<String> IDLE = Set.of(
            "relatime",
            "strictatime",
            "nodiratime",
            "lazytime",
            "exec",
            "suid",
            "dev",
            "async",
            "noswap",
            "inode32",
            "inode64");

    private CoverFile() {}

    /** @param memory bytes of RAM */
    static List<Union> read(Path file, long memory) throws Refusal {
        return parseAll(UnionsFile.lines(file), file.toString(), memory);
    }

    static List<Union> readStandardInput(long memory) throws Refusal {
        return parseAll(UnionsFile.standardInput(), "standard input", memory);
    }

    private static List<Union> parseAll(List<String> lines, String file, long memory) throws Refusal {
        List<Union> unions = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            Union union = parse(lines.get(i), file + ":" + (i + 1), memory);
            if (union != null) {
                unions.add(union);
            }
        }
        return unions;
    }

    /** The union that a line declares, or null if the line is not for us. */
    static Union parse(String line, String origin, long memory) throws Refusal {
        String[] fields = line.strip().split("[ \t]+", -1);
        if (fields.length < 3 || fields[0].startsWith("#")) {
            return UnionsFile.parse(line, origin, memory);
        }
        String type = fields[2];
        if (type.equals("fuse.liveroot") && fields[0].equals("liveroot")) {
            return union(fields, fields.length > 3 ? fields[3] : "rw", origin, memory);
        } else if (type.equals("tmpfs")) {
            String options = Stream.of((fields.length > 3 ? fields[3] : "rw").split(",", -1))
                    .filter(option ->
                            !IDLE.contains(option) && !option.startsWith("huge=") && !option.startsWith("mpol="))
                    .collect(Collectors.joining(","));
            return union(fields, options.isEmpty() ? "rw" : options, origin, memory);
        }
        return UnionsFile.parse(line, origin, memory);
    }

    private static Union union(String[] fields, String options, String origin, long memory) throws Refusal {
        return UnionsFile.parse("liveroot " + fields[1] + " union " + options, origin, memory);
    }

    /** The argument of {@code cover}: PATH[=SIZE][,OPTION...]; a comma in PATH is written \\054. */
    static Union argument(String text, long memory) throws Refusal {
        return Union.parse(text, "cover", memory).union(Union.pathOf(text, "cover"), "cover");
    }
}
