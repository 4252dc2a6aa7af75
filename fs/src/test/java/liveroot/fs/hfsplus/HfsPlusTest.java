package liveroot.fs.hfsplus;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import liveroot.cache.BlockCache;
import liveroot.fs.Attributes;
import liveroot.fs.BadImageException;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Mode;
import liveroot.fs.Name;
import liveroot.fs.squashfs.ArraySource;
import org.junit.jupiter.api.Test;

/** What volumes hold that no tool here writes, one feature after the other. */
final class HfsPlusTest {

    private static final int ROOT = TestVolume.ROOT;

    private final TestVolume volume = new TestVolume(512, 1024, false);

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private static Errno refusal(org.junit.jupiter.api.function.Executable operation) {
        return assertThrows(FsException.class, operation).errno();
    }

    @Test
    void namesAreFoundInAnyCaseAndDecomposedOrNot() throws Exception {
        volume.file(ROOT, "Cafe\u0301.TXT", "x");
        volume.file(ROOT, "\u1112\u1161\u11ab", "han");
        volume.file(ROOT, "\u212b\u2126", "kept: angstrom and ohm signs");
        try (TestTree t = new TestTree(volume.build())) {
            long id = t.id("Cafe\u0301.TXT");
            assertEquals(id, t.id("Caf\u00e9.TXT"));
            assertEquals(id, t.id("caf\u00c9.txt"));
            assertEquals(Name.of("Cafe\u0301.TXT"), t.tree.ownName(FileTree.ROOT, Name.of("caf\u00c9.txt")));
            assertEquals("han", t.text("\ud55c"));
            assertEquals("kept: angstrom and ohm signs", t.text("\u212b\u2126"));
            assertEquals(Errno.ENOENT, refusal(() -> t.id("Cafe.TXT")));
            assertEquals(List.of("Cafe\u0301.TXT", "\u1112\u1161\u11ab", "\u212b\u2126"), t.names(""));
        }
    }

    @Test
    void caseTellsNamesApartInVolumesThatSaySo() throws Exception {
        TestVolume sensitive = new TestVolume(4096, 4096, true);
        sensitive.file(ROOT, "b", "small");
        sensitive.file(ROOT, "B", "large");
        sensitive.file(ROOT, "a", "a");
        try (TestTree t = new TestTree(sensitive.build())) {
            assertEquals("HFSX 'Test'", t.tree.format());
            assertEquals(List.of("B", "a", "b"), t.names(""));
            assertEquals("small", t.text("b"));
            assertEquals("large", t.text("B"));
            assertEquals(Errno.ENOENT, refusal(() -> t.id("A")));
        }
    }

    @Test
    void slashesAreColonsOutsideAndNothingElseIsLost() throws Exception {
        volume.file(ROOT, "a/b", "slash");
        volume.file(ROOT, "nul\0", "nul");
        volume.file(ROOT, "half\ud800", "half");
        try (TestTree t = new TestTree(volume.build())) {
            assertEquals("slash", t.text("a:b"));
            assertEquals("nul", t.text("nul\u2400"));
            long half = t.tree.lookup(
                            1, Name.of(new byte[] {'h', 'a', 'l', 'f', (byte) 0xed, (byte) 0xa0, (byte) 0x80}))
                    .id();
            assertEquals("half", new String(t.bytes(half, 100), ISO_8859_1));
        }
    }

    @Test
    void namesWithoutRoomInTwoHundredFiftyFiveBytesAreCutAndFound() throws Exception {
        String name = "\u6f22".repeat(200);
        TestVolume.Item one = volume.file(ROOT, name + "1.txt", "one");
        volume.file(ROOT, name + "2.txt", "two");
        try (TestTree t = new TestTree(volume.build())) {
            String shown = t.names("").get(0);
            assertEquals(Name.MAX_LENGTH, Name.of(shown).length() + 2, shown);
            assertTrue(
                    shown.endsWith("\u6f22#" + Integer.toHexString(one.cnid).toUpperCase(Locale.ROOT) + ".txt"), shown);
            assertEquals("one", t.text(shown));
            assertEquals("two", t.text(t.names("").get(1)));
            assertEquals(Errno.ENOENT, refusal(() -> t.id(shown.replace(".txt", ".tx"))));
        }
    }

    @Test
    void linksOfFilesAndFoldersAreWhatTheyLeadTo() throws Exception {
        TestVolume.Item file = volume.indirectFile(2, "shared");
        file.mode = 0100751;
        TestVolume.Item folder = volume.indirectFolder(2);
        volume.file(folder.cnid, "inside", "in a linked folder");
        volume.link(ROOT, "one", file);
        volume.link(volume.folder(ROOT, "sub").cnid, "two", file);
        volume.link(ROOT, "dir1", folder);
        volume.link(ROOT, "dir2", folder);
        TestVolume.Item alias = volume.file(ROOT, "an alias", "alias data");
        alias.type = "fdrpMACS";
        try (TestTree t = new TestTree(volume.build())) {
            assertEquals(List.of("an alias", "dir1", "dir2", "one", "sub"), t.names(""));
            assertEquals(t.node("one"), t.node("sub/two"));
            Attributes a = t.stat("one");
            assertEquals(0100751, a.mode());
            assertEquals(2, a.nlink());
            assertEquals(file.cnid, a.ino());
            assertEquals("shared", t.text("sub/two"));
            assertEquals("in a linked folder", t.text("dir2/inside"));
            assertEquals(t.id("dir1"), t.id("dir2"));
            assertEquals(2, t.stat("dir1").nlink());
            assertEquals("alias data", t.text("an alias"));
            assertEquals(t.entries(1, 9).get("one"), t.id("one"));
            assertEquals(Errno.ENOENT, refusal(() -> t.id("\u2400\u2400\u2400\u2400HFS+ Private Data")));
            assertEquals(Errno.ENOENT, refusal(() -> t.id(".HFS+ Private Directory Data\r")));
        }
    }

    @Test
    void aLinkToNothingIsListedAndIsAnErrorAlone() throws Exception {
        TestVolume.Item file = volume.indirectFile(1, "x");
        TestVolume.Item link = volume.link(ROOT, "broken", file);
        link.special = 4711;
        volume.file(ROOT, "good", "good");
        try (TestTree t = new TestTree(volume.build())) {
            assertEquals(List.of("broken", "good"), t.names(""));
            FsException e = assertThrows(FsException.class, () -> t.id("broken"));
            assertEquals(Errno.EIO, e.errno());
            assertTrue(e.getMessage().endsWith("is a link to indirect node 4711, which is not there"), e.getMessage());
            assertEquals("good", t.text("good"));
        }
    }

    @Test
    void attributesAreThoseOfTheRecord() throws Exception {
        TestVolume.Item link = volume.file(ROOT, "link", "../to");
        link.mode = 0120777;
        link.type = "slnkrhap";
        TestVolume.Item device = volume.file(ROOT, "null", "");
        device.mode = 020666;
        device.special = 3 << 24 | 2;
        volume.file(ROOT, "fifo", "").mode = 010600;
        volume.file(ROOT, "socket", "").mode = 0140600;
        TestVolume.Item owned = volume.file(ROOT, "owned", "12345");
        owned.uid = -2;
        owned.gid = 70_000;
        owned.mode = 0106755;
        owned.accessed = 0;
        TestVolume.Item old = volume.file(ROOT, "old", "no permissions");
        old.mode = 0;
        volume.folder(ROOT, "olddir").mode = 0;
        volume.root().flags = 0x10;
        volume.root().folders = 1;
        try (TestTree t = new TestTree(volume.build())) {
            assertArrayEquals("../to".getBytes(ISO_8859_1), t.tree.readlink(t.id("link")));
            assertEquals(List.of(), t.xattrs("link"));
            assertEquals(Errno.EINVAL, refusal(() -> t.tree.readlink(t.id("old"))));
            assertEquals(0x302, t.stat("null").rdev());
            assertEquals(Mode.S_IFIFO | 0600, t.stat("fifo").mode());
            assertEquals(Mode.S_IFSOCK | 0600, t.stat("socket").mode());
            Attributes a = t.stat("owned");
            assertEquals(
                    new Attributes(
                            owned.cnid,
                            Mode.S_IFREG | 06755,
                            1,
                            -2,
                            70_000,
                            0,
                            5,
                            1,
                            4096,
                            0,
                            0,
                            1_000_000_000,
                            0,
                            1_000_000_001,
                            0),
                    a);
            assertEquals(Mode.S_IFREG | 0644, t.stat("old").mode());
            assertEquals(Mode.S_IFDIR | 0755, t.stat("olddir").mode());
            assertEquals(3, t.stat("").nlink());
            assertEquals(2, t.stat("").ino());
            assertEquals(1, t.stat("olddir").nlink());
            assertEquals(Errno.ENOTDIR, refusal(() -> t.id("old/x")));
            assertEquals(Errno.EISDIR, refusal(() -> t.tree.open(1, 0, null)));
            assertEquals(Errno.EROFS, refusal(() -> t.tree.open(t.id("old"), 1, null)));
            assertEquals(Errno.ESTALE, refusal(() -> t.tree.getattr(9999)));
        }
    }

    @Test
    void deviceNumbersAreReadAsTheirWriterMeantThem() {
        assertEquals(0x10082c, DeviceNumber.of(0x10082c, "liso"));
        assertEquals(0x10082c, DeviceNumber.of(8 << 20 | 300, "H+Lx"));
        assertEquals(0x10082c, DeviceNumber.of(8 << 24 | 300, "HFSJ"));
    }

    @Test
    void flagsFinderInfoAndResourceForksAreAttributes() throws Exception {
        TestVolume.Item file = volume.file(ROOT, "file", "data");
        file.resource = random(3000);
        file.type = "TEXTttxt";
        file.moreFinder[7] = 1;
        file.ownerFlags = 2;
        file.moreFinder[9] = 5;
        TestVolume.Item large = volume.file(ROOT, "large", "");
        large.resource = random(70_000);
        try (TestTree t = new TestTree(volume.build())) {
            assertEquals(List.of("com.apple.FinderInfo", "com.apple.ResourceFork", "bsd.flags"), t.xattrs("file"));
            assertEquals("uchg", t.xattr("file", "bsd.flags"));
            byte[] info = new byte[32];
            System.arraycopy("TEXTttxt".getBytes(ISO_8859_1), 0, info, 0, 8);
            info[15] = 1;
            assertArrayEquals(info, t.tree.getxattr(t.id("file"), Name.of("com.apple.FinderInfo")));
            assertArrayEquals(file.resource, t.tree.getxattr(t.id("file"), Name.of("com.apple.ResourceFork")));
            assertEquals(Errno.E2BIG, refusal(() -> t.xattr("large", "com.apple.ResourceFork")));
            assertArrayEquals(large.resource, t.bytes("large/..namedfork/rsrc"));
            assertEquals("data", t.text("file/..namedfork/data"));
            assertEquals(List.of("data", "rsrc"), t.names("file/..namedfork"));
            assertEquals(0, t.stat("large").size());
            assertEquals(Errno.ENODATA, refusal(() -> t.xattr("file", "user.none")));
        }
        assertEquals("nodump,compressed,hidden,schg,0x40000000", new String(BsdFlags.words(0x40028021), ISO_8859_1));
    }

    @Test
    void attributesAreInTheTreeOrInForksOfTheirOwn() throws Exception {
        TestVolume.Item file = volume.file(ROOT, "file", "data");
        byte[] big = random(20_000);
        for (int i = 0; i < 60; i++) {
            volume.xattr(file, "user.number" + i, ("value " + i).getBytes(ISO_8859_1), true);
        }
        volume.xattr(file, "user.big", big, false);
        volume.xattr(file, "com.apple.system.Security", new byte[10], true);
        volume.xattr(volume.file(ROOT, "other", ""), "user.other", new byte[0], true);
        try (TestTree t = new TestTree(volume.build())) {
            assertEquals(61, t.xattrs("file").size());
            assertEquals("value 37", t.xattr("file", "user.number37"));
            assertArrayEquals(big, t.tree.getxattr(t.id("file"), Name.of("user.big")));
            assertEquals(List.of("user.other"), t.xattrs("other"));
            assertEquals("", t.xattr("other", "user.other"));
        }
    }

    @Test
    void forksInManyPiecesAreReadFromAnyPlace() throws Exception {
        byte[] data = random(200_001);
        TestVolume.Item file = volume.file(ROOT, "pieces", data);
        file.piece = 1;
        file.resource = random(30_000);
        try (TestTree t = new TestTree(volume.build())) {
            assertArrayEquals(data, t.bytes("pieces"));
            assertArrayEquals(file.resource, t.bytes("pieces/..namedfork/rsrc"));
            long id = t.id("pieces");
            Random random = new Random(1);
            for (int i = 0; i < 200; i++) {
                int from = random.nextInt(data.length);
                int length = random.nextInt(5000);
                assertArrayEquals(
                        Arrays.copyOfRange(data, from, Math.min(data.length, from + length)),
                        t.bytes(id, from, length));
            }
            assertEquals(data.length, t.tree.lseek(id, 0, 5, 4));
            assertEquals(5, t.tree.lseek(id, 0, 5, 3));
        }
    }

    @Test
    void treesInManyPiecesAreReadToo() throws Exception {
        for (int i = 0; i < 200; i++) {
            TestVolume.Item file = volume.file(ROOT, "file number " + i, "data " + i);
            volume.xattr(file, "user.number", ("value " + i).getBytes(ISO_8859_1), true);
        }
        volume.treePiece = 1;
        try (TestTree t = new TestTree(volume.build())) {
            assertEquals(200, t.names("").size());
            assertEquals("data 123", t.text("file number 123"));
            assertEquals("value 77", t.xattr("file number 77", "user.number"));
        }
    }

    @Test
    void aDeepTreeIsReadNodeByNode() throws Exception {
        int folder = volume.folder(ROOT, "many").cnid;
        for (int i = 0; i < 5000; i++) {
            volume.file(folder, "file number " + i, "");
        }
        byte[] bytes = volume.build();
        int[] reads = new int[1];
        ArraySource source = new ArraySource(bytes) {
            @Override
            public void read(long position, ByteBuffer dst) throws IOException {
                reads[0]++;
                super.read(position, dst);
            }
        };
        try (TestTree t = new TestTree(source)) {
            assertTrue(reads[0] < 15, reads[0] + " reads to open");
            t.id("many/file number 4321");
            assertTrue(reads[0] < 40, reads[0] + " reads to find one file");
            assertEquals(5000, t.entries(t.id("many"), 77).size());
        }
    }

    @Test
    void wrappedVolumesAndThoseWithADamagedHeaderAreOpened() throws Exception {
        volume.file(ROOT, "file", "found");
        byte[] bytes = volume.build();
        byte[] wrapped = new byte[2560 + bytes.length + 1024];
        System.arraycopy(bytes, 0, wrapped, 2560, bytes.length);
        ByteBuffer.wrap(wrapped)
                .putShort(1024, (short) 0x4244)
                .putInt(1044, 512)
                .putShort(1052, (short) 4)
                .putShort(1148, (short) 0x482b)
                .putShort(1150, (short) 1)
                .putShort(1152, (short) (bytes.length / 512));
        try (TestTree t = new TestTree(wrapped)) {
            assertEquals("HFS+ 'Test', wrapped in HFS", t.tree.format());
            assertEquals("found", t.text("file"));
        }
        bytes[1024 + 40] = 1;
        try (TestTree t = new TestTree(bytes)) {
            assertEquals("found", t.text("file"));
        }
    }

    @Test
    void aVolumeIsToldFromAClassicOne() throws Exception {
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET)) {
            HfsPlus.open(new ArraySource(volume.build()), cache).close();
            byte[] classic = new byte[4096];
            classic[1024] = 'B';
            classic[1025] = 'D';
            BadImageException e =
                    assertThrows(BadImageException.class, () -> HfsPlus.open(new ArraySource(classic), cache));
            assertTrue(e.getMessage().startsWith("array: at byte 1024: a classic HFS volume"), e.getMessage());
        }
    }

    @Test
    void statfsCountsBlocksAndFiles() throws Exception {
        volume.file(ROOT, "file", "x");
        byte[] bytes = volume.build();
        try (TestTree t = new TestTree(bytes)) {
            assertEquals(bytes.length / 512, t.tree.statfs().blocks());
            assertEquals(512, t.tree.statfs().blockSize());
            assertEquals(1, t.tree.statfs().files());
            assertNotEquals(0, t.tree.facts().size());
        }
    }
}
