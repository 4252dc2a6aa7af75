package liveroot.fs.udif;

import java.nio.ByteBuffer;
import liveroot.fs.BadImageException;

/**
 * A table of runs ("mish"), of one partition or of the whole disk. Big endian: a header of 204 bytes, then 40 bytes for
 * each run.
 *
 * @param name "disk image (Apple_HFS : 3)"
 * @param first sector of the disk
 * @param sectors count
 * @param checksum of its runs' unpacked bytes, those of free space left out
 * @param runsFrom index of its first run in {@link Runs}, {@code runsTo} that behind its last
 */
record BlockTable(String name, long first, long sectors, Koly.Crc checksum, int runsFrom, int runsTo) {

    private static final int MAGIC = 0x6d697368;
    private static final int HEADER = 204;
    private static final int RUN = 40;

    /** Sectors of any disk: bytes fit into a long. */
    private static final long MOST_SECTORS = Long.MAX_VALUE / 1024;

    /**
     * Reads a table and adds its runs.
     *
     * @param at where messages say that it lies: the list of tables
     * @param dataLength bytes that the offsets of runs lie within
     */
    static BlockTable read(String name, ByteBuffer b, Runs runs, String source, long at, long dataLength)
            throws BadImageException {
        String what = "block table '" + name + "': ";
        if (b.limit() < HEADER || b.getInt(0) != MAGIC || b.getInt(4) != 1) {
            throw new BadImageException(
                    source, at, what + b.limit() + " bytes that do not begin as one of version 1 does");
        }
        long first = b.getLong(8);
        long sectors = b.getLong(16);
        if (first < 0 || sectors < 0 || first > MOST_SECTORS - sectors || sectors > MOST_SECTORS) {
            throw new BadImageException(
                    source,
                    at,
                    what + Long.toUnsignedString(sectors) + " sectors from " + Long.toUnsignedString(first)
                            + " on, more than a disk can have");
        }
        long dataOffset = b.getLong(24);
        int count = b.getInt(200);
        if (count < 0 || count > (b.limit() - HEADER) / RUN) {
            throw new BadImageException(
                    source,
                    at,
                    what + Integer.toUnsignedString(count) + " runs, there are bytes for "
                            + (b.limit() - HEADER) / RUN);
        }
        int from = runs.count();
        for (int i = 0; i < count; i++) {
            int r = HEADER + i * RUN;
            RunType type = RunType.of(b.getInt(r));
            long start = b.getLong(r + 8);
            long length = b.getLong(r + 16);
            long offset = b.getLong(r + 24);
            long stored = b.getLong(r + 32);
            String run = what + "run " + i + ": ";
            if (type == null) {
                throw new BadImageException(
                        source, at, run + "of type 0x" + Integer.toHexString(b.getInt(r)) + ", which is not known");
            }
            if (type == RunType.COMMENT || type == RunType.END || length == 0) {
                continue;
            }
            if (start < 0 || length < 0 || start > sectors - length) {
                throw new BadImageException(
                        source,
                        at,
                        run + Long.toUnsignedString(length) + " sectors from " + Long.toUnsignedString(start)
                                + " on, the table has " + sectors);
            }
            if (type.isStored()) {
                if (dataOffset < 0
                        || offset < 0
                        || stored < 0
                        || dataOffset > dataLength - stored
                        || offset > dataLength - stored - dataOffset) {
                    throw new BadImageException(
                            source,
                            at,
                            run + Long.toUnsignedString(stored) + " bytes at "
                                    + Long.toUnsignedString(dataOffset) + " + " + Long.toUnsignedString(offset)
                                    + " of a data fork of " + dataLength);
                }
                if (type.isPacked() && (length > Runs.LARGEST / 512 || stored > 2L * Runs.LARGEST)) {
                    throw new BadImageException(
                            source,
                            at,
                            run + length + " sectors packed in " + stored + " bytes, more than the "
                                    + (Runs.LARGEST >> 20) + " MiB that are unpacked at once");
                }
            }
            runs.add(type, first + start, length, dataOffset + offset, stored);
        }
        return new BlockTable(name, first, sectors, Koly.Crc.at(b, 64), from, runs.count());
    }
}
