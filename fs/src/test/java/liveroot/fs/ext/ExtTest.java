package liveroot.fs.ext;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import liveroot.cache.BlockCache;
import liveroot.cache.FileSource;
import liveroot.fs.BadImageException;
import liveroot.fs.Caller;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Name;
import liveroot.fs.SharedImages;
import liveroot.fs.squashfs.ArraySource;
import liveroot.fs.squashfs.Collected;
import liveroot.fs.squashfs.Commands;
import liveroot.fs.squashfs.SampleImages;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ExtTest {

    @BeforeAll
    static void needTools() throws IOException {
        ExtImages.assumeTools();
    }

    private static void assertErrno(Errno errno, Executable operation) {
        assertEquals(errno, assertThrows(FsException.class, operation).errno());
    }

    @Test
    void whatIsNotThereIsToldApart() throws IOException, FsException {
        try (BlockCache cache = new BlockCache(16 << 20);
                FileTree tree = Ext.open(FileSource.open(ExtImages.image("ext4")), cache)) {
            long etc = tree.lookup(FileTree.ROOT, Name.of("etc")).id();
            long file = tree.lookup(etc, Name.of("hello.txt")).id();
            long many = tree.lookup(FileTree.ROOT, Name.of("large")).id();
            assertErrno(Errno.ENOENT, () -> tree.lookup(FileTree.ROOT, Name.of("no")));
            assertErrno(Errno.ENOENT, () -> tree.lookup(many, Name.of("no")));
            assertErrno(Errno.ENAMETOOLONG, () -> tree.lookup(many, Name.of("x".repeat(256))));
            assertErrno(Errno.ENOTDIR, () -> tree.lookup(file, Name.of("x")));
            assertErrno(Errno.EINVAL, () -> tree.readlink(file));
            assertErrno(Errno.ENODATA, () -> tree.getxattr(file, Name.of("user.none")));
            assertErrno(Errno.ENXIO, () -> tree.lseek(file, 0, 6, 3));
            assertErrno(Errno.EISDIR, () -> tree.open(FileTree.ROOT, 0, Caller.ROOT));
            assertErrno(Errno.EROFS, () -> tree.open(file, 1, Caller.ROOT));
            assertErrno(Errno.ESTALE, () -> tree.getattr(0));
            assertErrno(Errno.ESTALE, () -> tree.getattr(-1));
            assertErrno(Errno.ESTALE, () -> tree.getattr(7));
            assertErrno(Errno.ESTALE, () -> tree.getattr(Long.MAX_VALUE));
            // The last inode of a file system that has room.
            assertErrno(Errno.ESTALE, () -> tree.getattr(tree.statfs().files() - 1));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "half_md4, 1024",
        "tea, 1024",
        "legacy, 1024",
        "half_md4, 4096",
    })
    void aNameInALargeDirectoryIsFoundThroughItsIndex(String hash, int blockSize) throws IOException, FsException {
        Path directory = SampleImages.directory();
        int names = 20_000;
        Commands.sh(
                directory,
                "rm -f indexed; mke2fs -q -F -t ext4 -b " + blockSize + " -N 32 indexed 16M; tune2fs -E hash_alg="
                        + hash + " indexed");
        ExtImages.change(
                directory.resolve("indexed"),
                "mkdir d; : > f; perl -e 'for (1..%d) { link \"f\", \"d/%s $_\" or die \"$_: $!\" if $_ < 60000 }'"
                        .formatted(names, "caf\\xc3\\xa9"));
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                Ext tree = Ext.open(FileSource.open(directory.resolve("indexed")), cache)) {
            long d = tree.lookup(FileTree.ROOT, Name.of("d")).id();
            long looks = cache.stats().hits() + cache.stats().misses();
            for (int i = 1; i <= names; i += 7) {
                tree.lookup(d, Name.of("caf\u00e9 " + i));
            }
            looks = cache.stats().hits() + cache.stats().misses() - looks;
            // Directory's and file's inode and descriptor, root and two nodes of the index, a leaf, nodes of extents.
            assertTrue(looks / (names / 7) < 20, looks + " blocks looked at");
            int[] listed = {0};
            tree.readdir(d, 0, (name, id, ino, type, next) -> ++listed[0] > 0);
            assertEquals(names + 2, listed[0]);
        }
    }

    /** The judges are mke2fs and the kernel, which wrote them. */
    @ParameterizedTest
    @CsvSource({
        "ext4, 3, 4096",
        "ext4-inline, 3, 4096",
        "ext4-checksum-seed, 3, 4096",
        "ext4-bigalloc, 3, 4096",
        "ext4-meta-groups, 3, 2048",
        "ext4-sparse-super2, 1, 2048",
        "ext3, 0, 4096",
    })
    void checksumsOfGroupsAreGoodAndFindAChange(String name, int count, int descriptors) throws IOException {
        byte[] image = Files.readAllBytes(ExtImages.image(name));
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                Ext tree = Ext.open(new ArraySource(image), cache)) {
            assertEquals(count, tree.checksums().size());
            for (liveroot.fs.Checksum checksum : tree.checksums()) {
                long[] read = {0};
                assertEquals(checksum.expected(), checksum.computed(n -> read[0] += n), checksum.words());
                assertEquals(checksum.bytes(), read[0]);
            }
        }
        // Free blocks, block bitmap and inode bitmap of the first group.
        ByteBuffer in = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
        int blockSize = 1024 << in.getInt(1024 + 0x18);
        int[] places = {descriptors + 0x0c, in.getInt(descriptors) * blockSize, in.getInt(descriptors + 4) * blockSize};
        for (int i = 0; i < count; i++) {
            byte[] changed = image.clone();
            changed[places[i]] ^= 1;
            try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                    Ext tree = Ext.open(new ArraySource(changed), cache)) {
                liveroot.fs.Checksum checksum = tree.checksums().get(i);
                String message = assertThrows(BadImageException.class, () -> checksum.computed(n -> {}))
                        .getMessage();
                assertTrue(message.contains(" of group 0 has the checksum 0x"), message);
            }
        }
    }

    /** The map of blocks of a file with one block in each of its parts: direct, and below one, two and three levels. */
    @Test
    void blocksBelowThreeLevelsOfPointersAreFound() throws IOException, FsException {
        Path directory = SampleImages.directory();
        Commands.sh(directory, "rm -f levels; mke2fs -q -F -t ext2 -b 1024 levels 8M");
        Path image = directory.resolve("levels");
        ExtImages.change(
                image,
                """
                perl -e 'open F, ">", "f"; for my $block (3, 12, 100, 268, 5000, 65804, 9000000) {
                  sysseek F, $block * 1024 + 5, 0 or die; syswrite F, "in block $block" or die }'
                """);
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                Ext tree = Ext.open(FileSource.open(image), cache)) {
            long file = tree.lookup(FileTree.ROOT, Name.of("f")).id();
            long at = 0;
            for (long block : new long[] {3, 12, 100, 268, 5000, 65_804, 9_000_000}) {
                at = tree.lseek(file, 0, at, 3);
                assertEquals(block * 1024, at);
                Collected sink = new Collected(ByteBuffer.allocateDirect(4096));
                tree.read(file, 0, at - 500, 505 + 9, sink);
                byte[] expected = new byte[514];
                System.arraycopy("in block ".getBytes(StandardCharsets.US_ASCII), 0, expected, 505, 9);
                assertArrayEquals(expected, sink.bytes());
                at = tree.lseek(file, 0, at, 4);
            }
            assertEquals(tree.getattr(file).size(), at);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "-O journal_dev, an external journal",
    })
    void whatCannotBeReadIsRefusedByName(String options, String words) throws IOException {
        Path directory = SampleImages.directory();
        Commands.sh(directory, "rm -f refused; mke2fs -q -F -t ext4 -b 4096 " + options + " refused 8M");
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                FileSource source = FileSource.open(directory.resolve("refused"))) {
            String message = assertThrows(BadImageException.class, () -> Ext.open(source, cache))
                    .getMessage();
            assertTrue(message.contains("at byte 1120: ") && message.contains(words), message);
        }
    }

    @Test
    void onlyWhatIsEncryptedNeedsAKey() throws IOException, FsException {
        Path directory = SampleImages.directory();
        Commands.sh(
                directory,
                """
                rm -rf encrypted*; mkdir -p encrypted.src/secret encrypted.src/plain
                echo secret > encrypted.src/secret/file; ln -s target encrypted.src/link; echo plain > encrypted.src/plain/file
                mke2fs -q -F -t ext4 -b 4096 -O encrypt -d encrypted.src encrypted 8M
                for path in /secret /secret/file /link; do
                  flags=$(debugfs -R "stat $path" encrypted 2> /dev/null | sed -n 's/.*Flags: 0x\\([0-9a-f]*\\).*/\\1/p')
                  debugfs -w -R "sif $path flags $((0x$flags | 0x800))" encrypted > /dev/null 2>&1
                done
                """);
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                Ext tree = Ext.open(FileSource.open(directory.resolve("encrypted")), cache)) {
            long plain = tree.lookup(FileTree.ROOT, Name.of("plain")).id();
            long file = tree.lookup(plain, Name.of("file")).id();
            Collected sink = new Collected(ByteBuffer.allocateDirect(100));
            tree.read(file, 0, 0, 100, sink);
            assertEquals("plain\n", new String(sink.bytes(), StandardCharsets.US_ASCII));
            // As mke2fs numbers them, one behind the other.
            long secret = tree.lookup(FileTree.ROOT, Name.of("secret")).id();
            long link = tree.lookup(FileTree.ROOT, Name.of("link")).id();
            assertTrue(tree.getattr(secret).isDirectory());
            assertErrno(Errno.ENOKEY, () -> tree.readdir(secret, 0, (name, id, ino, type, next) -> true));
            assertErrno(Errno.ENOKEY, () -> tree.lookup(secret, Name.of("file")));
            assertErrno(Errno.ENOKEY, () -> tree.readlink(link));
            long hidden = secret + 1;
            assertEquals(7, tree.getattr(hidden).size());
            String message = assertThrows(
                            FsException.class,
                            () -> tree.read(hidden, 0, 0, 7, new Collected(ByteBuffer.allocateDirect(7))))
                    .getMessage();
            assertEquals("inode " + (hidden + 1) + " is encrypted, and liveroot has no keys (fscrypt)", message);
        }
    }

    /** The index is made by e2fsck, by hashes of folded names. */
    @Test
    void aNameInADirectoryThatIgnoresCaseIsFoundAsItIsWritten() throws IOException, FsException {
        Path directory = SampleImages.directory();
        int names = 2000;
        Commands.sh(
                directory,
                """
                rm -rf folded*; mkdir -p folded.src/d
                perl -e 'for (1..%d) { open F, ">", "folded.src/d/A Name That Fills Blocks $_" or die }'
                mke2fs -q -F -t ext4 -b 1024 -N 3000 -O casefold -d folded.src folded 16M
                debugfs -w -R 'sif /d flags 0x40080000' folded > /dev/null 2>&1
                e2fsck -fyD folded > folded.log || test $? = 1
                debugfs -R 'stat /d' folded 2> /dev/null | grep 'Flags: 0x40081000'
                """
                        .formatted(names));
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                Ext tree = Ext.open(FileSource.open(directory.resolve("folded")), cache)) {
            long d = tree.lookup(FileTree.ROOT, Name.of("d")).id();
            for (int i = 1; i <= names; i++) {
                tree.lookup(d, Name.of("A Name That Fills Blocks " + i));
            }
            int[] listed = {0};
            tree.readdir(d, 0, (name, id, ino, type, next) -> ++listed[0] > 0);
            assertEquals(names + 2, listed[0]);
            assertErrno(Errno.ENOENT, () -> tree.lookup(d, Name.of("a name that fills blocks 1")));
            assertTrue(tree.facts().get("features").contains("casefold"));
        }
    }

    /** Writes u16s, little endian, given as "offset:value offset:value". */
    private static void patch(byte[] image, int at, String changes) {
        for (String change : changes.split(" ", 0)) {
            String[] words = change.split(":", 0);
            littleEndian(image).putShort(at + Integer.parseInt(words[0]), (short) Integer.parseInt(words[1]));
        }
    }

    private static ByteBuffer littleEndian(byte[] image) {
        return ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The judge is the kernel, which has an image of its own to read. */
    private static void assertKernelSays(byte[] image, String script) throws IOException {
        Path copy = Files.write(SampleImages.directory().resolve("patched"), image);
        ExtImages.change(copy, script);
    }

    private static int indexOf(byte[] all, byte[] wanted) {
        for (int at = 0; at < all.length - wanted.length; at++) {
            if (Arrays.equals(all, at, at + wanted.length, wanted, 0, wanted.length)) {
                return at;
            }
        }
        throw new AssertionError("not there");
    }

    @Test
    void anXattrValueInAnInodeIsCheckedAgainstItsHashes() throws IOException, FsException {
        Path image = SampleImages.directory().resolve("hashed");
        Commands.sh(
                SampleImages.directory(),
                "rm -f hashed; mke2fs -q -F -t ext4 -b 1024 -O ea_inode,^metadata_csum,^has_journal hashed 8M");
        ExtImages.change(
                image, "echo > f; setfattr -n user.gr\u00f6\u00dfe -v \"$(head -c 6000 /dev/zero | tr '\\0' Q)\" f");
        byte[] name = Name.of("gr\u00f6\u00dfe").bytes();
        String get = "getfattr -n user.gr\u00f6\u00dfe f";

        byte[] value = Files.readAllBytes(image);
        value[indexOf(value, "Q".repeat(1000).getBytes(StandardCharsets.US_ASCII)) + 500] ^= 1;
        assertHashFails(value, "an xattr value in inode ");
        assertKernelSays(value, "! " + get);

        byte[] entry = Files.readAllBytes(image);
        int hash = indexOf(entry, name) - 4;
        entry[hash] ^= 1;
        assertHashFails(entry, "an xattr with the hash ");
        assertKernelSays(entry, "! " + get);

        // As it was where chars have signs.
        byte[] signed = Files.readAllBytes(image);
        int difference = 0;
        for (byte b : name) {
            difference = Integer.rotateLeft(difference, 5) ^ (b < 0 ? ~0xff : 0);
        }
        ByteBuffer in = littleEndian(signed);
        in.putInt(hash, in.getInt(hash) ^ Integer.rotateLeft(difference, 16));
        assertKernelSays(signed, get);
        for (byte[] good : List.of(Files.readAllBytes(image), signed)) {
            try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                    Ext tree = Ext.open(new ArraySource(good), cache)) {
                long file = tree.lookup(FileTree.ROOT, Name.of("f")).id();
                assertEquals(6000, tree.getxattr(file, Name.of("user.gr\u00f6\u00dfe")).length);
            }
        }
    }

    private static void assertHashFails(byte[] image, String words) throws IOException, FsException {
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                Ext tree = Ext.open(new ArraySource(image), cache)) {
            long file = tree.lookup(FileTree.ROOT, Name.of("f")).id();
            FsException e = assertThrows(FsException.class, () -> tree.getxattr(file, Name.of("user.gr\u00f6\u00dfe")));
            assertEquals(Errno.EIO, e.errno());
            assertTrue(e.getMessage().contains(words), e::getMessage);
        }
    }

    /** Of a file of three extents, which are in the inode, and one of ten, which are in a node of their own. */
    @ParameterizedTest
    @CsvSource({
        "f, 28:0, of 0 blocks",
        "f, 24:40, out of order",
        "f, 16:20, upon the next",
        "f, 4:400, room for more than there is",
        "f, 16:32776 18:1, not written and outside of the file system",
        "g, 12:1, not where the node above says",
        "g, 24:100, out of order",
    })
    void extentsThatCannotBeAreAnError(String name, String changes, String what) throws IOException, FsException {
        Path image = SampleImages.directory().resolve("extents");
        if (!Files.exists(image)) {
            Commands.sh(
                    SampleImages.directory(), "mke2fs -q -F -t ext4 -b 1024 -O ^metadata_csum,^has_journal extents 8M");
            ExtImages.change(
                    image,
                    """
                    perl -e 'open F, ">", "f"; for (0..2) { sysseek F, $_ * 16384, 0; syswrite F, "f" x 8192 }
                      open G, ">", "g"; for (0..9) { sysseek G, $_ * 16384, 0; syswrite G, "g" }'
                    """);
        }
        byte[] bytes = Files.readAllBytes(image);
        byte[] head =
                name.equals("f") ? new byte[] {0xa, -13, 3, 0, 4, 0, 0, 0} : new byte[] {0xa, -13, 10, 0, 84, 0, 0, 0};
        patch(bytes, indexOf(bytes, head), changes);
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                Ext tree = Ext.open(new ArraySource(bytes), cache)) {
            long file = tree.lookup(FileTree.ROOT, Name.of(name)).id();
            Collected sink = new Collected(ByteBuffer.allocateDirect(40_000));
            assertErrno(Errno.EIO, () -> tree.read(file, 0, 0, 40_000, sink));
        }
        assertKernelSays(bytes, "! cat " + name);
    }

    /** What a damaged index leads to by what lies behind it: Linux looks at all names if the index itself is wrong. */
    @ParameterizedTest
    @CsvSource({
        "36:65535 38:4095, false",
        "punch /h 1 1, false",
        "32:65535 34:65535, true",
        "32:3, true",
        "34:0, true",
        "30:9, true",
        "30:3, true",
        "28:1, true",
        "36:0, true",
    })
    void namesBehindADamagedIndexAreFoundOrAnError(String damage, boolean all) throws IOException, FsException {
        Path image = SampleImages.directory().resolve("index");
        Commands.sh(
                SampleImages.directory(),
                "rm -f index; mke2fs -q -F -t ext4 -b 1024 -O ^metadata_csum,^has_journal index 4M");
        ExtImages.change(image, "mkdir h; for i in $(seq 300); do : > h/name_number_$i; done");
        boolean punched = damage.startsWith("punch");
        if (punched) {
            Commands.sh(SampleImages.directory(), "debugfs -w -R '" + damage + "' index");
        }
        byte[] bytes = Files.readAllBytes(image);
        if (!punched) {
            int root = 0;
            // Room for entries, and the length of what stands before them.
            while (littleEndian(bytes).getShort(root + 32) != 124 || bytes[root + 29] != 8) {
                root += 1024;
            }
            patch(bytes, root, damage);
        }
        int names = 0;
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                Ext tree = Ext.open(new ArraySource(bytes), cache)) {
            long h = tree.lookup(FileTree.ROOT, Name.of("h")).id();
            for (int i = 1; i <= 300; i++) {
                try {
                    tree.lookup(h, Name.of("name_number_" + i));
                    names++;
                } catch (FsException e) {
                    assertEquals(Errno.EIO, e.errno(), e::getMessage);
                }
            }
        }
        assertEquals(all, names == 300, names + " found");
        assertKernelSays(
                bytes, "n=0; for i in $(seq 300); do test -e h/name_number_$i && n=$((n+1)); done; test $n = " + names);
    }

    @Test
    void anImageDescribesItself() throws IOException {
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                Ext tree = Ext.open(FileSource.open(ExtImages.image("ext4-checksum-seed")), cache)) {
            Map<String, String> facts = tree.facts();
            assertEquals("ext4", tree.format());
            assertEquals("ext4, blocks of 4096 bytes", facts.get("format"));
            assertEquals("clean", facts.get("journal"));
            assertTrue(facts.get("features").contains("has_journal, "), facts::toString);
            assertTrue(facts.get("features").contains("metadata_csum_seed"), facts::toString);
        }
    }

    /** Made by mke2fs 1.47: a size of 1 MB, and nothing in the inode. */
    @Test
    void aHoleThatIsMarkedAsInlineReadsAsZeros() throws IOException, FsException {
        Path directory = SampleImages.directory();
        Commands.sh(
                directory,
                "rm -rf inline*; mkdir inline.src; truncate -s 1000000 inline.src/hole;"
                        + " mke2fs -q -F -t ext4 -O inline_data -d inline.src inline 8M");
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                Ext tree = Ext.open(FileSource.open(directory.resolve("inline")), cache)) {
            long file = tree.lookup(FileTree.ROOT, Name.of("hole")).id();
            Collected sink = new Collected(ByteBuffer.allocateDirect(5000));
            tree.read(file, 0, 997_000, 5000, sink);
            assertArrayEquals(new byte[3000], sink.bytes());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ext/jnode_ext4-flex-bg.img.gz", "ext/jnode_test-special-files.ext4.gz"})
    void realImagesEqualTheKernelsMount(String name) throws IOException, FsException {
        Path image = SampleImages.directory().resolve("shared");
        Files.write(image, SharedImages.bytes(name));
        ExtAgainstKernelTest.assertEqualsKernel(image, "ro,noload");
    }
}
