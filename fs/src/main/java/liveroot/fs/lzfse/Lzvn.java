package liveroot.fs.lzfse;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * LZVN: each opcode brings literals, a match, or both. L literals are copied from the packed bytes, then M bytes from D
 * before. By bits, the first byte first, D low byte first:
 *
 * <pre>
 *   LLMMMDDD DDDDDDDD            L 0-3, M + 3, D of 11 bits whose high bits are 0 to 5
 *   LLMMM110                     L 1-3, M + 3, D as before
 *   LLMMM111 DDDDDDDD DDDDDDDD   M + 3
 *   101LLMMM DDDDDDMM DDDDDDDD   M (its low bits in the second byte) + 3
 *   1110LLLL                     L 1-15;  11100000 LLLLLLLL  L + 16
 *   1111MMMM                     M 1-15;  11110000 MMMMMMMM  M + 16; D as before
 *   00000110                     the end;  00001110, 00010110  nothing
 * </pre>
 */
final class Lzvn {

    private static final int END = 0x06;

    private final ByteBuffer in;
    private final int inStart;
    private final int inEnd;
    private final ByteBuffer out;
    private final int outEnd;
    private int from;
    private int to;

    Lzvn(ByteBuffer in, int start, int end, ByteBuffer out, int outEnd) {
        this.in = in;
        this.inStart = start;
        this.from = start;
        this.inEnd = end;
        this.out = out;
        this.outEnd = outEnd;
        this.to = out.position();
    }

    /** @return where the unpacked bytes end: at the end mark, or where there is no more room */
    int decode() throws IOException {
        int distance = 0;
        while (to < outEnd) {
            int opcode = u8();
            int high = opcode >>> 4;
            int low = opcode & 7;
            int literals = 0;
            int match = 0;
            if (high == 0xf) {
                match = (opcode & 15) == 0 ? u8() + 16 : opcode & 15;
            } else if (high == 0xe) {
                literals = (opcode & 15) == 0 ? u8() + 16 : opcode & 15;
            } else if (high == 0xa || high == 0xb) {
                int rest = u8() | (u8() << 8);
                literals = (opcode >>> 3) & 3;
                match = ((low << 2) | (rest & 3)) + 3;
                distance = rest >>> 2;
            } else if (high == 0x7 || high == 0xd) {
                throw damage("opcode 0x" + Integer.toHexString(opcode) + ", which has no meaning");
            } else if (low == 6 && opcode < 0x40) {
                if (opcode == END) {
                    return to;
                }
                if (opcode > 0x16) {
                    throw damage("opcode 0x" + Integer.toHexString(opcode) + ", which has no meaning");
                }
            } else {
                literals = opcode >>> 6;
                match = ((opcode >>> 3) & 7) + 3;
                if (low == 7) {
                    distance = u8() | (u8() << 8);
                } else if (low != 6) {
                    distance = (low << 8) | u8();
                }
            }
            run(literals, match, distance);
        }
        return to;
    }

    private void run(int literals, int match, int distance) throws IOException {
        if (literals > inEnd - from) {
            throw damage(literals + " literals, of which " + (inEnd - from) + " are there");
        }
        int most = Math.min(literals, outEnd - to);
        for (int i = 0; i < most; i++) {
            out.put(to++, in.get(from++));
        }
        int length = Math.min(match, outEnd - to);
        if (length > 0) {
            if (distance == 0 || distance > to) {
                throw damage("a match " + distance + " bytes back, with " + to + " unpacked");
            }
            Matches.copy(out, to, distance, length);
            to += length;
        }
    }

    private int u8() throws IOException {
        if (from >= inEnd) {
            throw damage("the packed bytes end without an end mark");
        }
        return in.get(from++) & 0xff;
    }

    private IOException damage(String fault) {
        return new IOException("LZVN data: at byte " + (from - inStart) + ": " + fault);
    }
}
