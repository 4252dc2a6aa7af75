package liveroot.fs.codec;

import java.io.IOException;
import java.nio.ByteBuffer;

/** The decoders of an image that unpack whole blocks. */
public final class Decoders extends Idle<Decoder> {

    private final String codec;
    private final Maker maker;

    /** Makes one more. */
    @FunctionalInterface
    public interface Maker {
        Decoder decoder();
    }

    /** @param codec what people call it */
    public Decoders(String codec, Maker maker) {
        this.codec = codec;
        this.maker = maker;
    }

    /** See {@link Decoder#unpack}. */
    public int unpack(ByteBuffer packed, ByteBuffer plain) throws DamagedBlockException {
        Decoder decoder = take();
        try {
            return decoder.unpack(packed, plain);
        } catch (IOException | RuntimeException e) {
            throw DamagedBlockException.of(codec, e);
        } finally {
            giveBack(decoder);
        }
    }

    @Override
    Decoder make() {
        return maker.decoder();
    }

    @Override
    void end(Decoder decoder) {
        decoder.close();
    }
}
