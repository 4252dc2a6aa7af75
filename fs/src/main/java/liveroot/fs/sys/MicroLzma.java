package liveroot.fs.sys;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.Invoker;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * MicroLZMA by the host's liblzma 5.4 or later (xz-utils, 0BSD), from direct memory to direct memory, a piece at a time.
 * Used by one thread at a time.
 */
public final class MicroLzma implements AutoCloseable {

    private static final Invoker INVOKER = Invoker.getInstance();

    /** lzma_ret and lzma_action of lzma/base.h. */
    private static final int OK = 0;

    private static final int STREAM_END = 1;
    private static final int FINISH = 3;

    private final Functions functions;
    private final LzmaStream stream = new LzmaStream();

    /** Reachable for as long as liblzma reads it. */
    private ByteBuffer input;

    private int left;
    private boolean isAll;
    private boolean ended;

    private MicroLzma(Functions functions) {
        this.functions = functions;
    }

    /** Looked up once; what is missing is 0. */
    private static final class Functions {

        static final Functions OF_HOST = new Functions();

        final CallContext oneWord = HostLibrary.words(1);
        final CallContext twoWords = HostLibrary.words(2);
        final CallContext fiveWords = HostLibrary.words(5);
        final long decoder;
        final long code;
        final long end;

        private Functions() {
            HostLibrary library = new HostLibrary("liblzma.so.5");
            decoder = library.symbol("lzma_microlzma_decoder");
            code = library.symbol("lzma_code");
            end = library.symbol("lzma_end");
        }
    }

    /**
     * A decoder.
     *
     * @return null if this host has no liblzma, or one that does not know MicroLZMA
     */
    public static MicroLzma open() {
        Functions functions = Functions.OF_HOST;
        return functions.decoder == 0 || functions.code == 0 || functions.end == 0 ? null : new MicroLzma(functions);
    }

    /**
     * Turns to a stream.
     *
     * @param packed direct memory, all of it from position to limit
     * @param length bytes that are wanted of it
     * @param all whether it unpacks to no more
     * @param dictionary bytes that it may reach back, which are allocated
     */
    public void begin(ByteBuffer packed, int length, boolean all, int dictionary) throws IOException {
        int result = (int) INVOKER.invokeL5(
                functions.fiveWords,
                functions.decoder,
                stream.address(),
                packed.remaining(),
                length,
                all ? 1 : 0,
                dictionary);
        if (result != OK) {
            throw new IOException("liblzma error " + result + " at the beginning");
        }
        stream.input(packed);
        input = packed;
        left = length;
        isAll = all;
        ended = false;
    }

    /**
     * Fills {@code plain} with the next bytes.
     *
     * @param plain direct memory, filled from position to limit
     * @throws IOException with liblzma's error number (lzma/base.h) if the stream is damaged
     */
    public void next(ByteBuffer plain) throws IOException {
        stream.output(plain, plain.position());
        left -= plain.remaining();
        while (stream.outputLeft() > 0) {
            if (ended) {
                throw new IOException("it ends " + (left + stream.outputLeft()) + " bytes too early");
            }
            code();
        }
        plain.position(plain.limit());
        // A call without any room is one too many for liblzma only if it cannot end the stream.
        if (left == 0 && isAll && !ended) {
            code();
            if (!ended) {
                throw new IOException("it does not end where it should");
            }
        }
    }

    private void code() throws IOException {
        int result = (int) INVOKER.invokeL2(functions.twoWords, functions.code, stream.address(), FINISH);
        if (result != OK && result != STREAM_END) {
            throw new IOException("liblzma error " + result + ", " + stream.inputLeft() + " of " + input.remaining()
                    + " packed bytes left");
        }
        ended = result == STREAM_END;
    }

    @Override
    public void close() {
        INVOKER.invokeL1(functions.oneWord, functions.end, stream.address());
        stream.close();
    }
}
