package liveroot.fs.codec;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.tukaani.xz.BasicArrayCache;
import org.tukaani.xz.LZMAInputStream;

/**
 * A MicroLZMA stream per block, for hosts whose liblzma does not know it: LZMA without a header, whose first byte, which
 * would be 0, is the complement of the one that holds lc, lp and pb (lzma/container.h of liblzma 5.4). The library works on
 * the heap; its arrays are used again for the next block.
 */
public final class MicroLzmaDecoder implements PieceDecoder {

    /** The range coder's first bytes. */
    private static final int SMALLEST = 5;

    private static final int SMALLEST_DICTIONARY = 4096;
    private static final int COPIED = 16 << 10;
    private static final int MOST_LC = 9;
    private static final int MOST_LP = 5;
    private static final int MOST_LITERAL_BITS = 4;

    private final byte[] packed;
    private final byte[] copied = new byte[COPIED];
    private final BasicArrayCache arrays = new BasicArrayCache();
    private final int dictionary;
    private ByteArrayInputStream in;
    private InputStream lzma;
    private int left;
    private boolean isAll;

    /**
     * For blocks of up to so many packed bytes.
     *
     * @param dictionary bytes that a stream may reach back
     */
    public MicroLzmaDecoder(int packedSize, int dictionary) {
        packed = new byte[packedSize];
        this.dictionary = dictionary;
    }

    @Override
    public void begin(ByteBuffer block, int length, boolean all) throws IOException {
        close();
        int size = block.remaining();
        if (size < SMALLEST || size > packed.length) {
            throw new IOException("a stream of " + size + " bytes, expected " + SMALLEST + " to " + packed.length);
        }
        block.get(packed, 0, size);
        int properties = ~packed[0] & 0xff;
        // Fewer than the library allows, but all that liblzma and Linux do.
        if (properties % MOST_LC + properties / MOST_LC % MOST_LP > MOST_LITERAL_BITS) {
            throw new IOException("lc, lp and pb of 0x" + Integer.toHexString(properties));
        }
        packed[0] = 0;
        left = length;
        isAll = all;
        // No distance reaches back further than the block.
        int reach = Math.max(SMALLEST_DICTIONARY, Math.min(dictionary, length));
        in = new ByteArrayInputStream(packed, 0, size);
        lzma = new LZMAInputStream(in, all ? length : -1, (byte) properties, reach, null, arrays);
    }

    @Override
    public void next(ByteBuffer plain) throws IOException {
        left -= plain.remaining();
        while (plain.hasRemaining()) {
            int n = lzma.read(copied, 0, Math.min(COPIED, plain.remaining()));
            if (n < 0) {
                throw new IOException("it ends " + (left + plain.remaining()) + " bytes too early");
            }
            plain.put(copied, 0, n);
        }
        if (left == 0 && isAll && (lzma.read() >= 0 || in.available() > 0)) {
            throw new IOException("it does not end where it should");
        }
    }

    @Override
    public void close() {
        if (lzma != null) {
            try {
                // Gives its arrays back.
                lzma.close();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
            lzma = null;
        }
    }
}
