package liveroot.fs.squashfs;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import liveroot.fs.codec.Decoder;
import liveroot.fs.codec.HeapBlocks;
import org.tukaani.xz.BasicArrayCache;
import org.tukaani.xz.LZMAInputStream;

/** A .lzma stream per block: properties (1 byte), dictionary size (4), unpacked size (8, or all ones), data. */
final class LzmaDecoder implements Decoder {

    private static final int HEADER = 13;

    private final HeapBlocks heap;
    private final BasicArrayCache arrays = new BasicArrayCache();

    LzmaDecoder(int blockSize) {
        int size = Math.max(blockSize, Metadata.BLOCK_SIZE);
        heap = new HeapBlocks(size, size);
    }

    @Override
    public int unpack(ByteBuffer packed, ByteBuffer plain) throws IOException {
        if (packed.limit() < HEADER) {
            throw new IOException("an lzma stream of " + packed.limit() + " bytes, shorter than its header");
        }
        packed.order(ByteOrder.LITTLE_ENDIAN);
        byte properties = packed.get(0);
        long unpacked = packed.getLong(5);
        if (unpacked < -1 || unpacked > plain.limit()) {
            throw new IOException("lzma stream of " + Long.toUnsignedString(unpacked) + " bytes, more than "
                    + plain.limit() + " expected");
        }
        packed.position(HEADER);
        ByteArrayInputStream data = heap.packed(packed);
        // No distance reaches back further than the block, so the dictionary size of the header does not matter.
        try (LZMAInputStream lzma = new LZMAInputStream(data, unpacked, properties, heap.capacity(), null, arrays)) {
            // mksquashfs and gensquashfs state the size and write an end marker all the same.
            lzma.enableRelaxedEndCondition();
            return heap.drain(lzma, plain);
        }
    }
}
