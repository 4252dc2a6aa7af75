package liveroot.fs.sys;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.Invoker;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The host's liblzma 5 (xz-utils, 0BSD), from direct memory to direct memory. Used by one thread at a time. What it allocates
 * for a stream serves for the next one: memory that is new to a process costs the kernel a fault for each of its pages.
 */
public final class Lzma implements AutoCloseable {

    private static final Invoker INVOKER = Invoker.getInstance();

    private static final HostLibrary LIBRARY = new HostLibrary("liblzma.so.5");
    private static final long DECODER = LIBRARY.symbol("lzma_stream_decoder");
    private static final long CODE = LIBRARY.symbol("lzma_code");
    private static final long MEMORY_USAGE = LIBRARY.symbol("lzma_memusage");
    private static final long END = LIBRARY.symbol("lzma_end");
    private static final CallContext ONE_WORD = HostLibrary.words(1);
    private static final CallContext TWO_WORDS = HostLibrary.words(2);
    private static final CallContext THREE_WORDS = HostLibrary.words(3);

    /** lzma_ret and lzma_action of lzma/base.h. */
    private static final int OK = 0;

    private static final int STREAM_END = 1;
    private static final int MEMORY_LIMIT = 6;
    private static final int DATA_ERROR = 9;
    private static final int BUFFER_ERROR = 10;
    private static final int FINISH = 3;

    private final long memoryLimit;
    private final LzmaStream stream = new LzmaStream();

    private Lzma(long memoryLimit) {
        this.memoryLimit = memoryLimit;
    }

    /**
     * A decoder.
     *
     * @param memoryLimit bytes that it may allocate, the dictionary included
     * @return null if this host has no liblzma
     */
    public static Lzma open(long memoryLimit) {
        return LIBRARY.isComplete() ? new Lzma(memoryLimit) : null;
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
        int result = (int) INVOKER.invokeL3(THREE_WORDS, DECODER, stream.address(), memoryLimit, 0);
        stream.input(packed);
        stream.output(plain, 0);
        if (result == OK) {
            result = (int) INVOKER.invokeL2(TWO_WORDS, CODE, stream.address(), FINISH);
        }
        int plainBytes = plain.limit() - stream.outputLeft();
        if (result == STREAM_END) {
            return plainBytes;
        } else if (result == MEMORY_LIMIT) {
            throw new IOException("the xz stream wants "
                    + INVOKER.invokeL1(ONE_WORD, MEMORY_USAGE, stream.address())
                    + " bytes of memory, " + memoryLimit + " are allowed");
        } else if (result == OK) {
            result = stream.inputLeft() == 0 ? DATA_ERROR : BUFFER_ERROR;
        }
        throw new IOException("bad xz stream (liblzma error " + result + " at packed byte "
                + (packed.remaining() - stream.inputLeft()) + ", plain byte " + plainBytes + ")");
    }

    @Override
    public void close() {
        INVOKER.invokeL1(ONE_WORD, END, stream.address());
        stream.close();
    }
}
