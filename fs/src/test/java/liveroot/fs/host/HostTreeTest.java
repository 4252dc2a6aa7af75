package liveroot.fs.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import liveroot.cache.Block;
import liveroot.fs.Attributes;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Mode;
import liveroot.fs.Name;
import liveroot.fs.Node;
import liveroot.fs.ReadSink;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A directory of this host, made by java.nio.file, seen as a tree. */
final class HostTreeTest {

    @TempDir
    private Path directory;

    private HostTree tree;

    @BeforeEach
    void open() throws IOException {
        tree = HostTree.open(directory.toString(), 10_000);
    }

    @AfterEach
    void close() {
        tree.close();
    }

    private Node find(String path) throws FsException {
        Node node = new Node(FileTree.ROOT, tree.getattr(FileTree.ROOT));
        for (String name : path.split("/", -1)) {
            node = tree.lookup(node.id(), Name.of(name));
        }
        return node;
    }

    private static Errno errno(org.junit.jupiter.api.function.Executable action) {
        return assertThrows(FsException.class, action).errno();
    }

    private byte[] read(long id, long offset, int length) throws FsException {
        Collected collected = new Collected();
        tree.read(id, 0, offset, length, collected);
        return collected.bytes();
    }

    private static final class Collected implements ReadSink {
        private final List<ByteBuffer> pieces = new ArrayList<>();

        @Override
        public void block(Block block, int offset, int length) {
            throw new AssertionError("a host has no blocks");
        }

        @Override
        public void zeros(int length) {
            pieces.add(ByteBuffer.allocate(length));
        }

        @Override
        public ByteBuffer space(int length) {
            pieces.add(ByteBuffer.allocateDirect(length));
            return pieces.get(pieces.size() - 1);
        }

        byte[] bytes() {
            ByteBuffer all = ByteBuffer.allocate(
                    pieces.stream().mapToInt(ByteBuffer::capacity).sum());
            pieces.forEach(piece -> all.put(piece.clear()));
            return all.array();
        }
    }

    /** Lists with room for so many names a time. */
    private List<String> list(long id, int room) throws FsException {
        List<String> names = new ArrayList<>();
        long[] cookie = {0};
        for (int before = -1; before != names.size(); ) {
            before = names.size();
            int end = before + room;
            tree.readdir(id, cookie[0], (name, entry, ino, type, next) -> {
                if (names.size() == end) {
                    return false;
                }
                names.add(name.toString());
                cookie[0] = next;
                return true;
            });
        }
        return names;
    }

    @Test
    void attributes_are_those_of_the_host() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "hello");
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_234_567_890_123L));
        Attributes found = find("file").attributes();
        assertEquals((Long) Files.getAttribute(file, "unix:ino"), found.ino());
        assertEquals((Integer) Files.getAttribute(file, "unix:mode"), found.mode());
        assertEquals(5, found.size());
        assertEquals(1_234_567_890, found.mtime());
        assertEquals(123_000_000, found.mtimeNanos());
        assertArrayEquals(
                "ello".getBytes(StandardCharsets.UTF_8), read(find("file").id(), 1, 100));
        assertArrayEquals(new byte[0], read(find("file").id(), 5, 100));
    }

    @Test
    void names_of_one_file_are_one_inode() throws Exception {
        Path file = Files.writeString(directory.resolve("one"), "x");
        Files.createDirectory(directory.resolve("sub"));
        Files.createLink(directory.resolve("sub/other"), file);
        assertEquals(find("one").id(), find("sub/other").id());
        assertEquals(2, find("one").attributes().nlink());
    }

    @Test
    void symlinks_are_told_and_never_followed() throws Exception {
        Path outside = Files.createTempDirectory("outside");
        try {
            Files.createSymbolicLink(directory.resolve("out"), outside);
            Node link = find("out");
            assertTrue(link.attributes().isSymlink());
            assertEquals(outside.toString(), new String(tree.readlink(link.id()), StandardCharsets.UTF_8));
            // A lookup below it is no lookup in what it leads to.
            assertEquals(Errno.ELOOP, errno(() -> tree.lookup(link.id(), Name.of("x"))));
            assertEquals(Errno.EINVAL, errno(() -> tree.readlink(FileTree.ROOT)));
        } finally {
            Files.delete(outside);
        }
    }

    @Test
    void every_name_is_listed_once_however_small_the_requests_are() throws Exception {
        Set<String> made = new HashSet<>(Set.of(".", ".."));
        for (int i = 0; i < 700; i++) {
            String name = "a name that takes some room, number " + i;
            Files.createFile(directory.resolve(name));
            made.add(name);
        }
        for (int room : new int[] {1, 7, 1000}) {
            List<String> listed = list(FileTree.ROOT, room);
            assertEquals(702, listed.size());
            assertEquals(made, new HashSet<>(listed));
            assertEquals(List.of(".", ".."), listed.subList(0, 2));
        }
    }

    private void walk(long id, String path, List<String> found) throws FsException {
        List<Long> directories = new ArrayList<>();
        List<String> names = new ArrayList<>();
        long[] cookie = {0};
        for (int before = -1; before != found.size() + names.size(); ) {
            before = found.size() + names.size();
            int room = 40;
            int[] taken = {0};
            tree.readdir(id, cookie[0], (name, entry, ino, type, next) -> {
                if (taken[0]++ == room) {
                    return false;
                }
                cookie[0] = next;
                if (entry != 0) {
                    names.add(path + "/" + name + " " + ino);
                    directories.add(type == Mode.S_IFDIR ? entry : 0L);
                }
                return true;
            });
        }
        found.addAll(names);
        for (int i = 0; i < names.size(); i++) {
            if (directories.get(i) != 0) {
                walk(directories.get(i), names.get(i).substring(0, names.get(i).lastIndexOf(' ')), found);
            }
        }
    }

    @Test
    void a_walk_finds_what_is_there_however_much_of_it_was_listed_ahead() throws Exception {
        List<String> made = new ArrayList<>();
        for (int d = 0; d < 12; d++) {
            for (int e = 0; e < 12; e++) {
                Path below = Files.createDirectories(directory.resolve("d" + d + "/e" + e));
                // None in some, more than one request takes in others.
                for (int f = 0; f < e * 4; f++) {
                    Files.createFile(below.resolve("f" + f));
                }
            }
        }
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : (Iterable<Path>) all::iterator) {
                if (!path.equals(directory)) {
                    made.add("/" + directory.relativize(path) + " " + Files.getAttribute(path, "unix:ino"));
                }
            }
        }
        made.sort(null);
        for (int round = 0; round < 3; round++) {
            List<String> found = new ArrayList<>();
            walk(FileTree.ROOT, "", found);
            found.sort(null);
            assertEquals(made, found);
        }
    }

    @Test
    void what_shrinks_after_it_was_read_ahead_is_zeros_at_its_end() throws Exception {
        for (int i = 0; i < 40; i++) {
            Files.writeString(directory.resolve("f" + i), "x".repeat(1000));
        }
        List<Long> files = new ArrayList<>();
        tree.readdir(FileTree.ROOT, 2, (name, id, ino, type, next) -> files.add(id));
        for (int i = 0; i < 10; i++) {
            assertEquals(1000, read(files.get(i), 0, 4096).length);
        }
        for (int i = 0; i < 40; i++) {
            Files.writeString(directory.resolve("f" + i), "y");
        }
        for (long id : files) {
            byte[] bytes = read(id, 0, 4096);
            assertEquals('y', bytes[0]);
            assertTrue(bytes.length == 1 || (bytes.length == 1000 && bytes[999] == 0), () -> "length " + bytes.length);
        }
    }

    @Test
    void what_is_listed_can_be_asked_for_by_its_id() throws Exception {
        Files.createSymbolicLink(directory.resolve("link"), Path.of("nowhere"));
        tree.readdir(FileTree.ROOT, 2, (name, id, ino, type, next) -> {
            try {
                assertEquals(ino, tree.reference(id).attributes().ino());
            } catch (FsException e) {
                throw new AssertionError(e);
            }
            return true;
        });
        assertEquals(find("link").id(), tree.reference(find("link").id()).id());
    }

    @Test
    void a_tree_deeper_than_a_path_may_be_long_is_reached() throws Exception {
        String name = "d".repeat(250);
        Node node = new Node(FileTree.ROOT, null);
        // Relative moves: no call may name it all.
        String script = "chdir shift; my $n = shift; for (1 .. 40) { mkdir $n; chdir $n or die $! }"
                + " open my $f, '>', 'file' or die $!; print $f qq(deep\\n)";
        assertEquals(
                0,
                new ProcessBuilder("perl", "-e", script, directory.toString(), name)
                        .start()
                        .waitFor());
        for (int i = 0; i < 40; i++) {
            node = tree.lookup(node.id(), Name.of(name));
        }
        long file = tree.lookup(node.id(), Name.of("file")).id();
        assertArrayEquals("deep\n".getBytes(StandardCharsets.UTF_8), read(file, 0, 100));
        assertEquals(
                0,
                new ProcessBuilder("rm", "-rf", directory.resolve(name).toString())
                        .start()
                        .waitFor());
    }

    @Test
    void what_is_replaced_behind_its_back_is_stale_and_not_another_file() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "first");
        Path kept = Files.createLink(directory.resolve("kept"), file);
        long id = find("file").id();
        Files.delete(file);
        assertEquals(Errno.ESTALE, errno(() -> tree.getattr(id)));
        Files.writeString(file, "second");
        assertEquals(Errno.ESTALE, errno(() -> tree.getattr(id)));
        assertEquals(Errno.ESTALE, errno(() -> read(id, 0, 10)));
        Files.delete(kept);
    }

    @Test
    void a_directory_that_becomes_a_symlink_leads_nowhere() throws Exception {
        Files.createDirectory(directory.resolve("sub"));
        Files.writeString(directory.resolve("sub/passwd"), "mine");
        long id = find("sub/passwd").id();
        Files.delete(directory.resolve("sub/passwd"));
        Files.delete(directory.resolve("sub"));
        Files.createSymbolicLink(directory.resolve("sub"), Path.of("/etc"));
        assertTrue(Set.of(Errno.ELOOP, Errno.ESTALE).contains(errno(() -> read(id, 0, 10))));
    }

    @Test
    void holes_are_found() throws Exception {
        Path file = directory.resolve("sparse");
        String script = "truncate -s 1M '" + file + "'; echo x | dd of='" + file + "' bs=1 seek=524288 conv=notrunc";
        assertEquals(
                0,
                new ProcessBuilder("sh", "-c", script)
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor());
        long id = find("sparse").id();
        assertEquals(524288, tree.lseek(id, 0, 0, 3));
        assertEquals(0, tree.lseek(id, 0, 0, 4));
        assertEquals(Errno.ENXIO, errno(() -> tree.lseek(id, 0, 1 << 20, 3)));
    }

    @Test
    void descriptors_do_not_grow_with_the_files_that_were_read() throws Exception {
        for (int i = 0; i < 500; i++) {
            Files.createDirectory(directory.resolve("d" + i));
            Files.writeString(directory.resolve("d" + i + "/f"), "x");
        }
        long before = descriptors();
        for (int i = 0; i < 500; i++) {
            read(find("d" + i + "/f").id(), 0, 1);
            // A listing that is broken off.
            tree.readdir(find("d" + i).id(), 0, (name, id, ino, type, next) -> next < 3);
        }
        long more = descriptors() - before;
        assertTrue(more <= OpenFiles.MOST + Streams.MOST, more + " more descriptors");
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        }
    }

    @Test
    void more_files_than_may_be_known_are_refused_and_those_known_stay() throws Exception {
        for (int i = 0; i < 50; i++) {
            Files.createFile(directory.resolve("f" + i));
        }
        try (HostTree small = HostTree.open(directory.toString(), 20)) {
            int found = 0;
            for (int i = 0; i < 50; i++) {
                Name name = Name.of("f" + i);
                if (found == 19) {
                    assertEquals(Errno.ENFILE, errno(() -> small.lookup(FileTree.ROOT, name)));
                } else {
                    small.lookup(FileTree.ROOT, name);
                    found++;
                }
            }
            assertEquals(
                    Files.getAttribute(directory.resolve("f3"), "unix:ino", LinkOption.NOFOLLOW_LINKS),
                    small.lookup(FileTree.ROOT, Name.of("f3")).attributes().ino());
        }
    }

    @Test
    void unknown_ids_and_names_are_answered_with_their_errno() {
        assertEquals(Errno.ENOENT, errno(() -> tree.lookup(FileTree.ROOT, Name.of("nowhere"))));
        assertEquals(Errno.ENAMETOOLONG, errno(() -> tree.lookup(FileTree.ROOT, Name.of("x".repeat(256)))));
        for (long id : new long[] {0, -1, 77, Long.MAX_VALUE, Long.MIN_VALUE}) {
            assertEquals(Errno.ESTALE, errno(() -> tree.getattr(id)));
            assertEquals(Errno.ESTALE, errno(() -> tree.lookup(id, Name.of("x"))));
            assertEquals(Errno.ESTALE, errno(() -> read(id, 0, 1)));
        }
        assertEquals(Errno.ENODATA, errno(() -> tree.getxattr(FileTree.ROOT, Name.of("user.none"))));
    }
}
