package liveroot.fs.sys;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.Library;
import com.kenai.jffi.Type;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** The host's libbz2 1.0 (BSD licence), from direct memory to direct memory. Used by one thread at a time. */
public final class Bzip2 implements AutoCloseable {

    private static final CallContext SIX_WORDS = sixWords();

    private final long decode;
    /** The length of the plain bytes: a u32 that the call changes. */
    private final ByteBuffer cell = NativeMemory.allocate(Integer.BYTES);

    private final long cellAddress = NativeMemory.address(cell);

    private Bzip2(long decode) {
        this.decode = decode;
    }

    private static CallContext sixWords() {
        Type[] words = new Type[6];
        Arrays.fill(words, Type.SINT64);
        return CallContext.getCallContext(Type.SINT64, words, CallingConvention.DEFAULT, false);
    }

    /**
     * A decoder.
     *
     * @return null if this host has no libbz2
     */
    public static Bzip2 open() {
        Library library = Library.getCachedInstance("libbz2.so.1.0", Library.NOW | Library.LOCAL);
        long decode = library == null ? 0 : library.getSymbolAddress("BZ2_bzBuffToBuffDecompress");
        return decode == 0 ? null : new Bzip2(decode);
    }

    /**
     * Unpacks one bzip2 stream.
     *
     * @param packed direct memory, all of it from position to limit
     * @param plain direct memory with room from position 0 to limit
     * @return bytes put into {@code plain}
     * @throws IOException with libbz2's error number (bzlib.h) if the stream is damaged or does not fit
     */
    public int decode(ByteBuffer packed, ByteBuffer plain) throws IOException {
        cell.putInt(0, plain.limit());
        int result = (int) Invoker.getInstance()
                .invokeL6(
                        SIX_WORDS,
                        decode,
                        NativeMemory.address(plain),
                        cellAddress,
                        NativeMemory.address(packed) + packed.position(),
                        packed.remaining(),
                        0,
                        0);
        if (result != 0) {
            throw new IOException("bad bzip2 stream (libbz2 error " + result + ")");
        }
        return cell.getInt(0);
    }

    @Override
    public void close() {
        NativeMemory.free(cell);
    }
}
