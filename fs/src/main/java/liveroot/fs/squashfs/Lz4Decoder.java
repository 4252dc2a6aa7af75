package liveroot.fs.squashfs;

import java.nio.ByteBuffer;
import liveroot.fs.codec.Decoder;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

/** A raw LZ4 block, with no frame around it. */
final class Lz4Decoder implements Decoder {

    private final LZ4SafeDecompressor lz4 = LZ4Factory.fastestInstance().safeDecompressor();

    @Override
    public int unpack(ByteBuffer packed, ByteBuffer plain) {
        return lz4.decompress(packed, 0, packed.limit(), plain, 0, plain.limit());
    }
}
