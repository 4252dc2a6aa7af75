package liveroot.fs.udif;

import java.io.IOException;
import java.nio.ByteBuffer;
import liveroot.fs.codec.Decoder;
import liveroot.fs.sys.DirectBytes;

/**
 * Apple Data Compression. By the first byte b: 1nnnnnnn is n + 1 literals; 01nnnnnn a match of n + 4 bytes, as far back as
 * the next two bytes say, big endian, + 1; 00nnnndd one of n + 3, back by dd and the next byte, + 1.
 */
final class AdcDecoder implements Decoder {

    @Override
    public int unpack(ByteBuffer packed, ByteBuffer plain) throws IOException {
        DirectBytes in = DirectBytes.of(packed);
        DirectBytes out = DirectBytes.of(plain);
        int end = in.length();
        int room = out.length();
        int from = 0;
        int to = 0;
        while (from < end && to < room) {
            int b = in.u8(from++);
            if ((b & 0x80) != 0) {
                int length = (b & 0x7f) + 1;
                if (length > end - from || length > room - to) {
                    throw new IOException(length + " literals at packed byte " + from + ", with " + (end - from)
                            + " bytes left and room for " + (room - to));
                }
                out.copy(to, in, from, length);
                from += length;
                to += length;
                continue;
            }
            boolean far = (b & 0x40) != 0;
            if (end - from < (far ? 2 : 1)) {
                throw new IOException("a match at packed byte " + (from - 1) + " that is cut short");
            }
            int next = in.u8(from++);
            int length = far ? (b & 0x3f) + 4 : (b >> 2) + 3;
            int distance = far ? (next << 8 | in.u8(from++)) + 1 : ((b & 3) << 8 | next) + 1;
            if (distance > to || length > room - to) {
                throw new IOException(
                        "a match of " + length + " bytes, " + distance + " back, at plain byte " + to + " of " + room);
            }
            out.repeat(to, distance, length);
            to += length;
        }
        return to;
    }
}
