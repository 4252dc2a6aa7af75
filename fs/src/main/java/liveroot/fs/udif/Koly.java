package liveroot.fs.udif;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.BadImageException;

/**
 * The block of 512 bytes, at the end of a UDIF file or at its start, that says where everything is. Big endian; offsets are
 * from the start of the file.
 *
 * @param at where it lies
 * @param runningOffset where this segment's data fork begins in all segments' data forks joined
 * @param resourceLength of a classic resource fork, 0 if there is none
 * @param segment number from 1; 0 of some images that are not segmented
 * @param segments count; 0 of some images that are not segmented
 * @param segmentId the same for all segments of an image
 * @param data checksum of the data fork as it is stored
 * @param xmlLength of a property list, 0 if there is none
 * @param master checksum of the checksums of all tables
 * @param sectors of the unpacked disk
 */
record Koly(
        long at,
        long runningOffset,
        long dataOffset,
        long dataLength,
        long resourceOffset,
        long resourceLength,
        int segment,
        int segments,
        String segmentId,
        Crc data,
        long xmlOffset,
        long xmlLength,
        Crc master,
        long sectors) {

    static final int SIZE = 512;
    private static final int MAGIC = 0x6b6f6c79;
    private static final int VERSION = 4;

    /**
     * @param type 0 none, 2 CRC-32; others are known by number only
     * @param bits how many it has
     * @param value the first 32 bits
     */
    record Crc(int type, int bits, int value) {

        /** {type u32, bits u32, 128 bytes}. */
        static Crc at(ByteBuffer memory, int offset) {
            return new Crc(memory.getInt(offset), memory.getInt(offset + 4), memory.getInt(offset + 8));
        }

        boolean isUnknown() {
            return type != 0 && !isCrc32();
        }

        /** "a checksum of type 4 with 128 bits". */
        @Override
        public String toString() {
            return "a checksum of type " + Integer.toUnsignedString(type) + " with " + Integer.toUnsignedString(bits)
                    + " bits";
        }

        boolean isCrc32() {
            return type == 2;
        }
    }

    static Koly read(BlockSource source, BlockCache cache) throws IOException {
        if (source.size() < SIZE) {
            throw new BadImageException(source.name(), 0, "a koly block has 512 bytes, the file has " + source.size());
        }
        Koly behind = read(source, cache, source.size() - SIZE);
        Koly koly = behind != null ? behind : read(source, cache, 0);
        if (koly == null) {
            throw new BadImageException(
                    source.name(), source.size() - SIZE, "a koly block is expected here or at byte 0, there is none");
        }
        return koly;
    }

    private static Koly read(BlockSource source, BlockCache cache, long at) throws IOException {
        Block block = cache.take(SIZE);
        try {
            source.read(at, block.slice(0, SIZE));
            ByteBuffer b = block.memory();
            if (b.getInt(0) != MAGIC) {
                return null;
            }
            if (b.getInt(4) != VERSION || b.getInt(8) != SIZE) {
                throw new BadImageException(
                        source.name(),
                        at,
                        "a koly block of version " + Integer.toUnsignedString(b.getInt(4)) + " and "
                                + Integer.toUnsignedString(b.getInt(8)) + " bytes, expected version 4 and 512");
            }
            byte[] id = new byte[16];
            b.get(64, id);
            Koly koly = new Koly(
                    at,
                    b.getLong(16),
                    b.getLong(24),
                    b.getLong(32),
                    b.getLong(40),
                    b.getLong(48),
                    b.getInt(56),
                    b.getInt(60),
                    HexFormat.of().formatHex(id),
                    Crc.at(b, 80),
                    b.getLong(216),
                    b.getLong(224),
                    Crc.at(b, 352),
                    b.getLong(492));
            koly.check(source);
            return koly;
        } finally {
            block.release();
        }
    }

    private void check(BlockSource source) throws BadImageException {
        within(source, 24, "data fork", dataOffset, dataLength);
        within(source, 40, "resource fork", resourceOffset, resourceLength);
        within(source, 216, "property list", xmlOffset, xmlLength);
        if (sectors < 0 || sectors > Long.MAX_VALUE / 1024) {
            throw new BadImageException(
                    source.name(), at + 492, "a disk of " + Long.toUnsignedString(sectors) + " sectors");
        }
    }

    private void within(BlockSource source, int field, String what, long offset, long length) throws BadImageException {
        if (length < 0 || offset < 0 || (length > 0 && offset > source.size() - length)) {
            throw new BadImageException(
                    source.name(),
                    at + field,
                    "a " + what + " of " + Long.toUnsignedString(length) + " bytes at " + Long.toUnsignedString(offset)
                            + ", the file has " + source.size());
        }
    }

    boolean isSegmented() {
        return segments > 1;
    }
}
