package liveroot.fs.codec;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;

/** A bzip2 stream per block, for hosts without libbz2. The library works on the heap. */
public final class Bzip2Decoder implements Decoder {

    private final HeapBlocks heap;

    /** For blocks of up to so many bytes, packed and plain. */
    public Bzip2Decoder(int packedSize, int plainSize) {
        heap = new HeapBlocks(packedSize, plainSize);
    }

    @Override
    public int unpack(ByteBuffer packed, ByteBuffer plain) throws IOException {
        try (BZip2CompressorInputStream bzip2 = new BZip2CompressorInputStream(heap.packed(packed))) {
            return heap.drain(bzip2, plain);
        }
    }
}
