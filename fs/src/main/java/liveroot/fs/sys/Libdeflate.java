package liveroot.fs.sys;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.Invoker;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The host's libdeflate (MIT licence), from direct memory to direct memory. Used by one thread at a time. */
public final class Libdeflate implements AutoCloseable {

    private static final Invoker INVOKER = Invoker.getInstance();

    private final Functions functions;
    private final long decompress;
    private final long decompressor;
    /** Where the length of the plain bytes is put: a size_t. */
    private final ByteBuffer cell = NativeMemory.allocate(Long.BYTES);

    private final long cellAddress = NativeMemory.address(cell);

    private Libdeflate(Functions functions, long decompress, long decompressor) {
        this.functions = functions;
        this.decompress = decompress;
        this.decompressor = decompressor;
    }

    /** Looked up once; what is missing is 0. */
    private static final class Functions {

        static final Functions OF_HOST = new Functions();

        final CallContext oneWord = HostLibrary.words(1);
        final CallContext sixWords = HostLibrary.words(6);
        final long allocate;
        final long decompressZlib;
        final long decompressBare;
        final long free;

        private Functions() {
            HostLibrary library = new HostLibrary("libdeflate.so.0");
            allocate = library.symbol("libdeflate_alloc_decompressor");
            decompressZlib = library.symbol("libdeflate_zlib_decompress");
            decompressBare = library.symbol("libdeflate_deflate_decompress");
            free = library.symbol("libdeflate_free_decompressor");
        }
    }

    /**
     * A decompressor of zlib streams.
     *
     * @return null if this host has no libdeflate, or no memory
     */
    public static Libdeflate open() {
        return open(Functions.OF_HOST, Functions.OF_HOST.decompressZlib);
    }

    /** The same of bare DEFLATE streams, without zlib's header and checksum. */
    public static Libdeflate openBare() {
        return open(Functions.OF_HOST, Functions.OF_HOST.decompressBare);
    }

    private static Libdeflate open(Functions functions, long decompress) {
        if (functions.allocate == 0 || decompress == 0 || functions.free == 0) {
            return null;
        }
        long decompressor = INVOKER.invokeL1(functions.oneWord, functions.allocate, 0);
        return decompressor == 0 ? null : new Libdeflate(functions, decompress, decompressor);
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
                functions.sixWords,
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
        INVOKER.invokeL1(functions.oneWord, functions.free, decompressor);
        NativeMemory.free(cell);
    }
}
