package liveroot.fs.cpio;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import liveroot.cache.BlockCache;
import liveroot.cache.FileSource;
import liveroot.fs.BadImageException;
import liveroot.fs.Checksum;
import liveroot.fs.DamagedBytes;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.ImageTree;
import liveroot.fs.Mode;
import liveroot.fs.Name;
import liveroot.fs.Node;
import liveroot.fs.SharedImages;
import liveroot.fs.Tools;
import liveroot.fs.squashfs.ArraySource;
import liveroot.fs.squashfs.Collected;
import liveroot.fs.squashfs.Commands;
import liveroot.fs.squashfs.SampleImages;
import liveroot.fs.squashfs.TreeFacts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CpioTest {

    private static final int REGULAR = Mode.S_IFREG | 0644;

    private final BlockCache cache = new BlockCache(16 << 20);

    @BeforeAll
    static void needTools() throws IOException {
        Tools.need(
                "cpio, gzip, xz-utils, zstd, bzip2, lz4, perl-base, attr",
                "cpio",
                "gzip",
                "xz",
                "zstd",
                "bzip2",
                "lz4",
                "perl",
                "getfattr",
                "setfattr");
        Tools.needRoot("make device nodes");
    }

    @AfterEach
    void noMemoryIsLost() {
        cache.close();
        assertEquals(0, cache.stats().used());
    }

    /** An archive of the tree that the SquashFS tests have too, and what cpio itself makes of it, side by side. */
    @ParameterizedTest
    @CsvSource({
        "newc, cat",
        "crc, cat",
        "odc, cat",
        "bin, cat",
        "newc, gzip -9",
        "newc, xz --check=crc32",
        "newc, xz -9e",
        "newc, zstd -19",
        "crc, zstd --no-check",
        "newc, bzip2",
        "newc, lz4 -l",
        "newc, lz4",
        "newc, xz --format=lzma",
        "odc, gzip"
    })
    void theTreeIsWhatCpioUnpacks(String form, String pack) throws IOException, FsException {
        Path directory = Files.createTempDirectory(SampleImages.directory(), "cpio");
        // Forms of 16 bits have no room for a device's long number.
        String list = "find . -depth " + (form.equals("newc") || form.equals("crc") ? "" : "! -name wide ");
        Commands.sh(
                directory,
                "mkdir out; (cd ../src; " + list + " | cpio -o --quiet -H " + form + ") > plain; " + pack
                        + " < plain > packed; cd out; cpio -idm --quiet < ../plain");
        Map<String, String> theirs = TreeFacts.ofDirectory(directory.resolve("out"), false);
        Map<String, String> ours;
        try (ImageTree tree = Cpio.open(FileSource.open(directory.resolve("packed")), cache)) {
            ours = TreeFacts.ofTree(tree, false);
            assertEquals(2, node(tree, "etc/hello.txt").attributes().nlink());
            assertEquals(node(tree, "etc/hello.txt"), node(tree, "etc/hardlink.txt"));
        }
        assertTrue(theirs.size() > 600);
        assertEquals(theirs.keySet(), ours.keySet());
        // cpio works in the top directory after it has set its time.
        theirs.remove(".");
        theirs.forEach((path, facts) -> assertEquals(timeless(facts), timeless(ours.get(path)), path));
    }

    /** The judge is cpio, which wrote them. */
    @Test
    void sumsOfACrcArchiveAreGoodAndFindAChange() throws IOException {
        Path directory = Files.createTempDirectory(SampleImages.directory(), "crc");
        Commands.sh(
                directory,
                "mkdir d; cd d; echo some text > file; ln file link; seq 9999 > long; : > empty; ln -s file symlink;"
                        + " find . | cpio -o --quiet -H crc > ../crc");
        byte[] archive = Files.readAllBytes(directory.resolve("crc"));
        try (ImageTree tree = Cpio.open(new ArraySource(archive), cache)) {
            Checksum sums = tree.checksums().get(0);
            long[] read = {0};
            assertEquals(sums.expected(), sums.computed(n -> read[0] += n));
            assertEquals(sums.bytes(), read[0]);
        }
        archive[new String(archive, ISO_8859_1).indexOf("some text")] ^= 1;
        try (ImageTree tree = Cpio.open(new ArraySource(archive), cache)) {
            assertThrows(BadImageException.class, () -> tree.checksums().get(0).computed(n -> {}));
        }
    }

    /** cpio leaves a symlink's times as they are. */
    private static String timeless(String facts) {
        return facts.startsWith("a") ? facts.replaceFirst("\\d+\\.\\d{9} ", "") : facts;
    }

    private static Node node(FileTree tree, String path) throws FsException {
        Node node = new Node(FileTree.ROOT, tree.getattr(FileTree.ROOT));
        for (String name : path.split("/", 0)) {
            node = tree.lookup(node.id(), Name.of(name));
        }
        return node;
    }

    private static String content(FileTree tree, String path) throws FsException {
        Node node = node(tree, path);
        Collected sink =
                new Collected(ByteBuffer.allocateDirect((int) node.attributes().size()));
        tree.read(node.id(), 0, 0, 100, sink);
        return new String(sink.bytes(), UTF_8);
    }

    /** newc archives, entry by entry. */
    private static final class Writer {

        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Writer entry(String path, int mode, String data) {
            return entry(path, mode, data, 1, 0);
        }

        Writer entry(String path, int mode, String data, int nlink, int ino) {
            out.writeBytes("070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x"
                    .formatted(ino, mode, 0, 0, nlink, 7, data.length(), 0, 1, 0, 0, path.length() + 1, 0)
                    .getBytes(ISO_8859_1));
            out.writeBytes((path + "\0").getBytes(ISO_8859_1));
            pad();
            out.writeBytes(data.getBytes(ISO_8859_1));
            pad();
            return this;
        }

        private void pad() {
            out.writeBytes(new byte[-out.size() & 3]);
        }

        byte[] end() {
            return entry("TRAILER!!!", 0, "").out.toByteArray();
        }
    }

    private ImageTree open(byte[]... parts) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return Cpio.open(new ArraySource(all.toByteArray()), cache);
    }

    private static byte[] packed(byte[] plain, String command) throws IOException {
        Path directory = Files.createTempDirectory(SampleImages.directory(), "packed");
        Files.write(directory.resolve("plain"), plain);
        Commands.sh(directory, command + " < plain > packed");
        return Files.readAllBytes(directory.resolve("packed"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "xz --check=crc32", "zstd", "bzip2", "lz4", "lz4 -l", "xz --format=lzma"})
    void membersFollowEachOtherPlainAndPackedAsInAnInitrd(String pack) throws IOException, FsException {
        byte[] microcode = new Writer()
                .entry("kernel", Mode.S_IFDIR | 0755, "")
                .entry("kernel/microcode", REGULAR, "code")
                .entry("init", REGULAR, "first")
                .end();
        byte[] one = packed(
                new Writer()
                        .entry("init", REGULAR, "second")
                        .entry("a", REGULAR, "1")
                        .end(),
                pack);
        byte[] other = packed(new Writer().entry("a", REGULAR, "two").end(), "gzip");
        try (ImageTree tree = open(microcode, new byte[1000], one, new byte[512], other, new byte[3])) {
            assertEquals("code", content(tree, "kernel/microcode"));
            assertEquals("second", content(tree, "init"));
            assertEquals("two", content(tree, "a"));
            String codec =
                    pack.replaceFirst(" --check.*", "").replaceFirst(".*=", "").replace("lz4 -l", "lz4 (legacy)");
            assertEquals("cpio, newc, " + codec + " of newc, gzip of newc", tree.format());
        }
    }

    @Test
    void namesThatLeadOutsideAreLeftOut() throws IOException, FsException {
        try (ImageTree tree = open(new Writer()
                .entry("/etc/passwd", REGULAR, "inside")
                .entry("../outside", REGULAR, "x")
                .entry("a/../../outside", REGULAR, "x")
                .entry("etc/passwd/below-a-file", REGULAR, "x")
                .entry("n".repeat(256), REGULAR, "x")
                .entry("up", Mode.S_IFLNK | 0777, "../../..")
                .entry("up/etc/group", REGULAR, "through")
                .entry("loop", Mode.S_IFLNK | 0777, "loop")
                .entry("loop/x", REGULAR, "x")
                .entry("./dot//slash/", Mode.S_IFDIR | 0700, "")
                .end())) {
            assertEquals("inside", content(tree, "etc/passwd"));
            assertEquals("through", content(tree, "etc/group"));
            assertEquals(
                    Mode.S_IFDIR | 0700, node(tree, "dot/slash").attributes().mode());
            assertEquals(
                    "5 files whose paths can have no place in a tree",
                    tree.facts().get("left out"));
            TreeSet<String> names = new TreeSet<>();
            tree.readdir(FileTree.ROOT, 2, (name, id, ino, type, next) -> names.add(name.toString()));
            assertEquals("[dot, etc, loop, up]", names.toString());
        }
    }

    @Test
    void theLastOfSeveralEntriesWins() throws IOException, FsException {
        try (ImageTree tree = open(new Writer()
                .entry("file", REGULAR, "old")
                .entry("file", REGULAR, "new")
                .entry("empty", Mode.S_IFDIR | 0755, "")
                .entry("empty", REGULAR, "now a file")
                .entry("full", Mode.S_IFDIR | 0755, "")
                .entry("full/x", REGULAR, "x")
                .entry("full", REGULAR, "cannot be")
                .entry("full", Mode.S_IFDIR | 0711, "")
                .end())) {
            assertEquals("new", content(tree, "file"));
            assertEquals("now a file", content(tree, "empty"));
            assertEquals("x", content(tree, "full/x"));
            assertEquals(Mode.S_IFDIR | 0711, node(tree, "full").attributes().mode());
        }
    }

    @Test
    void theBytesOfAFileWithSeveralNamesComeWithTheLast() throws IOException, FsException {
        byte[] archive = new Writer()
                .entry("a", REGULAR, "", 2, 7)
                .entry("b", REGULAR, "bytes", 2, 7)
                .end();
        byte[] another = new Writer().entry("c", REGULAR, "c", 2, 7).end();
        try (ImageTree tree = open(archive, another)) {
            assertEquals("bytes", content(tree, "a"));
            assertEquals(2, node(tree, "a").attributes().nlink());
            assertEquals(node(tree, "a"), node(tree, "b"));
            // What a later archive writes over one of the names the other has, too, as in the kernel's
            // init/initramfs.c.
            byte[] over = new Writer().entry("a", REGULAR, "longer bytes").end();
            byte[] empty = new Writer().entry("b", REGULAR, "").end();
            try (ImageTree written = open(archive, over);
                    ImageTree truncated = open(archive, empty)) {
                assertEquals("longer bytes", content(written, "b"));
                assertEquals(2, node(written, "b").attributes().nlink());
                assertEquals(node(written, "a"), node(written, "b"));
                assertEquals("", content(truncated, "a"));
            }
            // Numbers of inodes mean nothing in the next archive.
            assertEquals("c", content(tree, "c"));
            assertEquals(1, node(tree, "c").attributes().nlink());
        }
    }

    @Test
    void whatFollowsTheLastArchiveIsIgnoredAndSaid() throws IOException, FsException {
        byte[] archive = new Writer().entry("a", REGULAR, "a").end();
        try (ImageTree tree = open(archive, new byte[512], "something else".getBytes(UTF_8))) {
            assertEquals("a", content(tree, "a"));
            assertEquals("14 bytes behind the last archive", tree.facts().get("ignored"));
        }
    }

    /** An initrd that was written to a partition of 16 GiB. */
    private static final class Partition extends ArraySource {

        private static final long SIZE = 16L << 30;

        private final byte[] content;
        private long read;

        Partition(byte... content) {
            super(content);
            this.content = content;
        }

        @Override
        public long size() {
            return SIZE;
        }

        @Override
        public void read(long position, ByteBuffer dst) throws IOException {
            requireWithin(position, dst.remaining());
            read += dst.remaining();
            for (long at = position; dst.hasRemaining(); at++) {
                dst.put(at < content.length ? content[(int) at] : 0);
            }
        }
    }

    @Test
    void ofGigabytesOfZerosBehindAnArchiveFewAreRead() throws IOException, FsException {
        byte[] archive = new Writer().entry("a", REGULAR, "a").end();
        for (byte[] content : new byte[][] {archive, packed(archive, "gzip")}) {
            Partition partition = new Partition(content);
            try (ImageTree tree = Cpio.open(partition, cache)) {
                assertEquals("a", content(tree, "a"));
                long behind = Partition.SIZE - (64 << 20) - content.length;
                assertEquals(
                        behind + " bytes, which come after 67108864 zeros",
                        tree.facts().get("not read"));
            }
            assertTrue(partition.read < 65 << 20, partition.read + " bytes read");
        }
    }

    @Test
    void gigabytesOfNothingButZerosAreRefusedWithoutReadingThem() {
        Partition partition = new Partition();
        BadImageException refused = assertThrows(BadImageException.class, () -> Cpio.open(partition, cache));
        assertTrue(
                refused.getMessage().contains("at byte 0: no cpio archive, but 67108864 zeros at least"),
                refused.getMessage());
        assertTrue(partition.read < 65 << 20, partition.read + " bytes read");
    }

    @Test
    void manyGapsOfZerosAreNotLongerTogetherThanOneMayBe() throws IOException, FsException {
        byte[] archive = new Writer().entry("a", REGULAR, "a").end();
        byte[] other = new Writer().entry("b", REGULAR, "b").end();
        byte[] third = new Writer().entry("c", REGULAR, "c").end();
        byte[] gap = new byte[30 << 20];
        try (ImageTree tree = open(archive, gap, archive, gap, other, gap, third)) {
            assertEquals("b", content(tree, "b"));
            assertErrno(Errno.ENOENT, () -> node(tree, "c"));
            long unread = (26L << 20) + third.length;
            assertEquals(
                    unread + " bytes, which come after 67108864 zeros",
                    tree.facts().get("not read"));
        }
    }

    @Test
    void anArchiveBehindMegabytesOfZerosIsFound() throws IOException, FsException {
        byte[] first = new Writer().entry("a", REGULAR, "a").end();
        byte[] second = new Writer().entry("b", REGULAR, "b").end();
        try (ImageTree tree = open(first, new byte[60 << 20], second)) {
            assertEquals("b", content(tree, "b"));
        }
    }

    @Test
    void whatIsCutOrDamagedIsRefusedWithItsPlace() throws IOException {
        byte[] archive = new Writer().entry("first", REGULAR, "x".repeat(1000)).end();
        assertRefused("at byte 116: data of 1000 bytes", Arrays.copyOf(archive, 500));
        assertRefused("at byte 0: a header of 110 bytes", Arrays.copyOf(archive, 60));
        byte[] digit = archive.clone();
        digit[20] = 'g';
        assertRefused("at byte 20: the byte 0x67 in a header, expected a digit", digit);
        byte[] magic = archive.clone();
        magic[1116] = 'x';
        assertRefused("at byte 1116: no magic number of cpio", magic);
        byte[] gz = packed(archive, "gzip");
        gz[gz.length - 6] ^= 1;
        assertRefused("its CRC-32 is", gz);
        assertRefused("is damaged: it ends too early", Arrays.copyOf(gz, gz.length / 2));
        assertRefused(
                "at byte 0: data packed by gzip that is no cpio archive; unpack it first",
                packed("some text".getBytes(UTF_8), "gzip"));
    }

    @Test
    void bzip2WithAWrongBitIsCalledDamaged() throws IOException {
        byte[] text = new byte[200_000];
        new Random(9).nextBytes(text);
        byte[] archive =
                new Writer().entry("a", REGULAR, new String(text, ISO_8859_1)).end();
        byte[] packed = packed(archive, "bzip2");
        for (int at : new int[] {100, packed.length / 2, packed.length - 100}) {
            byte[] damaged = packed.clone();
            damaged[at] ^= 8;
            assertRefused("data packed by bzip2 from byte 0 on is damaged: ", damaged);
        }
    }

    private void assertRefused(String words, byte[] archive) {
        BadImageException refused = assertThrows(BadImageException.class, () -> open(archive));
        assertTrue(refused.getMessage().contains(words), refused.getMessage());
        assertTrue(refused.getMessage().contains("at byte "), refused.getMessage());
    }

    @Test
    void whatUnpacksToMoreThanTheLimitIsRefused() throws IOException {
        Path directory = Files.createTempDirectory(SampleImages.directory(), "large");
        Commands.sh(
                directory, "truncate -s 80M large; echo large | cpio -o -H newc --quiet | gzip -1 > packed; rm large");
        byte[] bomb = Files.readAllBytes(directory.resolve("packed"));
        assertRefused("unpacks to more than 67108864 bytes, 4 times the block cache", bomb);
    }

    @Test
    void xzThatNeedsTooMuchMemoryIsToldSoAndNotCalledDamaged() throws IOException {
        byte[] archive = new Writer().entry("a", REGULAR, "a").end();
        byte[] packed = packed(archive, "xz --check=crc32 --lzma2=preset=0,dict=96MiB");
        BadImageException refused = assertThrows(BadImageException.class, () -> open(packed));
        assertTrue(
                refused.getMessage()
                        .matches(".*at byte 0: data packed by xz that needs 98[0-9]{3} KiB of memory to unpack;"
                                + " more than 71680 KiB is not given, pack it with a smaller dictionary"),
                refused.getMessage());
    }

    @Test
    void zstdThatNeedsTooLargeAWindowIsToldSoAndNotCalledDamaged() throws IOException {
        byte[] archive = new Writer().entry("a", REGULAR, "a").end();
        byte[] packed = packed(archive, "sh -c 'cat | zstd -q --long=28'");
        BadImageException refused = assertThrows(BadImageException.class, () -> open(packed));
        assertTrue(
                refused.getMessage()
                        .endsWith("at byte 0: data packed by zstd that needs a window of more than 134217728 bytes,"
                                + " which is not given; pack it with a smaller one"),
                refused.getMessage());
    }

    @Test
    void anErrorOfTheCallerIsToldAsSuch() throws IOException, FsException {
        try (ImageTree tree = open(new Writer().entry("a", REGULAR, "a").end())) {
            long file = node(tree, "a").id();
            assertErrno(Errno.ENOTDIR, () -> tree.lookup(file, Name.of("x")));
            assertErrno(Errno.ENOENT, () -> tree.lookup(FileTree.ROOT, Name.of("none")));
            assertErrno(Errno.EINVAL, () -> tree.readlink(file));
            assertErrno(Errno.EISDIR, () -> tree.open(FileTree.ROOT, 0, null));
            assertErrno(Errno.EROFS, () -> tree.open(file, 1, null));
            assertErrno(Errno.ESTALE, () -> tree.getattr(77));
        }
    }

    private static void assertErrno(Errno errno, org.junit.jupiter.api.function.Executable call) {
        assertEquals(errno, assertThrows(FsException.class, call).errno());
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpio_bin_be.cpio", "cpio_filename_utf8_ru.cpio", "cpio_symlink_trailer.cpio"})
    void aRealArchiveHasTheNamesThatCpioLists(String name) throws IOException, FsException {
        Path file = SharedImages.file("cpio/" + name);
        String theirs = Commands.sh(file.getParent(), "cpio -it --quiet < " + name);
        try (ImageTree tree = Cpio.open(FileSource.open(file), cache)) {
            assertEquals(theirs.isEmpty(), tree.statfs().files() == 1);
            for (String path : theirs.lines().toList()) {
                node(tree, new String(path.getBytes(ISO_8859_1), UTF_8));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "newc, cat",
        "odc, cat",
        "bin, cat",
        "newc, gzip",
        "newc, xz",
        "newc, zstd",
        "newc, bzip2",
        "newc, lz4",
        "newc, lz4 -l"
    })
    void damageHarmsNothingButItself(String form, String pack) throws IOException {
        Path directory = Files.createTempDirectory(SampleImages.directory(), "tiny");
        Commands.sh(
                directory,
                "(cd ../src; find etc deep ! -name wide | cpio -o --quiet -H " + form + ") | " + pack + " > tiny");
        DamagedBytes.cutAndFlip(Files.readAllBytes(directory.resolve("tiny")), 20, 150, DamagedBytes.tree(Cpio::open));
    }
}
