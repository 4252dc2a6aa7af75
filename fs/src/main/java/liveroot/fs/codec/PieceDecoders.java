package liveroot.fs.codec;

import java.io.IOException;
import java.nio.ByteBuffer;

/** The decoders of an image that unpack blocks in pieces. */
public final class PieceDecoders extends Idle<PieceDecoder> {

    private final String codec;
    private final Maker maker;

    /** Makes one more. */
    @FunctionalInterface
    public interface Maker {
        PieceDecoder decoder();
    }

    /** @param codec what people call it */
    public PieceDecoders(String codec, Maker maker) {
        this.codec = codec;
        this.maker = maker;
    }

    /**
     * Unpacks the first {@code length} bytes of a block, and leaves the last piece of them.
     *
     * @param packed direct memory, from its position to its limit
     * @param plain direct memory, from byte 0 to its limit, which is the size of a piece. The last piece is shorter if
     *     {@code length} is no multiple of it
     * @param isAll whether the block unpacks to no more than that
     */
    public void unpack(ByteBuffer packed, ByteBuffer plain, int length, boolean isAll) throws DamagedBlockException {
        PieceDecoder decoder = take();
        try {
            decoder.begin(packed, length, isAll);
            int piece = plain.limit();
            for (int done = 0; done < length; done += piece) {
                decoder.next(plain.slice(0, Math.min(piece, length - done)));
            }
        } catch (IOException | RuntimeException e) {
            throw DamagedBlockException.of(codec, e);
        } finally {
            giveBack(decoder);
        }
    }

    @Override
    PieceDecoder make() {
        return maker.decoder();
    }

    @Override
    void end(PieceDecoder decoder) {
        decoder.close();
    }
}
