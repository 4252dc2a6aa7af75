package liveroot.fs.iso;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.cache.FileSource;
import liveroot.fs.Attributes;
import liveroot.fs.BadImageException;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.ImageTree;
import liveroot.fs.Mode;
import liveroot.fs.Name;
import liveroot.fs.Node;
import liveroot.fs.SharedImages;
import liveroot.fs.squashfs.ArraySource;
import liveroot.fs.squashfs.Collected;
import liveroot.fs.squashfs.Commands;
import liveroot.fs.squashfs.SampleImages;
import liveroot.fs.squashfs.TreeFacts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class IsoTest {

    private final BlockCache cache = new BlockCache(16 << 20);

    @BeforeAll
    static void needTools() throws IOException {
        IsoImages.assumeTools();
    }

    @AfterEach
    void noMemoryIsLost() {
        cache.close();
        assertEquals(0, cache.stats().used());
    }

    private ImageTree open(String name) throws IOException {
        return open(FileSource.open(IsoImages.image(name)));
    }

    private ImageTree open(BlockSource source) throws IOException {
        return Iso.open(source, cache);
    }

    /** An image of a few files, made by {@code command}, which writes to $O and runs beside them. */
    private static Path made(String command) throws IOException {
        Path directory = Files.createTempDirectory(SampleImages.directory(), "made");
        Commands.sh(
                directory,
                """
                set -e
                mkdir -p d/sub; printf hello > d/README.TXT; printf two > 'd/Grüße aus Köln.text'; printf noext > d/MAKEFILE
                printf in > d/sub/INNER.BIN; ln d/README.TXT d/sub/SECOND.TXT; ln -s ../README.TXT d/sub/link
                """
                        + "O=image; { " + command + "; } >&2");
        return directory.resolve("image");
    }

    private static Node node(FileTree tree, String path) throws FsException {
        Node node = new Node(FileTree.ROOT, tree.getattr(FileTree.ROOT));
        for (String name : path.split("/", 0)) {
            node = tree.lookup(node.id(), Name.of(name));
        }
        return node;
    }

    private static byte[] content(FileTree tree, String path) throws FsException {
        Node node = node(tree, path);
        Collected sink =
                new Collected(ByteBuffer.allocateDirect((int) node.attributes().size()));
        tree.read(node.id(), 0, 0, (int) node.attributes().size(), sink);
        return sink.bytes();
    }

    private static Map<String, String> list(FileTree tree, String prefix, long id) throws FsException {
        Map<String, String> all = new TreeMap<>();
        List<Object[]> entries = new ArrayList<>();
        tree.readdir(id, 2, (name, entry, ino, type, next) -> entries.add(new Object[] {name, entry, type}));
        for (Object[] entry : entries) {
            String path = prefix + entry[0];
            all.put(path, Integer.toOctalString(tree.getattr((long) entry[1]).mode()));
            if ((int) entry[2] == Mode.S_IFDIR) {
                all.putAll(list(tree, path + "/", (long) entry[1]));
            }
        }
        return all;
    }

    private static Map<String, String> list(FileTree tree) throws FsException {
        return list(tree, "", FileTree.ROOT);
    }

    @Test
    void plainNamesAreShownAsTheKernelShowsThem() throws IOException, FsException {
        try (ImageTree tree =
                open(FileSource.open(made("genisoimage -quiet -f -input-charset utf-8 -iso-level 3 -o $O d")))) {
            Map<String, String> names = list(tree);
            assertEquals("100555", names.get("readme.txt"), names::toString);
            assertEquals("100555", names.get("makefile"), names::toString);
            assertEquals("40555", names.get("sub"), names::toString);
            assertEquals("100555", names.get("sub/inner.bin"), names::toString);
            assertEquals("hello", new String(content(tree, "readme.txt"), UTF_8));
            assertThrows(FsException.class, () -> node(tree, "README.TXT"));
            assertEquals("ISO 9660 'CDROM', plain names", tree.format());
        }
    }

    @Test
    void jolietsNamesAreTakenWhereThereIsNoRockRidge() throws IOException, FsException {
        Path image = made("genisoimage -quiet -f -J -input-charset utf-8 -V WIDE -o $O d");
        try (ImageTree tree = open(FileSource.open(image))) {
            assertEquals("two", new String(content(tree, "Grüße aus Köln.text"), UTF_8));
            assertEquals("in", new String(content(tree, "sub/INNER.BIN"), UTF_8));
            assertEquals("ISO 9660 'WIDE', Joliet", tree.format());
            // 7-Zip takes Joliet too.
            List<String> theirs = Commands.sh(image.getParent(), "7z l -slt -ba image | grep ^Path")
                    .lines()
                    .map(line ->
                            new String(line.substring(7).getBytes(java.nio.charset.StandardCharsets.ISO_8859_1), UTF_8))
                    .sorted()
                    .toList();
            assertEquals(theirs.size(), list(tree).size(), theirs::toString);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"xorriso-rock-ridge-joliet", "xorriso-aaip-hard-links", "genisoimage-moved"})
    void deviceNumbersSocketsAndFifosAreThere(String name) throws IOException, FsException {
        try (ImageTree tree = open(name)) {
            Attributes disk = node(tree, "etc/disk").attributes();
            assertEquals(Mode.S_IFBLK | 0644, disk.mode());
            assertEquals(240 << 8 | 5, disk.rdev());
            assertEquals(
                    241 << 8 | (70_000 & 0xff) | (70_000 & ~0xff) << 12,
                    node(tree, "etc/wide").attributes().rdev());
            assertEquals(1 << 8 | 3, node(tree, "etc/null").attributes().rdev());
            assertEquals(
                    Mode.S_IFSOCK, Mode.type(node(tree, "etc/sock").attributes().mode()));
            assertEquals(
                    Mode.S_IFIFO, Mode.type(node(tree, "etc/fifo").attributes().mode()));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"xorriso-aaip-hard-links", "genisoimage-moved"})
    void namesOfOneFileAreOneInode(String name) throws IOException, FsException {
        try (ImageTree tree = open(name)) {
            Node one = node(tree, "usr/bin/text");
            Node other = node(tree, "var/text");
            assertEquals(one, other);
            assertEquals(2, one.attributes().nlink());
            assertEquals(
                    node(tree, "etc/hello.txt").id(),
                    node(tree, "etc/hardlink.txt").id());
            assertNotEquals(one.id(), node(tree, "etc/hello.txt").id());
            assertArrayEquals(content(tree, "usr/bin/text"), content(tree, "var/text"));
        }
    }

    @Test
    void inodesHaveTheSameNumbersTheNextTime() throws IOException, FsException {
        Map<String, String> once;
        try (ImageTree tree = open("xorriso-aaip-hard-links")) {
            once = TreeFacts.ofTree(tree, true);
        }
        try (ImageTree tree = open("xorriso-aaip-hard-links")) {
            node(tree, "var/text");
            assertEquals(once, TreeFacts.ofTree(tree, true));
        }
    }

    @Test
    void aMovedDirectoryIsWhereItWas() throws IOException, FsException {
        try (ImageTree tree = open("genisoimage-moved")) {
            assertEquals("deep\n", new String(content(tree, "deep/a/b/c/d/e/f/g/h/i/j/k/leaf"), UTF_8));
            Node parent = node(tree, "deep/a/b/c/d/e/f");
            Node moved = node(tree, "deep/a/b/c/d/e/f/g");
            long[] above = new long[1];
            tree.readdir(moved.id(), 1, (name, id, ino, type, next) -> {
                above[0] = ino;
                return false;
            });
            assertEquals(parent.attributes().ino(), above[0]);
        }
    }

    @Test
    void aPackedFileIsReadFromTheMiddleAndUnpackedOnce() throws IOException, FsException {
        try (ImageTree tree = open("xorriso-zisofs")) {
            Node text = node(tree, "usr/bin/text");
            byte[] all = content(tree, "usr/bin/text");
            long loads = cache.stats().misses();
            Collected sink = new Collected(ByteBuffer.allocateDirect(50_000));
            tree.read(text.id(), 0, 40_000, 50_000, sink);
            assertArrayEquals(java.util.Arrays.copyOfRange(all, 40_000, 90_000), sink.bytes());
            assertEquals(loads, cache.stats().misses());
        }
    }

    @Test
    void whatBootsIsTold() throws IOException {
        Path image = made(
                "mkdir d/isolinux; head -c 4096 /dev/zero > d/isolinux/isolinux.bin; head -c 65536 /dev/zero > d/efi.img;"
                        + " xorriso -as mkisofs -quiet -R -b isolinux/isolinux.bin -c isolinux/boot.cat -no-emul-boot"
                        + " -boot-load-size 4 -eltorito-alt-boot -e efi.img -no-emul-boot -o $O d");
        try (ImageTree tree = open(FileSource.open(image))) {
            String boots = tree.facts().get("boots");
            assertTrue(boots.startsWith("PC BIOS, no emulation, 4 sectors of 512 bytes at block "), boots);
            assertTrue(boots.contains("; EFI, no emulation, 128 sectors of 512 bytes at block "), boots);
        }
    }

    @Test
    void anErrorOfTheCallerIsToldAsSuch() throws IOException, FsException {
        try (ImageTree tree = open("xorriso-rock-ridge-joliet")) {
            Node file = node(tree, "etc/hello.txt");
            assertErrno(Errno.ENOTDIR, () -> tree.lookup(file.id(), Name.of("x")));
            assertErrno(Errno.ENOENT, () -> tree.lookup(FileTree.ROOT, Name.of("none")));
            assertErrno(Errno.EINVAL, () -> tree.readlink(file.id()));
            assertErrno(Errno.EISDIR, () -> tree.open(FileTree.ROOT, 0, null));
            assertErrno(Errno.EROFS, () -> tree.open(file.id(), 1, null));
            assertErrno(Errno.ENODATA, () -> tree.getxattr(file.id(), Name.of("user.none")));
            assertErrno(Errno.ESTALE, () -> tree.getattr(1L << 48 | 77));
            assertErrno(Errno.ESTALE, () -> tree.getattr(1L << 40));
        }
    }

    private static void assertErrno(Errno errno, org.junit.jupiter.api.function.Executable call) {
        assertEquals(errno, assertThrows(FsException.class, call).errno());
    }

    /** A file whose record is made two: its first 2 KiB and the rest, which are both where they were. */
    @Test
    void aFileInSeveralExtentsIsOne() throws IOException, FsException {
        Path image = made("head -c 10000 /dev/urandom > d/BIG.BIN; genisoimage -quiet -iso-level 3 -o $O d");
        byte[] bytes = Files.readAllBytes(image);
        ByteBuffer in = ByteBuffer.wrap(bytes).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        int root = in.getInt(16 * 2048 + 156 + 2) * 2048;
        int at = root;
        while (!new String(bytes, at + 33, 3, UTF_8).equals("BIG")) {
            at += bytes[at];
        }
        int length = bytes[at];
        int end = at;
        while (bytes[end] != 0) {
            end += bytes[end];
        }
        System.arraycopy(bytes, at, bytes, at + length, end - at);
        bytes[at + 25] |= (byte) 0x80;
        in.putInt(at + 10, 2048);
        in.putInt(at + length + 2, in.getInt(at + 2) + 1);
        in.putInt(at + length + 10, 10_000 - 2048);
        try (ImageTree tree = open(new ArraySource(bytes))) {
            assertArrayEquals(Files.readAllBytes(image.resolveSibling("d/BIG.BIN")), content(tree, "big.bin"));
            assertEquals(10_000, node(tree, "big.bin").attributes().size());
            assertEquals(
                    1,
                    list(tree).keySet().stream()
                            .filter(name -> name.equals("big.bin"))
                            .count());
        }
        bytes[at + length + 33] = 'C';
        try (ImageTree tree = open(new ArraySource(bytes))) {
            assertTrue(assertThrows(FsException.class, () -> node(tree, "big.bin"))
                    .getMessage()
                    .contains("at byte " + at + ": a file in several extents whose last has no directory record"));
        }
    }

    @Test
    void aHostileNameIsRefusedWithItsPlace() throws IOException {
        byte[] bytes = Files.readAllBytes(made("xorriso -as mkisofs -quiet -R -o $O d"));
        String all = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
        // Behind an entry's version and flags: not the name for readers without Rock Ridge.
        int at = all.indexOf("\1\0MAKEFILE") + 2;
        bytes[at + 4] = '/';
        try (ImageTree tree = open(new ArraySource(bytes))) {
            FsException refused = assertThrows(FsException.class, () -> list(tree));
            assertEquals(Errno.EIO, refused.errno());
            assertTrue(
                    refused.getMessage().contains("a directory entry with the name \"MAKE/ILE\""),
                    refused.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "iso_joliet_rockridge.iso",
                "iso_multi_extent.iso",
                "iso_rockridge.iso.gz",
                "iso_rockridge_ce.iso",
                "iso_rockridge_rr_moved.iso.gz",
                "iso_zisofs.iso"
            })
    void aRealImageIsWhatSevenZipOrOsirroxSeesInIt(String name) throws IOException, FsException {
        byte[] bytes = SharedImages.bytes("iso/" + name);
        Path directory = Files.createTempDirectory(SampleImages.directory(), "shared");
        Files.write(directory.resolve("image"), bytes);
        Commands.sh(
                directory,
                "xorriso -abort_on NEVER -return_with FATAL 32 -osirrox on:device_files -hardlinks on -indev image"
                        + " -extract / out >&2");
        Map<String, String> theirs = TreeFacts.ofDirectory(directory.resolve("out"), false);
        Map<String, String> ours;
        try (ImageTree tree = open(new ArraySource(bytes))) {
            ours = TreeFacts.ofTree(tree, false);
        }
        assertEquals(theirs.keySet(), ours.keySet());
        theirs.forEach((path, facts) -> assertEquals(timeless(facts), timeless(ours.get(path)), path));
    }

    /** osirrox gives a symlink only its target. */
    private static String timeless(String facts) {
        return facts.startsWith("a") ? facts.substring(facts.indexOf("->")) : facts;
    }

    @Test
    void whatAFirmwareStartsIsSaid() throws IOException {
        try (ImageTree tree = open("genisoimage-el-torito")) {
            String boots = tree.facts().get("boots");
            assertTrue(boots.startsWith("PC BIOS, no emulation, 4 sectors of 512 bytes at block "), boots);
        }
    }

    /** The continuation of the root's entries, an area of {@code count} small ones behind the image's end. */
    private static byte[] withEntries(byte[] image, int count) {
        byte[] bytes = Arrays.copyOf(image, image.length + 4 * count);
        ByteBuffer in = ByteBuffer.wrap(bytes).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        int at = in.getInt(16 * 2048 + 156 + 2) * 2048;
        while (in.getInt(at) != ('C' | 'E' << 8 | 28 << 16 | 1 << 24)) {
            at++;
        }
        in.putInt(at + 4, image.length / 2048).putInt(at + 12, 0).putInt(at + 20, 4 * count);
        for (int i = 0; i < count; i++) {
            in.putInt(image.length + 4 * i, 'X' | 'X' << 8 | 4 << 16 | 1 << 24);
        }
        return bytes;
    }

    @Test
    void aRecordWithMoreEntriesThanAnyoneWritesIsRefused() throws IOException {
        byte[] image = Files.readAllBytes(made("xorriso -as mkisofs -quiet -R -o $O d"));
        open(new ArraySource(withEntries(image, 1000))).close();
        BadImageException refused =
                assertThrows(BadImageException.class, () -> open(new ArraySource(withEntries(image, 2000))));
        assertTrue(
                refused.getMessage().endsWith("a directory record with more than 1128 system use entries"),
                refused.getMessage());
    }

    /** An image with nothing but files without bytes in its root: "file000001" and so on, and a second of the first's name. */
    private static byte[] manyFiles(int count) {
        int root = 20 * 2048;
        int length = 34 + 10;
        int size = (count / (2048 / length) + 1) * 2048;
        ByteBuffer in = ByteBuffer.allocate(root + size).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        for (int type : new int[] {1, 255}) {
            in.position(type == 1 ? 16 * 2048 : 17 * 2048);
            in.put((byte) type).put("CD001".getBytes(UTF_8));
        }
        in.putInt(16 * 2048 + 80, in.capacity() / 2048).putShort(16 * 2048 + 128, (short) 2048);
        in.put(16 * 2048 + 156, (byte) 34).putInt(16 * 2048 + 158, 20).putInt(16 * 2048 + 166, size);
        int at = root;
        for (int i = -1; i <= count; i++) {
            at += at % 2048 > 2048 - length ? 2048 - at % 2048 : 0;
            byte[] name = i < 1
                    ? new byte[] {(byte) (i + 1)}
                    : "FILE%06d".formatted(i == count ? 1 : i).getBytes(UTF_8);
            in.put(at, (byte) (33 + name.length + 1 - name.length % 2));
            in.putInt(at + 2, 20).putInt(at + 10, i < 1 ? size : 0).put(at + 25, (byte) (i < 1 ? 2 : 0));
            in.put(at + 32, (byte) name.length).put(at + 33, name);
            at += in.get(at);
        }
        return in.array();
    }

    @Test
    void aNameIsFoundInALargeDirectoryWithoutGoingThroughAll() throws IOException, FsException {
        try (ImageTree tree = open(new ArraySource(manyFiles(60_000)))) {
            assertErrno(Errno.ENOENT, () -> node(tree, "file060000"));
            long before = blocks();
            Set<Long> ids = new HashSet<>();
            for (int i = 1; i < 60_000; i += 600) {
                ids.add(node(tree, "file%06d".formatted(i)).id());
            }
            assertEquals(100, ids.size());
            // The first of two of one name.
            assertEquals(20 * 2048 + 34 + 34, node(tree, "file000001").id());
            // One record each, and that again for its attributes.
            assertTrue(blocks() - before <= 1000, () -> "blocks looked at: " + (blocks() - before));
        }
    }

    @Test
    void xattrsOfADirectoryAmongManyAreFoundWithoutGoingThroughAll() throws IOException, FsException {
        Path image = made(
                """
                for i in $(seq 1000 1999); do
                  printf '# file: d/%s\\nuser.number="%s"\\n\\n' $i $i
                done > numbers
                (cd d && mkdir $(seq 1000 1999)); setfattr --restore=numbers
                xorriso -outdev stdio:$O -xattr on -map d / -commit""");
        try (ImageTree tree = open(FileSource.open(image))) {
            node(tree, "1000");
            long before = blocks();
            for (int i = 1000; i < 2000; i++) {
                byte[] value = tree.getxattr(node(tree, String.valueOf(i)).id(), Name.of("user.number"));
                assertEquals(String.valueOf(i), new String(value, UTF_8));
            }
            // A thousand records lie in a hundred blocks.
            assertTrue(blocks() - before <= 15_000, () -> "blocks looked at: " + (blocks() - before));
        }
    }

    /** Blocks of the cache that were asked for so far. */
    private long blocks() {
        return cache.stats().hits() + cache.stats().misses();
    }

    @Test
    void aLoopOfContinuationsEnds() throws IOException, FsException {
        byte[] bytes = SharedImages.bytes("iso/iso_rockridge_ce_loop.iso");
        try (ImageTree tree = open(new ArraySource(bytes))) {
            assertTrue(list(tree).size() > 1);
        }
    }
}
