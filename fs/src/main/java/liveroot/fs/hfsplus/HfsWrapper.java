package liveroot.fs.hfsplus;

import java.io.IOException;
import java.nio.ByteBuffer;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.BadImageException;

/**
 * The classic HFS volume that old Macs see instead of the HFS+ volume embedded in it (TN1150, "HFS Wrapper"). Its master
 * directory block at byte 1024 has the size of its allocation blocks at 20 (u32), where they begin in units of 512 bytes at
 * 28 (u16), and at 124 {signature u16, first block u16, blocks u16} of what is embedded.
 */
final class HfsWrapper {

    private static final int CLASSIC = 'B' << 8 | 'D';
    private static final int SIZE = 162;
    private static final int SECTOR = 512;

    private HfsWrapper() {}

    /** Bytes of the image that are the HFS+ volume. */
    record Part(long start, long size) {}

    /**
     * Where the HFS+ volume lies: the whole image if it is not wrapped.
     *
     * @throws BadImageException if it is a classic volume alone
     */
    static Part embedded(BlockSource source, BlockCache cache) throws IOException {
        if (source.size() < VolumeHeader.POSITION + SIZE) {
            return new Part(0, source.size());
        }
        Block memory = cache.take(SIZE);
        try {
            source.read(VolumeHeader.POSITION, memory.slice(0, SIZE));
            ByteBuffer in = memory.memory();
            if ((in.getShort(0) & 0xffff) != CLASSIC) {
                return new Part(0, source.size());
            }
            if (!VolumeHeader.isSignature(in.getShort(124) & 0xffff)) {
                throw new BadImageException(
                        source.name(),
                        VolumeHeader.POSITION,
                        "a classic HFS volume without HFS+ in it; copy its files to another file system on a Mac of the"
                                + " time, or with hfsutils");
            }
            long block = in.getInt(20) & 0xffffffffL;
            long start = (in.getShort(28) & 0xffffL) * SECTOR + (in.getShort(126) & 0xffffL) * block;
            long size = (in.getShort(128) & 0xffffL) * block;
            if (size > source.size() - start) {
                throw new BadImageException(
                        source.name(),
                        VolumeHeader.POSITION + 126,
                        "an HFS+ volume of " + size + " bytes embedded at " + start + ", outside of the image's "
                                + source.size());
            }
            return new Part(start, size);
        } finally {
            memory.release();
        }
    }
}
