package liveroot.fs.fuse.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.MemoryTree;
import liveroot.fs.sys.Libc;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What the front itself takes for a request: to decode it, ask a tree in memory, and lay out the answer, with the JIT
 * compiler that a daemon has. {@code bareWrite} is the system call in {@code lookupAndSend}, to /dev/null. To run it, from
 * the top of the project:
 *
 * <pre>
 * mvn -B -q -pl fs -am test-compile dependency:build-classpath -Dmdep.outputFile=target/classpath
 * java -cp fs/target/test-classes:fs/target/classes:$(cat fs/target/classpath) org.openjdk.jmh.Main RequestBenchmark
 * </pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 10, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"-XX:+UseSerialGC", "-Xmx128m", "-XX:TieredStopAtLevel=1"})
public class RequestBenchmark {

    private static final String NAME = "a_name_of_common_length";

    private final ByteBuffer buffer =
            ByteBuffer.allocateDirect(Session.REQUEST_BUFFER).order(ByteOrder.nativeOrder());
    private final Request request = new Request(buffer);
    private final int sink = Libc.open("/dev/null", Libc.O_WRONLY, 0);
    private final Reply reply = new DeviceReply(sink, Session.LARGEST_TRANSFER);
    private Operations operations;
    private Grants grants;

    @Setup
    public void open() throws FsException {
        MemoryTree tree = new MemoryTree().file(NAME, "text").freeze();
        Backings backings = new Backings(-1);
        Held held = new Held(tree, backings);
        grants = new Grants(held, backings);
        operations = new Operations(tree, true, held, grants, reply, () -> false);
    }

    @TearDown
    public void close() {
        Libc.close(sink);
        reply.free();
    }

    private void serve(int opcode, byte[] payload) throws FsException {
        int length = Wire.IN_HEADER + payload.length;
        buffer.putInt(Wire.IN_LENGTH, length).putInt(Wire.IN_OPCODE, opcode).putLong(Wire.IN_NODE, FileTree.ROOT);
        buffer.put(Wire.IN_HEADER, payload);
        request.accept(length);
        grants.begin();
        reply.begin();
        operations.serve(request);
    }

    private static final byte[] LOOKUP = (NAME + "\0").getBytes(StandardCharsets.US_ASCII);
    private static final byte[] GETATTR = new byte[16];

    @Benchmark
    public int getattr() throws FsException {
        serve(Wire.GETATTR, GETATTR);
        return reply.payload();
    }

    @Benchmark
    public int lookup() throws FsException {
        serve(Wire.LOOKUP, LOOKUP);
        return reply.payload();
    }

    @Benchmark
    public long lookupAndSend() throws FsException {
        serve(Wire.LOOKUP, LOOKUP);
        return reply.send(1);
    }

    @Benchmark
    public long bareWrite() {
        reply.begin();
        return reply.send(1);
    }
}
