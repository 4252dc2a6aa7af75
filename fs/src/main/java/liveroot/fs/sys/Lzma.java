package liveroot.fs.sys;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.HeapInvocationBuffer;
import com.kenai.jffi.Invoker;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The host's liblzma 5 (xz-utils, 0BSD), from direct memory to direct memory. Used by one thread at a time. */
public final class Lzma implements AutoCloseable {

    private static final int OK = 0;
    private static final int MEMORY_LIMIT = 6;

    private static final CallContext NINE_WORDS = HostLibrary.words(9);

    private final long decode;
    private final long memoryLimit;

    /** Memory limit, position in the packed bytes, position in the plain bytes: three u64 that the call changes. */
    private final ByteBuffer cells = NativeMemory.allocate(3 * Long.BYTES);

    private final long cellsAddress = NativeMemory.address(cells);

    private Lzma(long decode, long memoryLimit) {
        this.decode = decode;
        this.memoryLimit = memoryLimit;
    }

    /**
     * A decoder.
     *
     * @param memoryLimit bytes that it may allocate, the dictionary included
     * @return null if this host has no liblzma
     */
    public static Lzma open(long memoryLimit) {
        long decode = new HostLibrary("liblzma.so.5").symbol("lzma_stream_buffer_decode");
        return decode == 0 ? null : new Lzma(decode, memoryLimit);
    }

    /**
     * Unpacks one whole .xz stream.
     *
     * @param packed direct memory, all of it from position to limit
     * @param plain direct memory with room from position 0 to limit
     * @return bytes put into {@code plain}
     * @throws IOException with liblzma's error number (lzma/base.h) if the stream is damaged, does not fit, or asks for
     *     more memory than it may have
     */
    public int decode(ByteBuffer packed, ByteBuffer plain) throws IOException {
        cells.putLong(0, memoryLimit).putLong(8, 0).putLong(16, 0);
        HeapInvocationBuffer arguments = new HeapInvocationBuffer(NINE_WORDS);
        arguments.putLong(cellsAddress);
        arguments.putLong(0);
        arguments.putLong(0);
        arguments.putLong(NativeMemory.address(packed) + packed.position());
        arguments.putLong(cellsAddress + 8);
        arguments.putLong(packed.remaining());
        arguments.putLong(NativeMemory.address(plain));
        arguments.putLong(cellsAddress + 16);
        arguments.putLong(plain.limit());
        int result = (int) Invoker.getInstance().invokeLong(NINE_WORDS, decode, arguments);
        if (result == MEMORY_LIMIT) {
            throw new IOException(
                    "the xz stream wants " + cells.getLong(0) + " bytes of memory, " + memoryLimit + " are allowed");
        }
        if (result != OK) {
            throw new IOException("bad xz stream (liblzma error " + result + " at packed byte " + cells.getLong(8)
                    + ", plain byte " + cells.getLong(16) + ")");
        }
        return (int) cells.getLong(16);
    }

    @Override
    public void close() {
        NativeMemory.free(cells);
    }
}
