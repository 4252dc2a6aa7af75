package liveroot.fs.codec;

import java.io.IOException;
import java.nio.ByteBuffer;
import liveroot.fs.sys.MicroLzma;

/** A MicroLZMA stream per block, by the host's liblzma: several times as fast as the Java library, and off the heap. */
public final class NativeMicroLzmaDecoder implements PieceDecoder {

    private static final int SMALLEST_DICTIONARY = 4096;

    private final MicroLzma lzma;
    private final int dictionary;

    private NativeMicroLzmaDecoder(MicroLzma lzma, int dictionary) {
        this.lzma = lzma;
        this.dictionary = dictionary;
    }

    /**
     * A decoder.
     *
     * @param dictionary bytes that a stream may reach back
     * @return null if the host has no liblzma, or one before 5.4
     */
    public static NativeMicroLzmaDecoder open(int dictionary) {
        MicroLzma lzma = MicroLzma.open();
        return lzma == null ? null : new NativeMicroLzmaDecoder(lzma, dictionary);
    }

    @Override
    public void begin(ByteBuffer packed, int length, boolean isAll) throws IOException {
        // No distance reaches back further than the block.
        lzma.begin(packed, length, isAll, Math.max(SMALLEST_DICTIONARY, Math.min(dictionary, length)));
    }

    @Override
    public void next(ByteBuffer plain) throws IOException {
        lzma.next(plain);
    }

    @Override
    public void close() {
        lzma.close();
    }
}
