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

    /** lzma_ret and lzma_action of lzma/base.h. */
    private static final int OK = 0;

    private static final int STREAM_END = 1;
    private static final int MEMORY_LIMIT = 6;
    private static final int DATA_ERROR = 9;
    private static final int BUFFER_ERROR = 10;
    private static final int FINISH = 3;

    private final Functions functions;
    private final long memoryLimit;
    private final LzmaStream stream = new LzmaStream();

    private Lzma(Functions functions, long memoryLimit) {
        this.functions = functions;
        this.memoryLimit = memoryLimit;
    }

    /** Looked up once; what is missing is 0. */
    private static final class Functions {

        static final Functions OF_HOST = new Functions();

        final CallContext oneWord = HostLibrary.words(1);
        final CallContext twoWords = HostLibrary.words(2);
        final CallContext threeWords = HostLibrary.words(3);
        final long decoder;
        final long code;
        final long memoryUsage;
        final long end;

        private Functions() {
            HostLibrary library = new HostLibrary("liblzma.so.5");
            decoder = library.symbol("lzma_stream_decoder");
            code = library.symbol("lzma_code");
            memoryUsage = library.symbol("lzma_memusage");
            end = library.symbol("lzma_end");
        }
    }

    /**
     * A decoder.
     *
     * @param memoryLimit bytes that it may allocate, the dictionary included
     * @return null if this host has no liblzma
     */
    public static Lzma open(long memoryLimit) {
        Functions functions = Functions.OF_HOST;
        boolean isThere =
                functions.decoder != 0 && functions.code != 0 && functions.memoryUsage != 0 && functions.end != 0;
        return isThere ? new Lzma(functions, memoryLimit) : null;
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
        int result = (int) INVOKER.invokeL3(functions.threeWords, functions.decoder, stream.address(), memoryLimit, 0);
        stream.input(packed);
        stream.output(plain, 0);
        if (result == OK) {
            result = (int) INVOKER.invokeL2(functions.twoWords, functions.code, stream.address(), FINISH);
        }
        int plainBytes = plain.limit() - stream.outputLeft();
        if (result == STREAM_END) {
            return plainBytes;
        } else if (result == MEMORY_LIMIT) {
            throw new IOException("the xz stream wants "
                    + INVOKER.invokeL1(functions.oneWord, functions.memoryUsage, stream.address())
                    + " bytes of memory, " + memoryLimit + " are allowed");
        } else if (result == OK) {
            result = stream.inputLeft() == 0 ? DATA_ERROR : BUFFER_ERROR;
        }
        throw new IOException("bad xz stream (liblzma error " + result + " at packed byte "
                + (packed.remaining() - stream.inputLeft()) + ", plain byte " + plainBytes + ")");
    }

    @Override
    public void close() {
        INVOKER.invokeL1(functions.oneWord, functions.end, stream.address());
        stream.close();
    }
}
