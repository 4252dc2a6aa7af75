package liveroot.fs.squashfs;

import io.airlift.compress.MalformedInputException;
import io.airlift.compress.lzo.LzoDecompressor;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Raw LZO1X data per block. */
final class LzoDecoder implements Decoder {

    private final LzoDecompressor lzo = new LzoDecompressor();

    @Override
    public int unpack(ByteBuffer packed, ByteBuffer plain) throws IOException {
        try {
            lzo.decompress(packed, plain);
        } catch (MalformedInputException | IndexOutOfBoundsException e) {
            throw new IOException("bad lzo1x data: " + e.getMessage(), e);
        }
        return plain.position();
    }
}
