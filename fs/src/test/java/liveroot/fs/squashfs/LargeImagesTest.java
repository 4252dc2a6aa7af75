package liveroot.fs.squashfs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import liveroot.cache.BlockCache;
import liveroot.cache.FileSource;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Name;
import liveroot.fs.Node;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Directories of 100,000 entries and files of 100,000 blocks and more; what they cost is counted in blocks looked at. */
final class LargeImagesTest {

    private static final int ENTRIES = 100_000;

    @BeforeAll
    static void needTools() throws IOException {
        SampleImages.assumeTools();
    }

    private static Path directoryImage() throws IOException {
        Path image = SampleImages.directory().resolve("large-directory.sqfs");
        if (!Files.exists(image)) {
            Commands.sh(
                    SampleImages.directory(),
                    """
                    mkdir links; cd links
                    perl -e 'for (0..99999) { symlink "target".($_ % 100), "a_name_of_common_length_$_" or die }'
                    cd ..; mksquashfs links large-directory.sqfs -noappend -quiet -no-progress -comp lz4; rm -rf links
                    """);
        }
        return image;
    }

    @Test
    void everyNameOfALargeDirectoryIsListedOnceInStepsAndFound() throws IOException, FsException {
        try (BlockCache cache = new BlockCache(32 << 20);
                SquashFs tree = SquashFs.open(FileSource.open(directoryImage()), cache)) {
            boolean[] seen = new boolean[ENTRIES];
            int[] listed = new int[1];
            long[] cookie = new long[1];
            int[] room = new int[1];
            for (int before = -1; before != listed[0]; ) {
                before = listed[0];
                room[0] = 97;
                tree.readdir(FileTree.ROOT, cookie[0], (name, id, ino, type, next) -> {
                    if (room[0]-- == 0) {
                        return false;
                    }
                    cookie[0] = next;
                    listed[0]++;
                    if (name.length() > 2) {
                        int number = Integer.parseInt(name.toString().substring(24));
                        assertEquals(false, seen[number]);
                        seen[number] = true;
                    }
                    return true;
                });
            }
            assertEquals(ENTRIES + 2, listed[0]);
            for (int i = 0; i < ENTRIES; i += 37) {
                Node node = tree.lookup(FileTree.ROOT, Name.of("a_name_of_common_length_" + i));
                assertEquals("target" + i % 100, new String(tree.readlink(node.id()), StandardCharsets.US_ASCII));
            }
        }
    }

    @Test
    void lookupsAndContinuedListingsOfALargeDirectoryLookAtFewBlocks() throws IOException, FsException {
        try (BlockCache cache = new BlockCache(32 << 20);
                SquashFs tree = SquashFs.open(FileSource.open(directoryImage()), cache)) {
            long before = looks(cache);
            assertEquals(
                    Errno.ENOENT,
                    assertThrows(
                                    FsException.class,
                                    () -> tree.lookup(FileTree.ROOT, Name.of("a_name_of_common_lengti")))
                            .errno());
            tree.lookup(FileTree.ROOT, Name.of("a_name_of_common_length_77777"));
            assertTrue(looks(cache) - before < 30, "blocks looked at by lookups: " + (looks(cache) - before));

            long[] cookie = new long[1];
            int[] count = new int[1];
            tree.readdir(FileTree.ROOT, 0, (name, id, ino, type, next) -> {
                if (count[0] == 90_000) {
                    return false;
                }
                count[0]++;
                cookie[0] = next;
                return true;
            });
            // The first goes on where the last listing stopped; the second can only use the index.
            for (long start : new long[] {cookie[0], cookie[0] - 3_000_000}) {
                long atFirst = looks(cache);
                int[] left = {10};
                tree.readdir(FileTree.ROOT, start, (name, id, ino, type, next) -> left[0]-- > 0);
                assertTrue(looks(cache) - atFirst < 15, "blocks looked at by a listing: " + (looks(cache) - atFirst));
            }
        }
    }

    private static long looks(BlockCache cache) {
        return cache.stats().hits() + cache.stats().misses();
    }

    @Test
    void anyByteOfAFileOf110000BlocksIsReadWithoutWalkingAllItsWords() throws IOException, FsException {
        Path directory = SampleImages.directory();
        Path plain = Files.createDirectories(directory.resolve("large")).resolve("file");
        int size = 110_000 * 4096 + 1234;
        Random random = new Random(5);
        try (RandomAccessFile file = new RandomAccessFile(plain.toFile(), "rw")) {
            file.setLength(size);
            for (int i = 0; i < 3000; i++) {
                file.seek(random.nextInt(size - 10_000));
                file.write(("piece " + i).repeat(300).getBytes(StandardCharsets.US_ASCII));
            }
            Commands.sh(
                    directory,
                    "mksquashfs large large-file.sqfs -noappend -quiet -no-progress -comp lz4 -b 4096 -no-fragments");
            try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                    SquashFs tree = SquashFs.open(FileSource.open(directory.resolve("large-file.sqfs")), cache)) {
                long id = tree.lookup(FileTree.ROOT, Name.of("file")).id();
                Collected sink = new Collected(ByteBuffer.allocateDirect(1 << 20));
                tree.read(id, 0, size - 10, 100, sink);
                assertEquals(10, sink.bytes().length);
                long before = looks(cache);
                byte[] expected = new byte[20_000];
                for (int i = 0; i < 3000; i++) {
                    int offset = random.nextInt(size - expected.length);
                    sink.clear();
                    tree.read(id, 0, offset, expected.length, sink);
                    file.seek(offset);
                    file.readFully(expected);
                    assertArrayEquals(expected, sink.bytes(), "at " + offset);
                }
                // Six data blocks at the most, and two blocks of words.
                assertTrue(looks(cache) - before <= 3000 * 8, "blocks looked at: " + (looks(cache) - before));
                sequentially(file, tree, id, size);
            }
        }
    }

    private static void sequentially(RandomAccessFile file, SquashFs tree, long id, int size)
            throws IOException, FsException {
        Collected sink = new Collected(ByteBuffer.allocateDirect(1 << 20));
        byte[] expected = new byte[1 << 20];
        for (int at = 0; at < size; at += expected.length) {
            int length = Math.min(expected.length, size - at);
            sink.clear();
            tree.read(id, 0, at, expected.length, sink);
            file.seek(at);
            file.readFully(expected, 0, length);
            assertArrayEquals(Arrays.copyOf(expected, length), sink.bytes(), "at " + at);
        }
    }

    @Test
    void aFileOfMoreThan4GibibytesIsReadAtItsEnd() throws IOException, FsException {
        Path directory = SampleImages.directory();
        Commands.sh(
                directory,
                """
                mkdir -p sparse; truncate -s 4200M sparse/file; printf end >> sparse/file
                mksquashfs sparse sparse.sqfs -noappend -quiet -no-progress -comp lz4 -b 1M
                """);
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                SquashFs tree = SquashFs.open(FileSource.open(directory.resolve("sparse.sqfs")), cache)) {
            Node file = tree.lookup(FileTree.ROOT, Name.of("file"));
            long size = file.attributes().size();
            assertEquals((4200L << 20) + 3, size);
            Collected sink = new Collected(ByteBuffer.allocateDirect(100));
            tree.read(file.id(), 0, size - 5, 100, sink);
            assertArrayEquals(new byte[] {0, 0, 'e', 'n', 'd'}, sink.bytes());
            assertEquals(4200L << 20, tree.lseek(file.id(), 0, 0, 3));
            assertEquals(0, tree.lseek(file.id(), 0, 0, 4));
        }
    }
}
