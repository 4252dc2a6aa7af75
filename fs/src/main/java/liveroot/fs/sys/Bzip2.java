package liveroot.fs.sys;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Closure;
import com.kenai.jffi.ClosureManager;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.Type;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The host's libbz2 1.0 (BSD licence), from direct memory to direct memory. Used by one thread at a time. The memory that it
 * asks for, 3.7 MB for a stream, is kept for the next one: memory that is new to a process costs the kernel a fault for each
 * of its pages.
 */
public final class Bzip2 implements AutoCloseable {

    private static final Invoker INVOKER = Invoker.getInstance();

    private static final HostLibrary LIBRARY = new HostLibrary("libbz2.so.1.0");
    private static final long BEGIN = LIBRARY.symbol("BZ2_bzDecompressInit");
    private static final long DECODE = LIBRARY.symbol("BZ2_bzDecompress");
    private static final long END = LIBRARY.symbol("BZ2_bzDecompressEnd");
    private static final CallContext ONE_WORD = HostLibrary.words(1);
    private static final CallContext THREE_WORDS = HostLibrary.words(3);

    /** Results of bzlib.h. */
    private static final int OK = 0;

    private static final int STREAM_END = 4;
    private static final int NO_MEMORY = -3;
    private static final int UNEXPECTED_END = -7;
    private static final int OUTPUT_FULL = -8;

    /** Bytes of bz_stream (bzlib.h), and where its members stand, with pointers of 64 bits. */
    private static final int STREAM_SIZE = 80;

    private static final int NEXT_IN = 0;
    private static final int AVAIL_IN = 8;
    private static final int NEXT_OUT = 24;
    private static final int AVAIL_OUT = 32;
    private static final int TOTAL_OUT = 36;
    private static final int BZALLOC = 56;
    private static final int BZFREE = 64;

    /** Bytes: more than libbz2 asks for at once, which is four for each byte of a block of 900,000. */
    private static final int MOST_ASKED = 4 << 20;

    private final ByteBuffer stream = NativeMemory.allocate(STREAM_SIZE);
    private final long address = NativeMemory.address(stream);
    private final Closure.Handle allocate;
    private final Closure.Handle free;

    /** What a stream asks for, one after the other; the first {@link #used} are this stream's. */
    private final List<ByteBuffer> kept = new ArrayList<>();

    private int used;

    private Bzip2() {
        ClosureManager closures = ClosureManager.getInstance();
        allocate = closures.newClosure(
                this::allocate,
                Type.POINTER,
                new Type[] {Type.POINTER, Type.SINT32, Type.SINT32},
                CallingConvention.DEFAULT);
        free = closures.newClosure(
                call -> {}, Type.VOID, new Type[] {Type.POINTER, Type.POINTER}, CallingConvention.DEFAULT);
    }

    /**
     * A decoder.
     *
     * @return null if this host has no libbz2
     */
    public static Bzip2 open() {
        return LIBRARY.isComplete() ? new Bzip2() : null;
    }

    /** For libbz2, whose thread is the one in {@link #decode}: nothing may be thrown through it. */
    private void allocate(Closure.Buffer call) {
        long length = (long) call.getInt(1) * call.getInt(2);
        long given = 0;
        if (length >= 0 && length <= MOST_ASKED) {
            try {
                given = next((int) length);
            } catch (OutOfMemoryError e) {
                // NULL, which libbz2 reports as BZ_MEM_ERROR.
            }
        }
        call.setAddressReturn(given);
    }

    private long next(int length) {
        if (used == kept.size()) {
            kept.add(NativeMemory.allocate(length));
        } else if (kept.get(used).capacity() < length) {
            ByteBuffer larger = NativeMemory.allocate(length);
            NativeMemory.free(kept.set(used, larger));
        }
        return NativeMemory.address(kept.get(used++));
    }

    /**
     * Unpacks one bzip2 stream.
     *
     * @param packed direct memory, all of it from position to limit
     * @param plain direct memory with room from position 0 to limit
     * @return bytes put into {@code plain}
     * @throws IOException with libbz2's error number (bzlib.h) if the stream is damaged or does not fit
     * @throws OutOfMemoryError if it is not to blame
     */
    public int decode(ByteBuffer packed, ByteBuffer plain) throws IOException {
        used = 0;
        for (int i = 0; i < STREAM_SIZE; i += Long.BYTES) {
            stream.putLong(i, 0);
        }
        stream.putLong(BZALLOC, allocate.getAddress());
        stream.putLong(BZFREE, free.getAddress());
        int result = (int) INVOKER.invokeL3(THREE_WORDS, BEGIN, address, 0, 0);
        if (result == OK) {
            stream.putLong(NEXT_IN, NativeMemory.address(packed) + packed.position());
            stream.putInt(AVAIL_IN, packed.remaining());
            stream.putLong(NEXT_OUT, NativeMemory.address(plain));
            stream.putInt(AVAIL_OUT, plain.limit());
            result = (int) INVOKER.invokeL1(ONE_WORD, DECODE, address);
            INVOKER.invokeL1(ONE_WORD, END, address);
        }
        if (result == OK) {
            result = stream.getInt(AVAIL_IN) == 0 ? UNEXPECTED_END : OUTPUT_FULL;
        }
        if (result == NO_MEMORY) {
            throw new OutOfMemoryError("no memory for libbz2");
        } else if (result != STREAM_END) {
            throw new IOException("bad bzip2 stream (libbz2 error " + result + ")");
        }
        return stream.getInt(TOTAL_OUT);
    }

    @Override
    public void close() {
        allocate.dispose();
        free.dispose();
        kept.forEach(NativeMemory::free);
        NativeMemory.free(stream);
    }
}
