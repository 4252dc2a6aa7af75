package liveroot.fs.squashfs;

import java.io.IOException;
import java.nio.ByteBuffer;
import liveroot.fs.sys.Lzma;

/** An .xz stream per block, by the host's liblzma: several times as fast as the Java library, and off the heap. */
final class NativeXzDecoder implements Decoder {

    private final Lzma lzma;

    private NativeXzDecoder(Lzma lzma) {
        this.lzma = lzma;
    }

    /**
     * A decoder.
     *
     * @return null if the host has no liblzma
     */
    static NativeXzDecoder open(int blockSize) {
        // A dictionary of one block, as the kernel allows (fs/squashfs/xz_wrapper.c), and what the decoder itself
        // takes.
        Lzma lzma = Lzma.open(Math.max(blockSize, Metadata.BLOCK_SIZE) + XzDecoder.STATE * 1024L);
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
