package liveroot.overlay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import liveroot.fs.AttributeChange;
import liveroot.fs.Attributes;
import liveroot.fs.Caller;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Mode;
import liveroot.fs.Name;
import liveroot.fs.Node;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Random operations on a union over a tree, and on a {@link Model} that began with the same files, agree on every result,
 * errno and on what is there in the end. In a union that is small enough to be full most of the time, what fails for want
 * of space has changed nothing.
 */
class ModelTest {

    private static final String[] NAMES = {"a", "b", "c", "d", "e", "f-with-a-name-" + "longer".repeat(12)};
    private static final int[] RENAME_FLAGS = {0, 0, 0, 1, 2, 4, 5};
    private static final int[] FALLOCATE_MODES = {0, 1, 3, 3, 16, 17};

    private final PlainTree lower = new PlainTree();
    private final Model model = new Model();
    private Random random;
    private Overlay overlay;
    private Client client;
    private final List<String> script = new ArrayList<>();
    private int noSpace;

    /** A file kept open, in the union and in the model. */
    private record Open(long id, Model.File file) {}

    private final List<Open> open = new ArrayList<>();

    @ParameterizedTest(name = "seed {0}, {1} operations, {2} bytes, {3} inodes")
    @CsvSource({
        "1, 60000, 64000000, 100000",
        "2, 40000, 64000000, 100000",
        "3, 40000, 100000, 100000",
        "4, 40000, 200000, 40",
        "5, 20000, 64000000, 12"
    })
    void aUnionAgreesWithAPlainFileSystem(int seed, int operations, long bytes, long inodes) throws FsException {
        random = new Random(seed);
        build("", 3);
        overlay = TestStore.current().over(lower, FileTree.ROOT, bytes, inodes);
        client = new Client(overlay, new Caller(0, 0, 1, 0));
        recordInos("", model.root);
        for (int i = 0; i < operations; i++) {
            try {
                step();
                if (i % 10 == 0) {
                    TestStore.current().compress(overlay);
                }
                if (i % 1000 == 0) {
                    compare("", model.root, new HashMap<>());
                    Invariants.check(overlay);
                }
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(
                        "seed " + seed + ", operation " + i + ": "
                                + script.subList(Math.max(0, script.size() - 30), script.size()),
                        e);
            }
        }
        compare("", model.root, new HashMap<>());
        for (Open file : open) {
            overlay.release(file.id, 1);
            overlay.forget(file.id, 1);
        }
        removeAll("");
        assertEquals(0, overlay.upper().referenced());
        Invariants.check(overlay);
        long rootXattrs = overlay.upper().inodes().get(FileTree.ROOT).bytes();
        assertEquals(1, overlay.use().inodes(), "only the root is left");
        assertTrue(overlay.use().bytes() <= rootXattrs + 1000, "bytes left: " + overlay.use());
        assertEquals(bytes < 1_000_000 || inodes < 100, noSpace > 100, "failed for want of space: " + noSpace);
        overlay.close();
    }

    /** Makes the same files below the union and in the model. */
    private void build(String path, int depth) throws FsException {
        for (String name : NAMES) {
            String at = path + "/" + name;
            int mode = 0600 + random.nextInt(0100);
            Model.File file =
                    switch (random.nextInt(depth > 0 ? 6 : 4)) {
                        case 0 -> null;
                        case 1, 2 -> {
                            byte[] content = content(random.nextInt(40_000));
                            lower.file(at, mode, content);
                            Model.File made = model.make(at, 'f', mode);
                            made.content = content;
                            yield made;
                        }
                        case 3 -> {
                            lower.symlink(at, "to" + name);
                            Model.File made = model.make(at, 'l', 0777);
                            made.content = ("to" + name).getBytes(java.nio.charset.StandardCharsets.UTF_8);
                            yield made;
                        }
                        default -> {
                            lower.dir(at, mode);
                            Model.File made = model.make(at, 'd', mode);
                            build(at, depth - 1);
                            yield made;
                        }
                    };
            if (file != null) {
                file.uid = PlainTree.UID;
                file.gid = PlainTree.GID;
                if (random.nextInt(4) == 0 && file.type == 'f') {
                    lower.xattr(at, "user.x", "below");
                    file.xattrs.put("user.x", "below");
                }
                if (file.type == 'f' && random.nextInt(3) == 0) {
                    String other = path + "/link" + name;
                    lower.link(at, other);
                    model.link(at, other);
                }
            }
        }
        model.root.uid = PlainTree.UID;
        model.root.gid = PlainTree.GID;
    }

    /** Blocks of zeros now and then. */
    private byte[] content(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        for (int at = 0; at < length; at += 4096) {
            if (random.nextInt(3) == 0) {
                java.util.Arrays.fill(bytes, at, Math.min(length, at + 4096), (byte) 0);
            }
        }
        return bytes;
    }

    private void recordInos(String path, Model.File file) throws FsException {
        file.ino = client.stat(path).ino();
        for (Map.Entry<String, Model.File> child : file.children.entrySet()) {
            recordInos(path + "/" + child.getKey(), child.getValue());
        }
    }

    private String path() {
        StringBuilder path = new StringBuilder();
        Model.File at = model.root;
        for (int depth = 0; depth < 6; depth++) {
            boolean existing = at != null && !at.children.isEmpty() && random.nextInt(8) != 0;
            String name = existing
                    ? List.copyOf(at.children.keySet()).get(random.nextInt(at.children.size()))
                    : NAMES[random.nextInt(NAMES.length)];
            path.append('/').append(name);
            at = at == null ? null : at.children.get(name);
            if (random.nextInt(3) == 0 || at == null || !at.isDirectory()) {
                break;
            }
        }
        return path.toString();
    }

    /** What is done with a union, and with the model. */
    private interface Step {
        void run() throws FsException;
    }

    private void both(String what, Step union, Step onModel) throws FsException {
        script.add(what);
        Errno modelErrno = null;
        UnionUse before = overlay.use();
        Errno errno = null;
        try {
            union.run();
        } catch (FsException e) {
            errno = e.errno();
        }
        if (errno == Errno.ENOSPC) {
            noSpace++;
            UnionUse after = overlay.use();
            assertEquals(before.held(), after.held(), what + " failed, bytes");
            assertEquals(before.inodes(), after.inodes(), what + " failed, inodes");
            assertEquals(before.entries(), after.entries(), what + " failed, entries");
            return;
        }
        try {
            onModel.run();
        } catch (FsException e) {
            modelErrno = e.errno();
        }
        if (errno != modelErrno) {
            fail(what + ": union " + errno + ", model " + modelErrno);
        }
    }

    private void step() throws FsException {
        String path = path();
        int choice = random.nextInt(24);
        switch (choice) {
            case 0, 1 -> make(path, 'f');
            case 2, 3 -> make(path, 'd');
            case 4 -> make(path, random.nextBoolean() ? 'l' : 'p');
            case 5 -> {
                String to = path();
                both("link " + path + " " + to, () -> client.link(path, to), () -> model.link(path, to));
            }
            case 6, 7 -> both("unlink " + path, () -> client.unlink(path), () -> model.unlink(path));
            case 8 -> both("rmdir " + path, () -> client.rmdir(path), () -> model.rmdir(path));
            case 9, 10, 11 -> {
                String to = path();
                int flags = RENAME_FLAGS[random.nextInt(RENAME_FLAGS.length)];
                // The kernel refuses to move a directory below itself before it asks.
                if (!to.startsWith(path + "/") && !path.startsWith(to + "/")) {
                    both(
                            "rename " + path + " " + to + " " + flags,
                            () -> client.rename(path, to, flags),
                            () -> model.rename(path, to, flags));
                }
            }
            case 12 -> {
                int mode = random.nextInt(010000);
                both("chmod " + path + " " + mode, () -> client.chmod(path, mode), () -> model.find(path).mode = mode);
            }
            case 13 -> {
                int uid = random.nextInt(100);
                both("chown " + path + " " + uid, () -> client.setattr(path, AttributeChange.ofOwner(uid, uid)), () -> {
                    Model.File file = model.find(path);
                    file.uid = uid;
                    file.gid = uid;
                    if (!file.isDirectory()) {
                        file.mode &= (file.mode & 010) != 0 ? ~06000 : ~04000;
                    }
                });
            }
            case 14 -> {
                String value = "v".repeat(random.nextInt(300));
                both("setxattr " + path, () -> client.setxattr(path, "user.y", value), () -> {
                    Model.File file = model.find(path);
                    if (file.type != 'f' && file.type != 'd') {
                        throw Model.fail(Errno.EPERM);
                    }
                    file.xattrs.put("user.y", value);
                });
            }
            case 15 -> {
                String name = random.nextBoolean() ? "user.x" : "user.y";
                both(
                        "removexattr " + path,
                        () -> client.at(path, id -> {
                            overlay.removexattr(id, Name.of(name));
                            return null;
                        }),
                        () -> {
                            if (model.find(path).xattrs.remove(name) == null) {
                                throw Model.fail(Errno.ENODATA);
                            }
                        });
            }
            case 16 -> openOrClose(path);
            default -> data(path, choice);
        }
    }

    private void make(String path, char type) throws FsException {
        both(
                "make " + type + " " + path,
                () -> {
                    switch (type) {
                        case 'f' -> client.mknod(path, Mode.S_IFREG | 0640, 0);
                        case 'd' -> client.mkdir(path, 0750);
                        case 'l' -> client.symlink("target", path);
                        default -> client.mknod(path, Mode.S_IFIFO | 0600, 0);
                    }
                },
                () -> {
                    Model.File file = model.make(
                            path,
                            type,
                            switch (type) {
                                case 'f' -> 0640;
                                case 'd' -> 0750;
                                case 'l' -> 0777;
                                default -> 0600;
                            });
                    if (type == 'l') {
                        file.content = "target".getBytes(java.nio.charset.StandardCharsets.UTF_8);
                    }
                    file.ino = client.stat(path).ino();
                });
    }

    private void openOrClose(String path) throws FsException {
        if (open.size() < 10) {
            Model.File file;
            try {
                file = model.find(path);
            } catch (FsException e) {
                return;
            }
            if (file.type == 'f') {
                script.add("open " + path);
                Node node = client.lookup(path);
                overlay.open(node.id(), 2, Caller.ROOT);
                open.add(new Open(node.id(), file));
            }
        } else {
            Open file = open.remove(random.nextInt(open.size()));
            script.add("close inode " + file.file.ino);
            assertEquals(file.file.nlink, overlay.getattr(file.id).nlink());
            overlay.release(file.id, 1);
            overlay.forget(file.id, 1);
        }
    }

    /** Reads or changes bytes of a file: by its path, or of one kept open that may have no path any more. */
    private void data(String path, int choice) throws FsException {
        long id;
        Model.File file;
        Node node = null;
        if (!open.isEmpty() && random.nextBoolean()) {
            Open any = open.get(random.nextInt(open.size()));
            id = any.id;
            file = any.file;
        } else {
            try {
                file = model.find(path);
            } catch (FsException e) {
                return;
            }
            if (file.type != 'f') {
                return;
            }
            node = client.lookup(path);
            id = node.id();
        }
        int offset = random.nextInt(random.nextInt(8) == 0 ? 300_000 : 40_000);
        int length = 1 + random.nextInt(random.nextBoolean() ? 100 : 20_000);
        String where = " inode " + file.ino + " at " + offset + "+" + length;
        switch (choice) {
            case 17, 18 -> {
                byte[] bytes = new byte[length];
                random.nextBytes(bytes);
                both(
                        "write" + where,
                        () -> overlay.write(id, 1, offset, Client.direct(bytes), 0),
                        () -> Model.write(file, offset, bytes));
            }
            case 19 ->
                both(
                        "truncate" + where,
                        () -> overlay.setattr(id, 1, AttributeChange.ofSize(offset), Caller.ROOT),
                        () -> Model.truncate(file, offset));
            case 20, 21 -> {
                int mode = FALLOCATE_MODES[random.nextInt(FALLOCATE_MODES.length)];
                both(
                        "fallocate" + where + " mode " + mode,
                        () -> overlay.fallocate(id, 1, offset, length, mode),
                        () -> Model.fallocate(file, offset, length, mode));
            }
            case 22 -> seek(id, offset, file.content);
            default -> {
                script.add("read" + where);
                int end = Math.min(file.content.length, offset + length);
                byte[] expected = offset < end ? java.util.Arrays.copyOfRange(file.content, offset, end) : new byte[0];
                assertArrayEquals(expected, client.read(id, offset, length));
            }
        }
        client.forget(node);
    }

    /** Where the data lies may differ, but none may be missed and no hole may hold any. */
    private void seek(long id, int offset, byte[] content) throws FsException {
        script.add("seek inode " + id + " at " + offset);
        int nextData = offset;
        while (nextData < content.length && content[nextData] == 0) {
            nextData++;
        }
        try {
            long data = overlay.lseek(id, 1, offset, FileTree.SEEK_DATA);
            assertTrue(data >= offset && data < content.length && data <= nextData, "SEEK_DATA " + data);
        } catch (FsException e) {
            assertEquals(Errno.ENXIO, e.errno());
            assertEquals(Math.max(offset, content.length), nextData);
        }
        try {
            int hole = (int) overlay.lseek(id, 1, offset, FileTree.SEEK_HOLE);
            assertTrue(hole >= offset && hole <= content.length, "SEEK_HOLE " + hole);
            for (int i = hole; i < Math.min(content.length, (hole / 4096 + 1) * 4096); i++) {
                assertEquals(0, content[i], "byte " + i + " of a hole from " + hole);
            }
        } catch (FsException e) {
            assertEquals(Errno.ENXIO, e.errno());
            assertTrue(offset >= content.length);
        }
    }

    private void compare(String path, Model.File file, Map<Model.File, Long> ids) throws FsException {
        Node node = client.lookup(path);
        Attributes a = node.attributes();
        assertEquals(ids.computeIfAbsent(file, f -> node.id()), node.id(), path + " id");
        if (file.ino == 0) {
            file.ino = a.ino();
        }
        assertEquals(file.ino, a.ino(), path + " ino");
        assertEquals(file.mode, a.mode() & 07777, path + " mode");
        assertEquals(file.uid, a.uid(), path + " uid");
        assertEquals(file.gid, a.gid(), path + " gid");
        assertEquals(file.nlink, a.nlink(), path + " nlink");
        switch (file.type) {
            case 'f' -> {
                assertEquals(file.content.length, a.size(), path + " size");
                assertArrayEquals(file.content, client.read(node.id(), 0, file.content.length + 1), path);
            }
            case 'l' -> assertArrayEquals(file.content, overlay.readlink(node.id()), path);
            case 'd' -> {
                List<Client.Entry> entries = client.entries(path, 1 + random.nextInt(5));
                TreeSet<String> names = new TreeSet<>();
                for (Client.Entry entry : entries) {
                    assertTrue(names.add(entry.name()), path + " lists twice: " + entry);
                }
                assertEquals(".", entries.get(0).name());
                assertEquals("..", entries.get(1).name());
                assertEquals(a.ino(), entries.get(0).ino());
                String parent = path.isEmpty() ? "" : path.substring(0, path.lastIndexOf('/'));
                assertEquals(client.stat(parent).ino(), entries.get(1).ino(), path + "/..");
                names.removeAll(List.of(".", ".."));
                assertEquals(file.children.keySet(), names, path);
                for (Client.Entry entry : entries.subList(2, entries.size())) {
                    Attributes child = client.stat(path + "/" + entry.name());
                    assertEquals(child.ino(), entry.ino(), path + " d_ino of " + entry.name());
                    assertEquals(Mode.type(child.mode()), entry.type(), path + " d_type of " + entry.name());
                    compare(path + "/" + entry.name(), file.children.get(entry.name()), ids);
                }
            }
            default -> assertEquals(0, a.size());
        }
        TreeSet<String> xattrs = new TreeSet<>();
        for (Name name : overlay.listxattr(node.id())) {
            xattrs.add(name.toString());
            assertEquals(file.xattrs.get(name.toString()), client.getxattr(path, name.toString()), path);
        }
        assertEquals(file.xattrs.keySet(), xattrs, path + " xattrs");
        client.forget(node);
    }

    private void removeAll(String path) throws FsException {
        for (Client.Entry entry : client.entries(path, 100)) {
            String at = path + "/" + entry.name();
            if (!entry.name().equals(".") && !entry.name().equals("..")) {
                if (entry.type() == Mode.S_IFDIR) {
                    removeAll(at);
                    client.rmdir(at);
                } else {
                    client.unlink(at);
                }
            }
        }
    }
}
