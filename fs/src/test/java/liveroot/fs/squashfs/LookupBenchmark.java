package liveroot.fs.squashfs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import liveroot.cache.BlockCache;
import liveroot.cache.FileSource;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Name;
import liveroot.fs.Node;
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
 * Lookups in directories of several sizes, all blocks unpacked, with the JIT compiler that a daemon has. Needs mksquashfs
 * and perl. It is run as {@link SquashFsBenchmark} is.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 10, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"-XX:+UseSerialGC", "-Xmx128m", "-XX:TieredStopAtLevel=1"})
public class LookupBenchmark {

    @Param({"100", "1000", "10000", "100000"})
    public int entries;

    private Path directory;
    private BlockCache cache;
    private SquashFs tree;
    private final Random random = new Random(1);

    @Setup
    public void open() throws IOException {
        directory = Files.createTempDirectory("liveroot-benchmark");
        Commands.sh(
                directory,
                """
                mkdir links; cd links
                perl -e 'for (0 .. %d - 1) { symlink "target", sprintf "a_name_of_common_length_%%06d", $_ or die }'
                cd ..; mksquashfs links image -noappend -quiet -no-progress -comp lz4; rm -rf links
                """
                        .formatted(entries));
        cache = new BlockCache(64 << 20);
        tree = SquashFs.open(FileSource.open(directory.resolve("image")), cache);
    }

    @TearDown
    public void close() throws IOException {
        tree.close();
        cache.close();
        Commands.sh(Path.of("/"), "rm -rf " + directory);
    }

    @Benchmark
    public Node lookup() throws FsException {
        String number = Integer.toString(1_000_000 + random.nextInt(entries)).substring(1);
        return tree.lookup(FileTree.ROOT, Name.of("a_name_of_common_length_" + number));
    }
}
