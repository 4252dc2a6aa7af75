package liveroot.fs.iso;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import liveroot.fs.BadImageException;

/**
 * The entries behind the name of a directory record (SUSP, IEEE P1281): {signature of two letters, length u8, version u8,
 * data}. CE {block, offset, size} says where they go on when the area has ended. An area that would be gone through once
 * more ends the chain: a loop has nothing to add.
 */
final class SystemUse {

    static final int HEAD = 4;

    private static final int CE = signature('C', 'E');
    private static final int ST = signature('S', 'T');

    private static final int CE_LENGTH = 28;

    /** Bytes of all areas of one record: what the longest xattr takes, several times. */
    private static final int LONGEST = 256 << 10;

    /**
     * Entries of one record: {@link #LONGEST} bytes in those of AAIP, which are of 255 but for the last, and room for the
     * others. Records can share an area, and a small image could have each of thousands go through tens of thousands.
     */
    private static final int MOST_ENTRIES = LONGEST / 255 + 100;

    private SystemUse() {}

    /** Is shown the entries, which it may look at from {@code at} to {@code at + length}, at least {@link #HEAD} bytes. */
    interface Visitor {

        void entry(int signature, ByteBuffer in, int at, int length, long position) throws IOException;
    }

    static int signature(char first, char second) {
        return first | second << 8;
    }

    /** A number stored in both orders. */
    static int both(ByteBuffer in, int at) {
        return in.getInt(at);
    }

    /**
     * @param skip bytes at the start of the record's own area that are not for SUSP
     */
    static void visit(Volume volume, DirectoryRecord record, int skip, Visitor visitor) throws IOException {
        ByteBuffer area = record.systemUse();
        int at = skip;
        long base = record.position() + record.length() - area.limit();
        Set<Long> seen = null;
        long all = 0;
        int entries = 0;
        while (area != null) {
            long next = -1;
            int nextLength = 0;
            while (at <= area.limit() - HEAD) {
                int length = area.get(at + 2) & 0xff;
                // Zeros fill up what is left; anything else that is too short is no SUSP.
                if (length < HEAD || length > area.limit() - at) {
                    break;
                }
                if (++entries > MOST_ENTRIES) {
                    throw tooLong(volume, record, MOST_ENTRIES + " system use entries");
                }
                int signature = area.getShort(at) & 0xffff;
                if (signature == ST) {
                    break;
                }
                if (signature == CE && length >= CE_LENGTH) {
                    next = volume.position(both(area, at + 4) & 0xffffffffL) + (both(area, at + 12) & 0xffffffffL);
                    nextLength = both(area, at + 20);
                } else {
                    visitor.entry(signature, area, at, length, base + at);
                }
                at += length;
            }
            if (next < 0) {
                return;
            }
            seen = seen == null ? new HashSet<>() : seen;
            if (!seen.add(next)) {
                return;
            }
            all += nextLength & 0xffffffffL;
            if (all > LONGEST) {
                throw tooLong(volume, record, LONGEST + " bytes of system use entries");
            }
            base = next;
            at = 0;
            area = volume.sectors().bytes(next, nextLength, "a continuation of system use entries");
        }
    }

    private static BadImageException tooLong(Volume volume, DirectoryRecord record, String what) {
        return volume.sectors().damage(record.position(), "a directory record with more than " + what);
    }
}
