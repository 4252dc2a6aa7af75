package liveroot.fs.codec;

import java.io.IOException;
import java.nio.ByteBuffer;
import liveroot.fs.sys.Libdeflate;

/** A zlib stream per block, by the host's libdeflate: faster than the JDK's zlib. */
public final class NativeZlibDecoder implements Decoder {

    private final Libdeflate libdeflate;

    private NativeZlibDecoder(Libdeflate libdeflate) {
        this.libdeflate = libdeflate;
    }

    /**
     * A decoder.
     *
     * @return null if the host has no libdeflate
     */
    public static NativeZlibDecoder open() {
        Libdeflate libdeflate = Libdeflate.open();
        return libdeflate == null ? null : new NativeZlibDecoder(libdeflate);
    }

    @Override
    public int unpack(ByteBuffer packed, ByteBuffer plain) throws IOException {
        return libdeflate.decode(packed, plain);
    }

    @Override
    public void close() {
        libdeflate.close();
    }
}
