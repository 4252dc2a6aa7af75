package liveroot.fs.hfsplus;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * How a file is compressed (decmpfs; docs/formats/src/decmpfs.md of keramics): the header of its attribute {"fpmc", type u32,
 * size u64}, little endian, with what is stored behind it for the types that keep it there.
 *
 * @param type 1, 3, 7, 9, 11: data in the attribute; 4, 8, 10, 12: in the resource fork
 * @param size bytes of the plain file
 * @param stored bytes behind the header
 */
record Compression(int type, long size, int stored) {

    static final String ATTRIBUTE = "com.apple.decmpfs";

    static final int HEADER = 16;

    /** Plain bytes of each chunk but the last. */
    static final int CHUNK = 65_536;

    /** The most plain bytes of what is stored in an attribute. */
    static final int LARGEST_INLINE = 1 << 20;

    private static final int MAGIC = 'f' | 'p' << 8 | 'm' << 16 | 'c' << 24;
    private static final long LARGEST = 1L << 44;

    enum Codec {
        STORED,
        ZLIB,
        LZVN,
        LZFSE,
        /** Not known here, or not in the volume: a file's data that only its cloud has. */
        NONE
    }

    /**
     * @return null if it is no such attribute: the file is then as it seems
     * @throws IOException if it is one of a size that no file has
     */
    static Compression read(ByteBuffer value, int length) throws IOException {
        if (length < HEADER) {
            return null;
        }
        ByteBuffer in = value.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        if (in.getInt(0) != MAGIC) {
            return null;
        }
        long size = in.getLong(8);
        if (size < 0 || size > LARGEST) {
            throw new IOException(
                    "compressed from " + Long.toUnsignedString(size) + " bytes, " + LARGEST + " are the most");
        }
        return new Compression(in.getInt(4), size, length - HEADER);
    }

    Codec codec() {
        return switch (type) {
            case 1, 9, 10 -> Codec.STORED;
            case 3, 4 -> Codec.ZLIB;
            case 7, 8 -> Codec.LZVN;
            case 11, 12 -> Codec.LZFSE;
            default -> Codec.NONE;
        };
    }

    /** Whether the data are in the attribute, as one chunk. */
    boolean isInline() {
        return type == 1 || type == 3 || type == 7 || type == 9 || type == 11;
    }

    /** Whether a chunk may begin with a byte that says that the rest is stored. */
    boolean isMarked(int first) {
        return switch (type) {
            case 3, 4 -> (first & 0x0f) == 0x0f;
            case 7, 8 -> first == 0x06;
            case 9, 10 -> first == 0xcc;
            case 11, 12 -> first == 0xff || first == 0x06;
            default -> false;
        };
    }
}
