package liveroot.fs.hfsplus;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.BadImageException;

/**
 * The volume header (TN1150, "Volume Header"), 512 bytes at byte 1024, with a copy 1024 bytes before the volume's end. All
 * numbers are big endian. Allocation blocks are counted from the volume's first byte.
 *
 * @param position of the header that was used
 * @param extended HFSX: names may be told apart by their case
 * @param attributes see the constants
 * @param writer four letters of who mounted it last for writing: "HFSJ", "10.0", "H+Lx", "liso"
 * @param journalInfoBlock allocation block, or 0
 * @param created local time, as all others UTC: seconds since 1904
 * @param blockSize bytes of an allocation block
 */
record VolumeHeader(
        long position,
        boolean extended,
        int attributes,
        String writer,
        long journalInfoBlock,
        long created,
        long modified,
        long files,
        long folders,
        int blockSize,
        long totalBlocks,
        long freeBlocks,
        ForkRecord extents,
        ForkRecord catalog,
        ForkRecord xattrs) {

    static final int SIZE = 512;
    static final int POSITION = 1024;

    private static final int PLUS = 'H' << 8 | '+';
    private static final int EXTENDED = 'H' << 8 | 'X';

    private static final int UNMOUNTED = 1 << 8;
    private static final int JOURNALED = 1 << 13;

    private static final int LARGEST_BLOCK = 1 << 30;

    /** Whether these two bytes, at 1024, begin an HFS+ or HFSX volume. */
    static boolean isSignature(int signature) {
        return signature == PLUS || signature == EXTENDED;
    }

    /** The header, or if that is damaged its copy at the end. */
    static VolumeHeader read(BlockSource source, BlockCache cache) throws IOException {
        try {
            return read(source, cache, POSITION);
        } catch (BadImageException e) {
            long copy = (source.size() & -SIZE) - POSITION;
            if (copy > POSITION) {
                try {
                    return read(source, cache, copy);
                } catch (BadImageException none) {
                    e.addSuppressed(none);
                }
            }
            throw e;
        }
    }

    private static VolumeHeader read(BlockSource source, BlockCache cache, long position) throws IOException {
        if (source.size() < position + SIZE) {
            throw new BadImageException(
                    source.name(),
                    position,
                    "an HFS+ volume header of " + SIZE + " bytes is expected, the image has " + source.size());
        }
        Block memory = cache.take(SIZE);
        try {
            source.read(position, memory.slice(0, SIZE));
            return parse(memory.slice(0, SIZE), source, position);
        } finally {
            memory.release();
        }
    }

    private static VolumeHeader parse(ByteBuffer in, BlockSource source, long position) throws BadImageException {
        int signature = in.getShort(0) & 0xffff;
        int blockSize = in.getInt(40);
        long totalBlocks = in.getInt(44) & 0xffffffffL;
        if (!isSignature(signature)) {
            throw new BadImageException(
                    source.name(),
                    position,
                    "an HFS+ volume header with the signature 0x" + Integer.toHexString(signature)
                            + ", expected H+ or HX");
        }
        if (blockSize < SIZE || blockSize > LARGEST_BLOCK || Integer.bitCount(blockSize) != 1) {
            throw new BadImageException(
                    source.name(),
                    position + 40,
                    "allocation blocks of " + Integer.toUnsignedString(blockSize)
                            + " bytes, expected a power of 2 from 512 on");
        }
        byte[] writer = new byte[4];
        in.get(8, writer);
        return new VolumeHeader(
                position,
                signature == EXTENDED,
                in.getInt(4),
                new String(writer, StandardCharsets.ISO_8859_1),
                in.getInt(12) & 0xffffffffL,
                in.getInt(16) & 0xffffffffL,
                in.getInt(20) & 0xffffffffL,
                in.getInt(32) & 0xffffffffL,
                in.getInt(36) & 0xffffffffL,
                blockSize,
                totalBlocks,
                in.getInt(48) & 0xffffffffL,
                ForkRecord.read(in, 192),
                ForkRecord.read(in, 272),
                ForkRecord.read(in, 352));
    }

    boolean isJournaled() {
        return (attributes & JOURNALED) != 0;
    }

    boolean isCleanlyUnmounted() {
        return (attributes & UNMOUNTED) != 0;
    }

    /** Bytes of the volume. */
    long size() {
        return totalBlocks * blockSize;
    }
}
