package liveroot.fs.squashfs;

import com.github.luben.zstd.ZstdDecompressCtx;
import java.nio.ByteBuffer;
import liveroot.fs.codec.Decoder;

/** A zstd frame per block. It is unpacked in one step, so that no window is allocated, whatever its header asks for. */
final class ZstdDecoder implements Decoder {

    private final ZstdDecompressCtx zstd = new ZstdDecompressCtx();

    @Override
    public int unpack(ByteBuffer packed, ByteBuffer plain) {
        return zstd.decompressDirectByteBuffer(plain, 0, plain.limit(), packed, 0, packed.limit());
    }

    @Override
    public void close() {
        zstd.close();
    }
}
