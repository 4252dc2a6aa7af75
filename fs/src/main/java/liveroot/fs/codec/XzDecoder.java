package liveroot.fs.codec;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.tukaani.xz.BasicArrayCache;
import org.tukaani.xz.SingleXZInputStream;

/**
 * An .xz stream per block, with or without BCJ filters. The library works on the heap; its arrays are used again for the
 * next block.
 */
public final class XzDecoder implements Decoder {

    /** What an LZMA2 decoder takes beside its dictionary, in KiB: at most 104 by the library, rounded up. */
    static final int STATE = 256;

    private final HeapBlocks heap;
    private final BasicArrayCache arrays = new BasicArrayCache();
    private final int memoryLimit;

    /**
     * For blocks of up to so many bytes, packed and plain.
     *
     * @param dictionary bytes that a stream may ask for
     */
    public XzDecoder(int packedSize, int plainSize, int dictionary) {
        heap = new HeapBlocks(packedSize, plainSize);
        memoryLimit = dictionary / 1024 + STATE;
    }

    @Override
    public int unpack(ByteBuffer packed, ByteBuffer plain) throws IOException {
        try (SingleXZInputStream xz = new SingleXZInputStream(heap.packed(packed), memoryLimit, true, arrays)) {
            return heap.drain(xz, plain);
        }
    }
}
