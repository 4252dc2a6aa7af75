package liveroot.fs.codec;

import java.io.IOException;
import java.nio.ByteBuffer;
import liveroot.fs.sys.Lzma;

/** An .xz stream per block, by the host's liblzma: several times as fast as the Java library, and off the heap. */
public final class NativeXzDecoder implements Decoder {

    private final Lzma lzma;

    private NativeXzDecoder(Lzma lzma) {
        this.lzma = lzma;
    }

    /**
     * A decoder.
     *
     * @param dictionary bytes that a stream may ask for
     * @return null if the host has no liblzma
     */
    public static NativeXzDecoder open(int dictionary) {
        // The dictionary, and what the decoder itself takes.
        Lzma lzma = Lzma.open(dictionary + XzDecoder.STATE * 1024L);
        return lzma == null ? null : new NativeXzDecoder(lzma);
    }

    @Override
    public int unpack(ByteBuffer packed, ByteBuffer plain) throws IOException {
        return lzma.decode(packed, plain);
    }

    @Override
    public void close() {
        lzma.close();
    }
}
