package liveroot.fs.iso;

import java.io.IOException;
import java.nio.ByteBuffer;
import liveroot.fs.Name;

/**
 * A directory record (ECMA-119, 9.1): one extent of a file. Numbers are stored in both byte orders; the little-endian one
 * counts, as in the Linux kernel, for there are writers that get the other wrong.
 *
 * @param position in the image
 * @param length of the record in bytes
 * @param start block at which the file's bytes begin, behind its extended attribute record
 * @param size of the extent in bytes
 * @param time of recording, seconds since 1970
 * @param interleaved whether its bytes do not follow each other
 * @param name as stored
 * @param systemUse what is behind the name, little endian; position 0 and its limit are the area
 */
record DirectoryRecord(
        long position,
        int length,
        long start,
        long size,
        long time,
        int flags,
        boolean interleaved,
        Name name,
        ByteBuffer systemUse) {

    private static final int NAME = 33;

    private static final int DIRECTORY = 2;
    private static final int ASSOCIATED = 4;
    private static final int MORE_EXTENTS = 0x80;

    /** Of the root's record, in a volume descriptor. */
    static final int ROOT_LENGTH = 34;

    /**
     * The record at {@code at} of {@code in}, which lies at {@code base} of the image.
     *
     * @param in up to the end of the record's sector at least, little endian
     * @return null if no record begins there: what is left of the sector is not used
     */
    static DirectoryRecord parse(Sectors sectors, ByteBuffer in, int at, long base) throws IOException {
        long position = base + at;
        int length = in.get(at) & 0xff;
        if (length == 0) {
            return null;
        }
        int room = Sectors.SIZE - (int) (position % Sectors.SIZE);
        if (length < NAME + 1 || length > room || length > in.limit() - at) {
            throw sectors.damage(
                    position, "a directory record of " + length + " bytes, expected 34 to " + Math.min(255, room));
        }
        int nameLength = in.get(at + 32) & 0xff;
        if (nameLength == 0 || NAME + nameLength > length) {
            throw sectors.damage(position, "a directory record of " + length + " bytes with a name of " + nameLength);
        }
        byte[] name = new byte[nameLength];
        in.get(at + NAME, name);
        // A name of even length is followed by a byte that makes the place of what follows even.
        int used = Math.min(length, NAME + nameLength + (~nameLength & 1));
        return new DirectoryRecord(
                position,
                length,
                (in.getInt(at + 2) & 0xffffffffL) + (in.get(at + 1) & 0xff),
                in.getInt(at + 10) & 0xffffffffL,
                Dates.shortForm(in, at + 18),
                in.get(at + 25) & 0xff,
                in.get(at + 26) != 0 || in.get(at + 27) != 0,
                Name.of(name),
                in.slice(at + used, length - used).order(in.order()));
    }

    /** The record at {@code position}. */
    static DirectoryRecord read(Sectors sectors, long position) throws IOException {
        int room = Sectors.SIZE - (int) (position % Sectors.SIZE);
        int length =
                (int) Math.max(1, Math.min(Math.min(255, room), sectors.source().size() - position));
        DirectoryRecord record = parse(sectors, sectors.bytes(position, length, "a directory record"), 0, position);
        if (record == null) {
            throw sectors.damage(position, "no directory record, expected one");
        }
        return record;
    }

    boolean isDirectory() {
        return (flags & DIRECTORY) != 0;
    }

    /** Whether it is the part of a file that Mac OS keeps apart; not shown. */
    boolean isAssociated() {
        return (flags & ASSOCIATED) != 0;
    }

    boolean hasMoreExtents() {
        return (flags & MORE_EXTENTS) != 0;
    }

    /** Whether it is the directory itself, ".". */
    boolean isSelf() {
        return name.length() == 1 && name.bytes()[0] == 0;
    }

    /** Whether it is "..". */
    boolean isParent() {
        return name.length() == 1 && name.bytes()[0] == 1;
    }
}
