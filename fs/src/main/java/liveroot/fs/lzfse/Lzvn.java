package liveroot.fs.lzfse;

import java.io.IOException;
import liveroot.fs.sys.DirectBytes;

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

    private final DirectBytes in;
    private final int inStart;
    private final int inEnd;
    private final DirectBytes out;
    private final int outStart;
    private final int outEnd;

    /** @param outStart where the unpacked bytes begin */
    Lzvn(DirectBytes in, int start, int end, DirectBytes out, int outStart, int outEnd) {
        this.in = in;
        this.inStart = start;
        this.inEnd = end;
        this.out = out;
        this.outEnd = outEnd;
        this.outStart = outStart;
    }

    /** @return where the unpacked bytes end: at the end mark, or where there is no more room */
    int decode() throws IOException {
        // Local, as the JVM's first compiler keeps no field in a register.
        int from = inStart;
        int to = outStart;
        int distance = 0;
        while (to < outEnd) {
            int opcode = u8(from++);
            int high = opcode >>> 4;
            int low = opcode & 7;
            int literals = 0;
            int match = 0;
            if (high == 0xf) {
                match = (opcode & 15) == 0 ? u8(from++) + 16 : opcode & 15;
            } else if (high == 0xe) {
                literals = (opcode & 15) == 0 ? u8(from++) + 16 : opcode & 15;
            } else if (high == 0xa || high == 0xb) {
                int rest = u8(from) | (u8(from + 1) << 8);
                from += 2;
                literals = (opcode >>> 3) & 3;
                match = ((low << 2) | (rest & 3)) + 3;
                distance = rest >>> 2;
            } else if (high == 0x7 || high == 0xd) {
                throw damage(from, "opcode 0x" + Integer.toHexString(opcode) + ", which has no meaning");
            } else if (low == 6 && opcode < 0x40) {
                if (opcode == END) {
                    return to;
                }
                if (opcode > 0x16) {
                    throw damage(from, "opcode 0x" + Integer.toHexString(opcode) + ", which has no meaning");
                }
            } else {
                literals = opcode >>> 6;
                match = ((opcode >>> 3) & 7) + 3;
                if (low == 7) {
                    distance = u8(from) | (u8(from + 1) << 8);
                    from += 2;
                } else if (low != 6) {
                    distance = (low << 8) | u8(from++);
                }
            }
            if (literals > 0) {
                if (literals > inEnd - from) {
                    throw damage(from, literals + " literals, of which " + (inEnd - from) + " are there");
                }
                int most = Math.min(literals, outEnd - to);
                out.copy(to, in, from, most);
                from += most;
                to += most;
            }
            int length = Math.min(match, outEnd - to);
            if (length > 0) {
                if (distance == 0 || distance > to) {
                    throw damage(from, "a match " + distance + " bytes back, with " + to + " unpacked");
                }
                out.repeat(to, distance, length);
                to += length;
            }
        }
        return to;
    }

    private int u8(int at) throws IOException {
        if (at >= inEnd) {
            throw damage(inEnd, "the packed bytes end without an end mark");
        }
        return in.u8(at);
    }

    private IOException damage(int at, String fault) {
        return new IOException("LZVN data: at byte " + (at - inStart) + ": " + fault);
    }
}
