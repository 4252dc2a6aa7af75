package liveroot.fs.hfsplus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import liveroot.cache.BlockCache;
import liveroot.fs.Attributes;
import liveroot.fs.BadImageException;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Name;
import liveroot.fs.squashfs.ArraySource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever the bytes of a volume are: it is refused, or its damaged parts are EIO, and no memory is lost. */
@Timeout(120)
final class DamagedVolumeTest {

    private static final int CUTS = 200;
    /** -Dliveroot.hfsplus.flips=N makes a longer run. */
    private static final int FLIPS = Integer.getInteger("liveroot.hfsplus.flips", 1500);

    private static final int MOST_ENTRIES = 1000;

    private static final TestTree.Sink SINK = new TestTree.Sink(40_000);

    /** Something of everything, in small nodes so that the trees are deep. */
    private static byte[] volume() {
        TestVolume v = new TestVolume(512, 512, false);
        int folder = v.folder(TestVolume.ROOT, "folder").cnid;
        for (int i = 0; i < 60; i++) {
            v.file(folder, "file " + i, "data " + i);
        }
        TestVolume.Item pieces = v.file(TestVolume.ROOT, "pieces", new byte[30_000]);
        pieces.piece = 1;
        pieces.resource = new byte[9_000];
        v.xattr(pieces, "user.small", new byte[100], true);
        v.xattr(pieces, "user.large", new byte[9_000], false);
        TestVolume.Item node = v.indirectFile(2, "shared");
        v.link(TestVolume.ROOT, "one", node);
        v.link(folder, "two", node);
        TestVolume.Item linked = v.indirectFolder(1);
        v.link(folder, "dir", linked);
        v.file(linked.cnid, "below", "x");
        TestVolume.Item link = v.file(TestVolume.ROOT, "link", "target");
        link.mode = 0120777;
        TestVolume.Item packed = v.file(TestVolume.ROOT, "packed", "");
        packed.ownerFlags = 0x20;
        packed.resource = ByteBuffer.allocate(3000)
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .putInt(8)
                .putInt(3000)
                .put((byte) 6)
                .array();
        ByteBuffer value = ByteBuffer.allocate(16).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        v.xattr(
                packed,
                "com.apple.decmpfs",
                value.putInt(0x636d7066).putInt(8).putLong(2900).array(),
                true);
        return v.build();
    }

    /** The first byte of the fork that the volume header has at {@code record}. */
    private static int tree(byte[] volume, int record) {
        return ByteBuffer.wrap(volume).getInt(1024 + record + 16) * 512;
    }

    private static final int CATALOG = 272;

    @Test
    void volumesCutShortAreRefusedWithThePlace() throws IOException {
        byte[] volume = volume();
        Random random = new Random(2);
        for (int i = 0; i < CUTS; i++) {
            int length = random.nextInt(volume.length);
            assertEquals("refused", walk(new ArraySource(Arrays.copyOf(volume, length)), random), "cut at " + length);
        }
    }

    @Test
    @Timeout(900) // also for long runs
    void changedBytesHarmNothingButThemselves() throws IOException {
        byte[] volume = volume();
        int trees = Math.min(tree(volume, 192), tree(volume, CATALOG));
        Random random = new Random(4);
        for (int i = 0; i < FLIPS; i++) {
            int at = i % 8 == 0 ? 1024 + random.nextInt(512) : trees + random.nextInt(volume.length - trees);
            // Many of the nodes' bytes are not used; their descriptors and offsets are.
            at = i % 8 == 1 ? (at & -512) | random.nextInt(14) : i % 8 == 2 ? at | (511 - random.nextInt(20)) : at;
            byte[] changed = volume.clone();
            changed[at] ^= (byte) (1 + random.nextInt(255));
            try {
                walk(new ArraySource(changed), random);
            } catch (RuntimeException | Error e) {
                fail("byte " + at + " changed to " + changed[at], e);
            }
        }
    }

    @Test
    void leavesThatFollowThemselvesAreAnError() throws Exception {
        byte[] volume = volume();
        int catalog = tree(volume, CATALOG);
        ByteBuffer bytes = ByteBuffer.wrap(volume);
        for (int node = 1; bytes.get(catalog + node * 512 + 8) == -1; node++) {
            bytes.putInt(catalog + node * 512, node);
        }
        try (TestTree t = new TestTree(volume)) {
            FsException e = assertThrows(FsException.class, () -> t.names("folder"));
            assertEquals(Errno.EIO, e.errno());
            assertTrue(e.getMessage().endsWith("but its first key is not behind"), e.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"root", "header", "nowhere"})
    void indexNodesThatLeadBackAreRefused(String where) throws Exception {
        byte[] volume = volume();
        int catalog = tree(volume, CATALOG);
        ByteBuffer bytes = ByteBuffer.wrap(volume);
        int root = bytes.getInt(catalog + 16);
        int at = catalog + root * 512;
        int start = bytes.getShort(at + 512 - 2);
        bytes.putInt(
                at + start + 2 + bytes.getShort(at + start),
                where.equals("root") ? root : where.equals("header") ? 0 : 1 << 30);
        BadImageException e = assertThrows(BadImageException.class, () -> new TestTree(volume));
        assertTrue(e.getMessage().contains("at byte ") && e.getMessage().contains("the catalog: "), e.getMessage());
    }

    /** Opens, lists, and reads everything. */
    private static String walk(ArraySource source, Random random) throws IOException {
        try (TestTree t = new TestTree(source)) {
            walk(t.tree);
            for (int i = 0; i < 20; i++) {
                use(t.tree, random.nextBoolean() ? random.nextLong() : random.nextInt(150));
            }
            assertTrue(t.cache.stats().mostUsed() <= BlockCache.SMALLEST_BUDGET);
            return "opened";
        } catch (BadImageException e) {
            assertTrue(e.getMessage().contains(": at byte "), e.getMessage());
            return "refused";
        }
    }

    private static void walk(HfsPlus tree) {
        Set<Long> seen = new HashSet<>();
        ArrayDeque<Long> todo = new ArrayDeque<>();
        todo.add(FileTree.ROOT);
        for (Long id; (id = todo.poll()) != null && seen.size() < MOST_ENTRIES; ) {
            long folder = id;
            use(tree, folder);
            int[] listed = new int[1];
            attempt(() -> tree.readdir(folder, 0, (name, entry, ino, type, next) -> {
                assertTrue(listed[0]++ < MOST_ENTRIES, "a listing without end");
                if (entry != 0 && seen.add(entry)) {
                    todo.add(entry);
                    attempt(() -> tree.lookup(folder, name));
                }
                return true;
            }));
        }
    }

    private static void use(HfsPlus tree, long id) {
        Attributes[] found = new Attributes[1];
        attempt(() -> found[0] = tree.reference(id).attributes());
        if (found[0] == null) {
            return;
        }
        attempt(() -> {
            for (Name name : tree.listxattr(id)) {
                tree.getxattr(id, name);
            }
        });
        attempt(() -> tree.readdir(id, 77 << 16 | 3, (name, entry, ino, type, next) -> true));
        if (found[0].isSymlink()) {
            attempt(() -> tree.readlink(id));
        }
        if (found[0].isRegular()) {
            long size = found[0].size();
            for (long at : new long[] {0, size / 2, Math.max(0, size - 5000)}) {
                SINK.clear();
                attempt(() -> tree.read(id, 0, at, 40_000, SINK));
            }
            attempt(() -> tree.lookup(tree.lookup(id, Name.of("..namedfork")).id(), Name.of("rsrc")));
        }
    }

    private interface Operation {
        void run() throws FsException;
    }

    private static void attempt(Operation operation) {
        try {
            operation.run();
        } catch (FsException e) {
            if (e.errno() == Errno.EIO) {
                assertTrue(e.getMessage().contains("at byte "), e.getMessage());
            }
        }
    }
}
