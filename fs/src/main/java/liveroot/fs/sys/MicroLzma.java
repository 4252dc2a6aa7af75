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

    private static final HostLibrary LIBRARY = new HostLibrary("liblzma.so.5");
    private static final long DECODER = LIBRARY.symbol("lzma_microlzma_decoder");
    private static final long CODE = LIBRARY.symbol("lzma_code");
    private static final long END = LIBRARY.symbol("lzma_end");
    private static final CallContext ONE_WORD = HostLibrary.words(1);
    private static final CallContext TWO_WORDS = HostLibrary.words(2);
    private static final CallContext FIVE_WORDS = HostLibrary.words(5);

    /** lzma_ret and lzma_action of lzma/base.h. */
    private static final int OK = 0;

    private static final int STREAM_END = 1;
    private static final int FINISH = 3;

    private final LzmaStream stream = new LzmaStream();

    /** Reachable for as long as liblzma reads it. */
    private ByteBuffer input;

    private int left;
    private boolean isAll;
    private boolean ended;

    private MicroLzma() {}

    /**
     * A decoder.
     *
     * @return null if this host has no liblzma, or one that does not know MicroLZMA
     */
    public static MicroLzma open() {
        return LIBRARY.isComplete() ? new MicroLzma() : null;
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
                FIVE_WORDS, DECODER, stream.address(), packed.remaining(), length, all ? 1 : 0, dictionary);
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
        int result = (int) INVOKER.invokeL2(TWO_WORDS, CODE, stream.address(), FINISH);
        if (result != OK && result != STREAM_END) {
            throw new IOException("liblzma error " + result + ", " + stream.inputLeft() + " of " + input.remaining()
                    + " packed bytes left");
        }
        ended = result == STREAM_END;
    }

    @Override
    public void close() {
        INVOKER.invokeL1(ONE_WORD, END, stream.address());
        stream.close();
    }
}
