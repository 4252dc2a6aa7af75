package liveroot.fs.image;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;

/** The first and last bytes of an image, looked at for {@link Signature}s. */
final class Probe implements Closeable {

    /** Bytes at the start that are looked at: up to the magic number of a UFS superblock at 256 KiB. */
    static final int HEAD = (256 << 10) + (2 << 10);

    private static final int TAIL = 512;

    /** Where ZFS keeps its uberblocks, one in each KiB, most of them unused, and their magic number in both orders. */
    private static final int UBERBLOCKS = 128 << 10;

    private static final int UBERBLOCKS_END = 256 << 10;

    private static final long UBERBLOCK_MAGIC = 0x00bab10cL;

    /** Where volume descriptors stand, of ISO 9660 and UDF alike; there are some ten at most. */
    private static final int DESCRIPTORS = 32 << 10;

    private static final int SECTOR = 2048;
    private static final int DESCRIPTORS_END = DESCRIPTORS + 32 * SECTOR;

    private final long size;
    private final Block headBlock;
    private final Block tailBlock;
    private final ByteBuffer head;
    private final ByteBuffer tail;

    /** Why there is no tail: mostly nothing is there that an image whose head is known could not do without. */
    private final IOException tailFault;

    private Probe(long size, Block headBlock, Block tailBlock, int headLength, int tailLength, IOException tailFault) {
        this.size = size;
        this.headBlock = headBlock;
        this.tailBlock = tailBlock;
        this.tailFault = tailFault;
        head = headBlock.slice(0, headLength);
        tail = tailBlock.slice(0, tailFault == null ? tailLength : 0);
    }

    static Probe of(BlockSource source, BlockCache cache) throws IOException {
        long size = source.size();
        int headLength = (int) Math.min(HEAD, size);
        int tailLength = (int) Math.min(TAIL, size);
        Block head = cache.take(Math.max(1, headLength));
        Block tail = null;
        try {
            source.read(0, head.slice(0, headLength));
            tail = cache.take(Math.max(1, tailLength));
            IOException tailFault = null;
            try {
                source.read(size - tailLength, tail.slice(0, tailLength));
            } catch (IOException e) {
                tailFault = e;
            }
            return new Probe(size, head, tail, headLength, tailLength, tailFault);
        } catch (IOException | RuntimeException | Error e) {
            head.release();
            if (tail != null) {
                tail.release();
            }
            throw e;
        }
    }

    /** @param position of the bytes that told */
    record Found(ImageFormat format, long position) {}

    /**
     * What the image is: the first signature that fits decides.
     *
     * @throws IOException if the head tells nothing and the tail cannot be read
     */
    Found find() throws IOException {
        if (size == 0) {
            return new Found(ImageFormat.EMPTY, 0);
        }
        for (Signature signature : Signature.ALL) {
            if (fits(signature)) {
                return new Found(signature.format(), signature.position(size));
            }
        }
        for (int at = UBERBLOCKS; at <= Math.min(head.limit(), UBERBLOCKS_END) - Long.BYTES; at += 1024) {
            long magic = head.getLong(at);
            if (magic == UBERBLOCK_MAGIC || magic == Long.reverseBytes(UBERBLOCK_MAGIC)) {
                return new Found(ImageFormat.ZFS, at);
            }
        }
        if (tailFault != null) {
            throw tailFault;
        }
        for (int at = 0; at < head.limit(); at++) {
            if (head.get(at) != 0) {
                return new Found(ImageFormat.UNKNOWN, 0);
            }
        }
        return new Found(ImageFormat.ZEROS, 0);
    }

    /** Whether the image could be taken for this too: a hybrid disc is ISO 9660 and a disk with partitions. */
    boolean fits(ImageFormat format) {
        for (Signature signature : Signature.ALL) {
            if (signature.format() == format && fits(signature)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a UDF file system shares the disc with ISO 9660: its descriptors follow, an NSR among them (ECMA-167, 3/9.1). */
    boolean hasUdf() {
        for (int at = DESCRIPTORS; at < DESCRIPTORS_END && at + SECTOR <= head.limit(); at += SECTOR) {
            if (head.get(at + 1) == 'N'
                    && head.get(at + 2) == 'S'
                    && head.get(at + 3) == 'R'
                    && head.get(at + 4) == '0') {
                return true;
            }
        }
        return false;
    }

    private boolean fits(Signature signature) {
        ByteBuffer memory = signature.offset() < 0 ? tail : head;
        long at = signature.offset() < 0 ? memory.limit() + signature.offset() : signature.offset();
        return at >= 0 && at <= memory.limit() - signature.bytes().length() && signature.matches(memory, (int) at);
    }

    @Override
    public void close() {
        headBlock.release();
        tailBlock.release();
    }
}
