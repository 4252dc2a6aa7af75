package liveroot.fs.squashfs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import liveroot.fs.Attributes;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Mode;
import liveroot.fs.Name;
import liveroot.fs.Node;

/** All that is to be known of a tree, as text by path ("." for the root, "./etc" ...), so that two can be compared. */
public final class TreeFacts {

    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;

    private static final String HOLES =
            """
            find . -type f -print0 | perl -0ne 'chomp; open F, "<", $_ or die; my $s = -s F; my $p = 0; my @r;
              while ($p < $s) { my $d = sysseek F, $p, 3; last unless defined $d; my $h = sysseek F, $d, 4;
                push @r, ($d+0)."-".($h+0); $p = $h; } print "$_\\0@r\\0"'
            """;

    private TreeFacts() {}

    /** Of a directory, by other programs; numbers, sizes and blocks only if {@code image}. */
    public static Map<String, String> ofDirectory(Path directory, boolean image) throws IOException {
        Map<String, String> facts = new TreeMap<>();
        String format = image ? "%f %u %g %s %b %o %h %i %.X %.Y %.Z %t:%T" : "%f %u %g %.Y %t:%T";
        String find = "find . ";
        put(facts, Commands.sh(directory, find + "-exec stat --printf='%n\\0" + format + "\\0' {} +"), "");
        put(facts, Commands.sh(directory, find + "-type l -printf '%p\\0%l\\0'"), " -> ");
        put(facts, Commands.sh(directory, HOLES), image ? " data " : null);
        for (String line :
                Commands.sh(directory, find + "-type f -exec sha256sum -z {} +").split("\0", 0)) {
            facts.merge(line.substring(66), " sha256 " + line.substring(0, 64), String::concat);
        }
        // The kernel says "Operation not supported" of images without xattrs.
        String xattrs = "getfattr -R -P -h -d -m - -e hex . 2>&1 | { grep -v ': Operation not supported$' || true; }";
        String path = null;
        for (String line : Commands.sh(directory, xattrs).split("\n", 0)) {
            if (line.startsWith("# file: ")) {
                path = line.substring(8);
            } else if (!line.isEmpty()) {
                facts.merge(path.equals(".") ? path : "./" + path, " " + line, String::concat);
            }
        }
        return facts;
    }

    private static void put(Map<String, String> facts, String pairs, String before) {
        String[] parts = pairs.split("\0", -1);
        for (int i = 0; before != null && i + 1 < parts.length; i += 2) {
            facts.merge(parts[i], before + parts[i + 1], String::concat);
        }
    }

    /** Of a tree, by the operations of its contract, which must agree with each other. */
    public static Map<String, String> ofTree(FileTree tree, boolean image) throws FsException {
        Map<String, String> facts = new TreeMap<>();
        ArrayDeque<Listed> todo = new ArrayDeque<>();
        Attributes root = tree.getattr(FileTree.ROOT);
        todo.add(new Listed(".", FileTree.ROOT, root));
        for (Listed next; (next = todo.poll()) != null; ) {
            facts.put(next.path, describe(tree, next, image));
            if (next.attributes.isDirectory()) {
                list(tree, next, todo);
            }
        }
        return facts;
    }

    private record Listed(String path, long id, Attributes attributes) {}

    private static void list(FileTree tree, Listed directory, ArrayDeque<Listed> todo) throws FsException {
        List<Object[]> entries = new ArrayList<>();
        long[] cookie = new long[1];
        for (boolean[] full = {true}; full[0]; ) {
            full[0] = false;
            int[] room = {7};
            tree.readdir(directory.id, cookie[0], (name, id, ino, type, next) -> {
                if (room[0]-- == 0) {
                    full[0] = true;
                    return false;
                }
                entries.add(new Object[] {name, id, ino, type});
                cookie[0] = next;
                return true;
            });
        }
        assertEquals(Name.DOT, entries.get(0)[0]);
        assertEquals(directory.attributes.ino(), entries.get(0)[2]);
        assertEquals(Name.DOT_DOT, entries.get(1)[0]);
        for (Object[] entry : entries.subList(2, entries.size())) {
            Name name = (Name) entry[0];
            Node node = tree.reference((long) entry[1]);
            String path = directory.path + "/" + new String(name.bytes(), ISO_8859_1);
            assertEquals(tree.lookup(directory.id, name), node, path);
            assertEquals(tree.getattr(node.id()), node.attributes(), path);
            assertEquals(node.attributes().ino(), entry[2], path);
            assertEquals(Mode.type(node.attributes().mode()), entry[3], path);
            todo.add(new Listed(path, node.id(), node.attributes()));
        }
    }

    private static String describe(FileTree tree, Listed file, boolean image) throws FsException {
        Attributes a = file.attributes;
        StringBuilder s = new StringBuilder();
        int major = (a.rdev() >>> 8) & 0xfff;
        int minor = (a.rdev() & 0xff) | ((a.rdev() >>> 12) & 0xfff00);
        if (image) {
            s.append("%x %d %d %d %d %d %d %d %s %s %s %x:%x"
                    .formatted(
                            a.mode(),
                            a.uid(),
                            a.gid(),
                            a.size(),
                            a.blocks(),
                            a.blockSize(),
                            a.nlink(),
                            a.ino(),
                            time(a.atime(), a.atimeNanos()),
                            time(a.mtime(), a.mtimeNanos()),
                            time(a.ctime(), a.ctimeNanos()),
                            major,
                            minor));
        } else {
            s.append("%x %d %d %s %x:%x"
                    .formatted(a.mode(), a.uid(), a.gid(), time(a.mtime(), a.mtimeNanos()), major, minor));
        }
        if (a.isSymlink()) {
            s.append(" -> ").append(new String(tree.readlink(file.id), ISO_8859_1));
        }
        if (a.isRegular()) {
            if (image) {
                s.append(" data ").append(dataRanges(tree, file));
            }
            byte[] bytes = content(tree, file, 1 << 20);
            assertArrayEquals(bytes, content(tree, file, 50_001), file.path);
            s.append(" sha256 ").append(sha256(bytes));
        }
        List<Name> names = new ArrayList<>(tree.listxattr(file.id));
        names.sort(null);
        for (Name name : names) {
            s.append(' ').append(name).append("=0x").append(HexFormat.of().formatHex(tree.getxattr(file.id, name)));
        }
        return s.toString();
    }

    /** As stat shows it; with a fraction only for times after 1970. */
    private static String time(long seconds, int nanos) {
        return "%d.%09d".formatted(seconds, nanos);
    }

    private static String dataRanges(FileTree tree, Listed file) throws FsException {
        StringBuilder ranges = new StringBuilder();
        for (long at = 0; at < file.attributes.size(); ) {
            long data;
            try {
                data = tree.lseek(file.id, 0, at, SEEK_DATA);
            } catch (FsException e) {
                assertEquals(liveroot.fs.Errno.ENXIO, e.errno());
                break;
            }
            at = tree.lseek(file.id, 0, data, SEEK_HOLE);
            ranges.append(ranges.isEmpty() ? "" : " ").append(data).append('-').append(at);
        }
        return ranges.toString();
    }

    private static byte[] content(FileTree tree, Listed file, int step) throws FsException {
        Collected sink = new Collected(ByteBuffer.allocateDirect((int) file.attributes.size()));
        for (long at = 0; at < file.attributes.size(); at += step) {
            tree.read(file.id, 0, at, step, sink);
        }
        return sink.bytes();
    }

    public static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
