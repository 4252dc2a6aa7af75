package liveroot.fs.squashfs;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.cache.FileSource;
import liveroot.fs.Attributes;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Name;
import liveroot.fs.Node;
import liveroot.fs.ReadSink;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Lookups, walks and reads of an image, of each compressor. Needs mksquashfs. To run it, from the top of the project:
 *
 * <pre>
 * mvn -B -q -pl fs -am test-compile dependency:build-classpath -Dmdep.outputFile=target/classpath
 * java -cp fs/target/test-classes:fs/target/classes:$(cat fs/target/classpath) org.openjdk.jmh.Main SquashFsBenchmark
 * </pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"-XX:+UseSerialGC", "-Xmx128m", "-XX:MaxDirectMemorySize=256m"})
public class SquashFsBenchmark {

    private static final int FILE = 64 << 20;
    private static final int REQUEST = 1 << 20;

    /** Less than the file unpacked, so that reads unpack. */
    private static final long BUDGET = 16 << 20;

    @Param({"gzip", "lzma", "lzo", "xz", "lz4", "zstd"})
    public String compressor;

    private Path directory;
    private BlockCache cache;
    private SquashFs tree;
    private long many;
    private long file;
    private final List<Name> names = new ArrayList<>();
    private final Random random = new Random(1);
    private long next;

    private final ReadSink sink = new ReadSink() {

        private final ByteBuffer space = ByteBuffer.allocateDirect(REQUEST);

        @Override
        public void block(Block block, int offset, int length) {}

        @Override
        public void zeros(int length) {}

        @Override
        public ByteBuffer space(int length) {
            return space.slice(0, length);
        }
    };

    @Setup
    public void open() throws IOException, FsException {
        directory = Files.createTempDirectory("liveroot-benchmark");
        Path source = Files.createDirectories(directory.resolve("src/many")).getParent();
        for (int i = 0; i < 5000; i++) {
            names.add(Name.of("a_name_of_common_length_" + i));
            Files.createFile(source.resolve("many/" + names.get(i)));
        }
        try (BufferedWriter text = Files.newBufferedWriter(source.resolve("text"))) {
            for (int i = 0; i < FILE / 8; i++) {
                text.write("%-7s ".formatted(Integer.toString(random.nextInt(3000) * 7919, 36)));
            }
        }
        Commands.sh(directory, "mksquashfs src image -noappend -quiet -no-progress -comp " + compressor);
        cache = new BlockCache(BUDGET);
        tree = SquashFs.open(FileSource.open(directory.resolve("image")), cache);
        many = tree.lookup(FileTree.ROOT, Name.of("many")).id();
        file = tree.lookup(FileTree.ROOT, Name.of("text")).id();
    }

    @TearDown
    public void close() throws IOException {
        tree.close();
        cache.close();
        Commands.sh(Path.of("/"), "rm -rf " + directory);
    }

    @Benchmark
    public Node lookup() throws FsException {
        return tree.lookup(many, names.get(random.nextInt(names.size())));
    }

    @Benchmark
    public Attributes getattr() throws FsException {
        return tree.getattr(file);
    }

    /** Some 5,000 inodes. */
    @Benchmark
    public long walkTree() throws FsException {
        ArrayDeque<Long> directories = new ArrayDeque<>();
        directories.add(FileTree.ROOT);
        long[] sizes = new long[1];
        List<Long> ids = new ArrayList<>();
        for (Long id; (id = directories.poll()) != null; ) {
            ids.clear();
            tree.readdir(id, 2, (name, entry, ino, type, cookie) -> ids.add(entry));
            for (long entry : ids) {
                Attributes attributes = tree.reference(entry).attributes();
                sizes[0] += attributes.size();
                if (attributes.isDirectory()) {
                    directories.add(entry);
                }
            }
        }
        return sizes[0];
    }

    /** 1 MiB, the next of the file each time. */
    @Benchmark
    public void readSequentially() throws FsException {
        tree.read(file, 0, next, REQUEST, sink);
        next = (next + REQUEST) % FILE;
    }

    /** 4 KiB anywhere in the file. */
    @Benchmark
    public void readRandomly() throws FsException {
        tree.read(file, 0, random.nextInt(FILE >> 12) << 12, 4096, sink);
    }
}
