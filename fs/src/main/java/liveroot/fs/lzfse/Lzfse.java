package liveroot.fs.lzfse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import liveroot.fs.sys.DirectBytes;

/**
 * An LZFSE stream: blocks, each behind a magic number, up to an end mark. {@code bvx-} {bytes u32} is stored, {@code bvxn}
 * {plain u32, packed u32} is LZVN, {@code bvx1} and {@code bvx2} are entropy-coded with their tables plain or packed. Little
 * endian. Matches reach back across blocks.
 */
public final class Lzfse {

    private static final int END = magic('$');
    private static final int STORED = magic('-');
    private static final int LZVN = magic('n');
    private static final int TABLES_PLAIN = magic('1');
    private static final int TABLES_PACKED = magic('2');

    private Lzfse() {}

    private static int magic(char kind) {
        return 'b' | ('v' << 8) | ('x' << 16) | (kind << 24);
    }

    /** Whether {@code packed} begins as an LZFSE stream does. */
    public static boolean isStream(ByteBuffer packed) {
        int at = packed.position();
        return packed.remaining() >= 4
                && packed.get(at) == 'b'
                && packed.get(at + 1) == 'v'
                && packed.get(at + 2) == 'x';
    }

    /**
     * Unpacks a stream into {@code plain} from its position on, and moves that behind what was unpacked. The stream ends
     * with its end mark, or with the packed bytes if a block ends with them.
     *
     * @param packed from position to limit; moved behind what was used
     * @param plain what lies before its position is never looked at
     * @return bytes unpacked
     * @throws IOException if the stream is damaged, or unpacks to more than {@code plain} has room for; the message says
     *     where in the stream
     */
    public static int decode(ByteBuffer packed, ByteBuffer plain) throws IOException {
        ByteBuffer in = packed.slice().order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer out = plain.slice().order(ByteOrder.LITTLE_ENDIAN);
        try {
            while (in.hasRemaining() && decodeBlock(in, out)) {
                // The block has moved both on.
            }
        } catch (IndexOutOfBoundsException e) {
            throw new IOException(
                    "LZFSE stream of " + in.limit() + " bytes: a block at " + in.position()
                            + " refers to what lies outside of it",
                    e);
        } catch (IOException e) {
            throw new IOException("LZFSE stream: block at " + in.position() + ": " + e.getMessage(), e);
        }
        packed.position(packed.position() + in.position());
        plain.position(plain.position() + out.position());
        return out.position();
    }

    /** @return false if it was the end mark */
    private static boolean decodeBlock(ByteBuffer in, ByteBuffer out) throws IOException {
        int at = in.position();
        if (in.remaining() < 4) {
            throw new IOException("cut off after " + in.remaining() + " bytes");
        }
        int magic = in.getInt(at);
        if (magic == END) {
            in.position(at + 4);
            return false;
        }
        if (magic == STORED) {
            need(in, 8);
            int length = length(in.getInt(at + 4), in.remaining() - 8, "stored");
            checkRoom(length, out);
            out.put(out.position(), in, at + 8, length);
            out.position(out.position() + length);
            in.position(at + 8 + length);
        } else if (magic == LZVN) {
            need(in, 12);
            int plain = in.getInt(at + 4);
            int length = length(in.getInt(at + 8), in.remaining() - 12, "packed");
            checkRoom(plain, out);
            Lzvn lzvn = new Lzvn(
                    DirectBytes.of(in),
                    at + 12,
                    at + 12 + length,
                    DirectBytes.of(out),
                    out.position(),
                    out.position() + plain);
            checkPlain(lzvn.decode() - out.position(), plain);
            out.position(out.position() + plain);
            in.position(at + 12 + length);
        } else if (magic == TABLES_PLAIN || magic == TABLES_PACKED) {
            FseHeader header = magic == TABLES_PLAIN ? FseHeader.plain(in) : FseHeader.packed(in);
            checkRoom(header.plainBytes, out);
            int written = new FseBlock(DirectBytes.of(in), at, header, DirectBytes.of(out), out.position()).decode()
                    - out.position();
            checkPlain(written, header.plainBytes);
            out.position(out.position() + written);
            in.position(at + header.end());
        } else {
            throw new IOException("begins with 0x" + Integer.toHexString(magic) + ", which is no kind of block");
        }
        return true;
    }

    private static void need(ByteBuffer in, int length) throws IOException {
        if (in.remaining() < length) {
            throw new IOException("its header has " + length + " bytes, the stream only " + in.remaining() + " more");
        }
    }

    private static int length(int word, int most, String what) throws IOException {
        if (word < 0 || word > most) {
            throw new IOException(
                    Integer.toUnsignedString(word) + " " + what + " bytes, the stream has only " + most + " more");
        }
        return word;
    }

    private static void checkRoom(int length, ByteBuffer out) throws IOException {
        if (length < 0 || length > out.remaining()) {
            throw new IOException(
                    "unpacks to " + Integer.toUnsignedString(length) + " bytes, expected at most " + out.remaining());
        }
    }

    private static void checkPlain(int written, int expected) throws IOException {
        if (written != expected) {
            throw new IOException("unpacks to " + written + " bytes, its header says " + expected);
        }
    }

    /**
     * Unpacks bare LZVN, up to its end mark or until {@code plain} is full.
     *
     * @param packed from position to limit; not moved, as bytes without use may follow the end mark
     * @param plain from position to limit; moved behind what was unpacked
     * @return bytes unpacked
     * @throws IOException if the packed bytes are damaged; the message says where
     */
    public static int decodeLzvn(ByteBuffer packed, ByteBuffer plain) throws IOException {
        ByteBuffer in = packed.slice().order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer out = plain.slice().order(ByteOrder.LITTLE_ENDIAN);
        int written = new Lzvn(DirectBytes.of(in), 0, in.limit(), DirectBytes.of(out), 0, out.limit()).decode();
        plain.position(plain.position() + written);
        return written;
    }
}
