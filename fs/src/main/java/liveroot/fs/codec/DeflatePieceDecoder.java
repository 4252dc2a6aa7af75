package liveroot.fs.codec;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import liveroot.fs.sys.Libdeflate;

/**
 * A bare DEFLATE stream per block (RFC 1951), without zlib's header and checksum. All of a block at once is unpacked by the
 * host's libdeflate, if it has that, which is faster; pieces are by the JDK's zlib.
 */
public final class DeflatePieceDecoder implements PieceDecoder {

    /** Null if the host has none. */
    private final Libdeflate libdeflate = Libdeflate.openBare();

    private final Inflater inflater = new Inflater(true);
    private final ByteBuffer more = ByteBuffer.allocateDirect(1);
    private ByteBuffer packed;
    private int length;
    private int left;
    private boolean isAll;

    @Override
    public void begin(ByteBuffer block, int wanted, boolean all) {
        packed = block;
        length = wanted;
        left = wanted;
        isAll = all;
    }

    @Override
    public void next(ByteBuffer plain) throws IOException {
        int n = plain.remaining();
        if (left == length) {
            if (n == length && isAll && libdeflate != null) {
                unpackAtOnce(plain.slice());
                return;
            }
            inflater.reset();
            inflater.setInput(packed);
        }
        left -= n;
        try {
            while (plain.hasRemaining()) {
                if (inflater.inflate(plain) == 0) {
                    throw new IOException("it ends " + (left + plain.remaining()) + " bytes too early");
                }
            }
            if (left == 0 && isAll && (inflater.inflate(more.clear()) > 0 || !inflater.finished())) {
                throw new IOException("it does not end where it should");
            }
        } catch (DataFormatException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private void unpackAtOnce(ByteBuffer plain) throws IOException {
        left = 0;
        int unpacked = libdeflate.decode(packed, plain);
        if (unpacked < length) {
            throw new IOException("it ends " + (length - unpacked) + " bytes too early");
        }
    }

    @Override
    public void close() {
        inflater.end();
        if (libdeflate != null) {
            libdeflate.close();
        }
    }
}
