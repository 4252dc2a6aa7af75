package liveroot.fs.sys;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.Invoker;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The host's libdeflate (MIT licence), from direct memory to direct memory. Used by one thread at a time. */
public final class Libdeflate implements AutoCloseable {

    private static final Invoker INVOKER = Invoker.getInstance();

    private static final HostLibrary LIBRARY = new HostLibrary("libdeflate.so.0");
    private static final long ALLOCATE = LIBRARY.symbol("libdeflate_alloc_decompressor");
    private static final long DECOMPRESS_ZLIB = LIBRARY.symbol("libdeflate_zlib_decompress");
    private static final long DECOMPRESS_BARE = LIBRARY.symbol("libdeflate_deflate_decompress");
    private static final long FREE = LIBRARY.symbol("libdeflate_free_decompressor");
    private static final CallContext ONE_WORD = HostLibrary.words(1);
    private static final CallContext SIX_WORDS = HostLibrary.words(6);

    private final long decompress;
    private final long decompressor;
    /** Where the length of the plain bytes is put: a size_t. */
    private final ByteBuffer cell = NativeMemory.allocate(Long.BYTES);

    private final long cellAddress = NativeMemory.address(cell);

    private Libdeflate(long decompress, long decompressor) {
        this.decompress = decompress;
        this.decompressor = decompressor;
    }

    /**
     * A decompressor of zlib streams.
     *
     * @return null if this host has no libdeflate, or no memory
     */
    public static Libdeflate open() {
        return open(DECOMPRESS_ZLIB);
    }

    /** The same of bare DEFLATE streams, without zlib's header and checksum. */
    public static Libdeflate openBare() {
        return open(DECOMPRESS_BARE);
    }

    private static Libdeflate open(long decompress) {
        if (!LIBRARY.isComplete()) {
            return null;
        }
        long decompressor = INVOKER.invokeL1(ONE_WORD, ALLOCATE, 0);
        return decompressor == 0 ? null : new Libdeflate(decompress, decompressor);
    }

    /**
     * Unpacks one stream.
     *
     * @param packed direct memory, all of it from position to limit
     * @param plain direct memory with room from position 0 to limit
     * @return bytes put into {@code plain}
     * @throws IOException if the stream is damaged or does not fit
     */
    public int decode(ByteBuffer packed, ByteBuffer plain) throws IOException {
        int result = (int) INVOKER.invokeL6(
                SIX_WORDS,
                decompress,
                decompressor,
                NativeMemory.address(packed) + packed.position(),
                packed.remaining(),
                NativeMemory.address(plain),
                plain.limit(),
                cellAddress);
        // enum libdeflate_result of libdeflate.h
        return switch (result) {
            case 0 -> (int) cell.getLong(0);
            case 3 -> throw new IOException("the stream unpacks to more than " + plain.limit() + " bytes");
            default -> throw new IOException("a bad stream of " + packed.remaining() + " bytes");
        };
    }

    @Override
    public void close() {
        INVOKER.invokeL1(ONE_WORD, FREE, decompressor);
        NativeMemory.free(cell);
    }
}
