package liveroot.fs.squashfs;

import io.airlift.compress.lzo.LzoDecompressor;
import java.nio.ByteBuffer;
import liveroot.fs.codec.Decoder;

/** Raw LZO1X data per block. */
final class LzoDecoder implements Decoder {

    private final LzoDecompressor lzo = new LzoDecompressor();

    @Override
    public int unpack(ByteBuffer packed, ByteBuffer plain) {
        lzo.decompress(packed, plain);
        return plain.position();
    }
}
