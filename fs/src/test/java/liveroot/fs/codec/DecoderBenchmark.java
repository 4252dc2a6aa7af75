package liveroot.fs.codec;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.DeflaterOutputStream;
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
import org.openjdk.jmh.annotations.Warmup;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZ;
import org.tukaani.xz.XZOutputStream;

/**
 * Unpacks blocks of 128 KiB of the JVM's own library, by the host's libraries and by Java's. To run it, from the top of
 * the project:
 *
 * <pre>
 * mvn -B -q -pl fs -am test-compile dependency:build-classpath -Dmdep.outputFile=target/classpath
 * java -cp fs/target/test-classes:fs/target/classes:$(cat fs/target/classpath) org.openjdk.jmh.Main DecoderBenchmark
 * </pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 10, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"-XX:+UseSerialGC", "-Xmx128m", "-XX:TieredStopAtLevel=1"})
public class DecoderBenchmark {

    private static final int BLOCK = 128 << 10;
    private static final int BLOCKS = 64;

    @Param({"zlib", "zlib-native", "xz", "xz-native"})
    public String decoder;

    private final List<ByteBuffer> packed = new ArrayList<>();
    private final ByteBuffer plain = ByteBuffer.allocateDirect(BLOCK);
    private Decoder unpacking;
    private int next;

    @Setup
    public void pack() throws IOException {
        byte[] bytes = Files.readAllBytes(Path.of(System.getProperty("java.home"), "lib", "server", "libjvm.so"));
        for (int i = 0; i < BLOCKS; i++) {
            ByteArrayOutputStream stream = new ByteArrayOutputStream();
            try (OutputStream out = decoder.startsWith("zlib")
                    ? new DeflaterOutputStream(stream)
                    : new XZOutputStream(stream, options(), XZ.CHECK_CRC32)) {
                out.write(bytes, i * BLOCK, BLOCK);
            }
            packed.add(ByteBuffer.allocateDirect(stream.size())
                    .put(stream.toByteArray())
                    .flip());
        }
        unpacking = switch (decoder) {
            case "zlib" -> new ZlibDecoder();
            case "zlib-native" -> NativeZlibDecoder.open();
            case "xz" -> new XzDecoder(BLOCK, BLOCK, BLOCK);
            default -> NativeXzDecoder.open(BLOCK);
        };
    }

    private static LZMA2Options options() throws IOException {
        LZMA2Options options = new LZMA2Options();
        options.setDictSize(BLOCK);
        return options;
    }

    @Benchmark
    public int unpack() throws IOException {
        next = (next + 1) % BLOCKS;
        return unpacking.unpack(packed.get(next).duplicate(), plain.clear());
    }
}
