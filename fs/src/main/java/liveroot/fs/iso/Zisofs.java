package liveroot.fs.iso;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.fs.ReadSink;

/**
 * Files that are packed block by block (zisofs, versions 1 and 2, of libisofs' zisofs_format.txt and zisofs2_format.txt):
 * behind a header, positions within the stored file, one more than there are blocks. A block lies between its position and
 * the next, as a zlib stream; if there is nothing between, it is all zeros.
 */
final class Zisofs {

    private static final int VERSION_1 = 'p' | 'z' << 8;
    private static final int VERSION_2 = 'P' | 'Z' << 8;

    private static final int SMALLEST_BLOCK = 12;
    private static final int LARGEST_BLOCK = 20;

    /** By how many bytes zlib makes longer, at the most, what it cannot pack. */
    private static final int GROWTH = 1024;

    private final Volume volume;
    private final BlockCache cache;
    private final BlockCache.Region blocks;

    /**
     * What the system use entry ZF says.
     *
     * @param algorithm 2 letters, as a number
     * @param length of the header in the stored file
     * @param log of the bytes of a block
     * @param size unpacked
     */
    record Header(int algorithm, int length, int log, long size) {

        static Header parse(ByteBuffer in, int at) {
            int algorithm = in.getShort(at + 4) & 0xffff;
            long size = algorithm == VERSION_2 ? in.getLong(at + 8) : in.getInt(at + 8) & 0xffffffffL;
            return new Header(algorithm, (in.get(at + 6) & 0xff) << 2, in.get(at + 7) & 0xff, Math.max(0, size));
        }

        private int pointer() {
            return algorithm == VERSION_2 ? Long.BYTES : Integer.BYTES;
        }
    }

    Zisofs(Volume volume, BlockCache cache) {
        this.volume = volume;
        this.cache = cache;
        this.blocks = cache.region();
    }

    void read(Inode file, long offset, int length, ReadSink sink) throws IOException {
        Header header = file.zisofs;
        if ((header.algorithm != VERSION_1 && header.algorithm != VERSION_2)
                || header.log < SMALLEST_BLOCK
                || header.log > LARGEST_BLOCK) {
            throw volume.sectors()
                    .damage(
                            file.position,
                            "a file packed by algorithm 0x" + Integer.toHexString(header.algorithm)
                                    + " in blocks of 2 to the " + header.log + " bytes, which cannot be read");
        }
        int blockSize = 1 << header.log;
        long at = offset;
        int left = length;
        while (left > 0) {
            long index = at >> header.log;
            int plain = (int) Math.min(blockSize, header.size - (index << header.log));
            int within = (int) (at & (blockSize - 1));
            int n = Math.min(left, plain - within);
            read(file, index, plain, within, n, sink);
            at += n;
            left -= n;
        }
    }

    private void read(Inode file, long index, int plain, int within, int length, ReadSink sink) throws IOException {
        Header header = file.zisofs;
        int width = header.pointer();
        // A file that claims more blocks than pointers fit in it fails here.
        ByteBuffer pointers = file.bytes(volume, header.length + index * width, 2 * width, "pointers to packed blocks");
        long start = width == Long.BYTES ? pointers.getLong(0) : pointers.getInt(0) & 0xffffffffL;
        long end = width == Long.BYTES ? pointers.getLong(width) : pointers.getInt(width) & 0xffffffffL;
        if (start == end) {
            sink.zeros(length);
            return;
        }
        if (start < 0 || end < start || end > file.stored() || end - start > 2L * plain + GROWTH) {
            throw volume.sectors()
                    .damage(
                            file.position,
                            "a file of " + file.stored() + " packed bytes whose block " + index + " is from " + start
                                    + " to " + end);
        }
        int stored = (int) (end - start);
        long place = file.place(start);
        Block block = blocks.get(place, plain, memory -> unpack(file, start, stored, memory, place));
        try {
            if (block.length() != plain) {
                throw volume.sectors()
                        .damage(place, "a block that unpacks to " + block.length() + " bytes, expected " + plain);
            }
            sink.block(block, within, length);
        } finally {
            block.release();
        }
    }

    private int unpack(Inode file, long start, int stored, ByteBuffer plain, long place) throws IOException {
        int wanted = plain.remaining();
        Inflater inflater = new Inflater();
        Block memory = cache.take(stored);
        try {
            ByteBuffer packed = memory.slice(0, stored);
            while (packed.hasRemaining()) {
                long at = start + packed.position();
                int n = (int) Math.min(packed.remaining(), file.contiguous(at));
                long from = file.place(at);
                volume.sectors().require(from, n, "a packed block");
                volume.sectors().source().read(from, packed.slice(packed.position(), n));
                packed.position(packed.position() + n);
            }
            inflater.setInput(packed.flip());
            while (plain.hasRemaining() && !inflater.finished()) {
                if (inflater.inflate(plain) == 0 && !inflater.finished()) {
                    break;
                }
            }
            if (plain.hasRemaining()) {
                throw volume.sectors()
                        .damage(
                                place,
                                "a packed block that holds " + (wanted - plain.remaining()) + " bytes, expected "
                                        + wanted);
            }
            return wanted;
        } catch (DataFormatException e) {
            throw volume.sectors().damage(place, "a packed block that is no zlib stream: " + e.getMessage());
        } finally {
            memory.release();
            inflater.end();
        }
    }
}
