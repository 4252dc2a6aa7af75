package liveroot.fs.squashfs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.Attributes;
import liveroot.fs.BadImageException;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Name;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever the bytes of an image are: it is refused, or its damaged parts are EIO, and no memory is lost. */
@Timeout(120)
final class DamagedImageTest {

    private static final int CUTS = 200;
    private static final int FLIPS = 500;
    private static final int MOST_ENTRIES = 2000;
    private static final int MOST_BYTES = 1 << 20;

    private final Collected sink = new Collected(ByteBuffer.allocateDirect(MOST_BYTES + (1 << 20)));

    @BeforeAll
    static void needTools() throws IOException {
        SampleImages.assumeTools();
    }

    /** A small tree that still has an extended directory with an index, fragments, blocks, holes and xattrs. */
    private static byte[] image(String options) throws IOException {
        Path directory = SampleImages.directory();
        synchronized (DamagedImageTest.class) {
            if (!Files.exists(directory.resolve("little"))) {
                Commands.sh(
                        directory,
                        """
                        set -e
                        mkdir -p little.new/many little.new/d; cp -a src/etc/. little.new/d
                        i=0; while [ $i -lt 300 ]; do : > little.new/many/a_file_with_a_long_name_$i; i=$((i+1)); done
                        head -c 20000 src/usr/bin/text > little.new/text; head -c 10000 src/usr/bin/random > little.new/random
                        truncate -s 30000 little.new/random
                        setfattr -n user.big -v "$(printf 'v%.0s' $(seq 3000))" little.new/text
                        setfattr -n user.big -v "$(printf 'v%.0s' $(seq 3000))" little.new/random
                        mv little.new little
                        """);
            }
            Commands.sh(
                    directory,
                    "rm -f little.sqfs; mksquashfs little little.sqfs -noappend -quiet -no-progress -b 4096 "
                            + options);
        }
        return Files.readAllBytes(directory.resolve("little.sqfs"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "lzma", "lzo", "xz", "lz4", "zstd"})
    void imagesCutShortAreRefusedWithThePlace(String compressor) throws IOException {
        byte[] image = image("-nopad -comp " + compressor);
        Random random = new Random(2);
        for (int i = 0; i < CUTS; i++) {
            int length = random.nextInt(image.length);
            byte[] cut = java.util.Arrays.copyOf(image, length);
            assertEquals("refused", walk(new ArraySource(cut), random), "cut at " + length);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "lz4"})
    void aMediumThatCannotBeReadFromSomePlaceOnIsAnErrorAndNoMore(String compressor) throws IOException {
        byte[] image = image("-comp " + compressor);
        Random random = new Random(3);
        for (int i = 0; i < CUTS; i++) {
            int scratch = random.nextInt(image.length);
            walk(new ArraySource(image, scratch), random);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-comp gzip",
                "-comp lzma",
                "-comp lzo",
                "-comp xz",
                "-comp lz4",
                "-comp zstd",
                "-noI -noD -noF -noX -noId"
            })
    void changedBytesHarmNothingButThemselves(String options) throws IOException {
        byte[] image = image(options);
        int tables = (int)
                ByteBuffer.wrap(image).order(java.nio.ByteOrder.LITTLE_ENDIAN).getLong(64);
        Random random = new Random(4);
        for (int i = 0; i < FLIPS; i++) {
            int at =
                    switch (i % 4) {
                        case 0 -> random.nextInt(Superblock.SIZE);
                        case 1 -> random.nextInt(image.length);
                        default -> tables + random.nextInt(image.length - tables);
                    };
            byte[] changed = image.clone();
            changed[at] ^= (byte) (1 + random.nextInt(255));
            try {
                walk(new ArraySource(changed), random);
            } catch (RuntimeException | Error e) {
                fail(options + ", byte " + at + " changed to " + changed[at], e);
            }
        }
    }

    /** Opens, lists, and reads everything. */
    private String walk(BlockSource source, Random random) throws IOException {
        BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
        String result;
        try (cache) {
            result = walk(source, cache, random);
        }
        ReleasedMemory.await(cache);
        return result;
    }

    private String walk(BlockSource source, BlockCache cache, Random random) {
        try (SquashFs tree = SquashFs.open(source, cache)) {
            walk(tree);
            for (int i = 0; i < 30; i++) {
                long reference = (random.nextLong(5000) << 16) | random.nextInt(8192);
                use(tree, random.nextBoolean() ? random.nextLong() : reference + 2);
            }
            return "opened";
        } catch (BadImageException e) {
            assertTrue(e.getMessage().contains(": at byte "), e.getMessage());
            return "refused";
        } catch (IOException e) {
            assertTrue(e.getMessage().contains("at byte "), e.getMessage());
            return "unreadable";
        }
    }

    private void walk(SquashFs tree) {
        Set<Long> seen = new HashSet<>();
        ArrayDeque<Long> todo = new ArrayDeque<>();
        todo.add(FileTree.ROOT);
        for (Long id; (id = todo.poll()) != null && seen.size() < MOST_ENTRIES; ) {
            long directory = id;
            use(tree, directory);
            attempt(() -> tree.readdir(directory, 0, (name, entry, ino, type, next) -> {
                if (!name.equals(Name.DOT) && !name.equals(Name.DOT_DOT) && seen.add(entry)) {
                    todo.add(entry);
                    attempt(() -> tree.lookup(directory, name));
                }
                return seen.size() < MOST_ENTRIES;
            }));
        }
    }

    private void use(SquashFs tree, long id) {
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
        attempt(() -> tree.readdir(id, 77, (name, entry, ino, type, next) -> true));
        if (found[0].isSymlink()) {
            attempt(() -> tree.readlink(id));
        }
        if (found[0].isRegular()) {
            long size = found[0].size();
            for (int whence = 3; whence <= 4; whence++) {
                int mode = whence;
                attempt(() -> tree.lseek(id, 0, 0, mode));
            }
            for (long at = 0; at < Math.min(size, MOST_BYTES); at += 1 << 14) {
                long offset = at;
                sink.clear();
                attempt(() -> tree.read(id, 0, offset, 1 << 14, sink));
            }
            sink.clear();
            attempt(() -> tree.read(id, 0, Math.max(0, size - 5000), 1 << 20, sink));
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
