package liveroot.fs.codec;

import java.io.IOException;
import java.nio.ByteBuffer;
import liveroot.fs.sys.Bzip2;

/** A bzip2 stream per block, by the host's libbz2: faster than the Java library, and off the heap. */
public final class NativeBzip2Decoder implements Decoder {

    private final Bzip2 bzip2;

    private NativeBzip2Decoder(Bzip2 bzip2) {
        this.bzip2 = bzip2;
    }

    /**
     * A decoder.
     *
     * @return null if the host has no libbz2
     */
    public static NativeBzip2Decoder open() {
        Bzip2 bzip2 = Bzip2.open();
        return bzip2 == null ? null : new NativeBzip2Decoder(bzip2);
    }

    @Override
    public int unpack(ByteBuffer packed, ByteBuffer plain) throws IOException {
        return bzip2.decode(packed, plain);
    }

    @Override
    public void close() {
        bzip2.close();
    }
}
