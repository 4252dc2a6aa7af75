package liveroot.fs.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.BadImageException;
import liveroot.fs.ImageTree;
import liveroot.fs.hfsplus.HfsPlus;
import liveroot.fs.squashfs.SquashFs;

/** Opens images of any format that can be read, which is told by their bytes, never by their names. */
public final class Images {

    /** What can be read, in words for people. */
    private static final String READABLE = "SquashFS 4.0";

    private static final int FIRST = 4;

    /** How many bytes are shown of what is not known. */
    private static final int SHOWN = 8;

    /** Bytes at the start that are looked at: all of ZFS' first label. */
    private static final int HEAD = 256 << 10;

    private static final int TAIL = 512;

    /** Where ZFS keeps its uberblocks, one in each KiB, most of them unused, and their magic number in both orders. */
    private static final int UBERBLOCKS = 128 << 10;

    private static final long UBERBLOCK_MAGIC = 0x00bab10cL;

    private Images() {}

    /**
     * Opens an image.
     *
     * @param source closed together with the tree, but left open if this fails
     * @param cache for unpacked blocks; stays the caller's
     * @throws BadImageException if it is damaged, or of a format that cannot be read; then the message says what it is
     * @throws IOException if the medium cannot be read
     */
    public static ImageTree open(BlockSource source, BlockCache cache) throws IOException {
        if (source.size() >= FIRST && SquashFs.isMagic(firstFour(source, cache))) {
            return SquashFs.open(source, cache);
        }
        Found found = find(source, cache);
        if (found.format == ImageFormat.HFS_PLUS || found.format == ImageFormat.HFS) {
            return HfsPlus.open(source, cache);
        }
        throw new BadImageException(
                source.name(),
                found.position,
                "not an image that liveroot can read (" + READABLE + "), but " + found.format
                        + switch (found.format) {
                            case UNKNOWN -> beginning(source, cache);
                            case ISO_9660 ->
                                "; a live CD has its root image in it: mount that and look for live/filesystem.squashfs or"
                                        + " the like";
                            default -> "";
                        });
    }

    private static String beginning(BlockSource source, BlockCache cache) throws IOException {
        int length = (int) Math.min(SHOWN, source.size());
        StringBuilder text = new StringBuilder(", which begins with the bytes");
        Block memory = cache.take(length);
        try {
            source.read(0, memory.slice(0, length));
            for (int i = 0; i < length; i++) {
                text.append(' ')
                        .append(Character.forDigit(memory.memory().get(i) >> 4 & 15, 16))
                        .append(Character.forDigit(memory.memory().get(i) & 15, 16));
            }
        } finally {
            memory.release();
        }
        return text.append(source.size() < HEAD ? " (it has only " + source.size() + " bytes)" : "")
                .toString();
    }

    /** What {@code source} is, as far as its bytes tell without opening it. */
    public static ImageFormat probe(BlockSource source, BlockCache cache) throws IOException {
        return find(source, cache).format;
    }

    /** @param position of the bytes that told */
    private record Found(ImageFormat format, long position) {}

    private static int firstFour(BlockSource source, BlockCache cache) throws IOException {
        Block memory = cache.take(FIRST);
        try {
            source.read(0, memory.slice(0, FIRST));
            return memory.memory().getInt(0);
        } finally {
            memory.release();
        }
    }

    private static Found find(BlockSource source, BlockCache cache) throws IOException {
        long size = source.size();
        if (size == 0) {
            return new Found(ImageFormat.EMPTY, 0);
        }
        int headLength = (int) Math.min(HEAD, size);
        int tailLength = (int) Math.min(TAIL, size);
        Block head = cache.take(headLength);
        try {
            source.read(0, head.slice(0, headLength));
            Block tail = cache.take(tailLength);
            try {
                source.read(size - tailLength, tail.slice(0, tailLength));
                return find(head.slice(0, headLength), tail.slice(0, tailLength), size);
            } finally {
                tail.release();
            }
        } finally {
            head.release();
        }
    }

    private static Found find(ByteBuffer head, ByteBuffer tail, long size) {
        for (Signature signature : Signature.ALL) {
            long position = signature.position(size);
            ByteBuffer memory = signature.offset() < 0 ? tail : head;
            long at = signature.offset() < 0 ? memory.limit() + signature.offset() : position;
            if (at >= 0 && at <= memory.limit() - signature.bytes().length() && signature.matches(memory, (int) at)) {
                return new Found(signature.format(), position);
            }
        }
        for (int at = UBERBLOCKS; at <= head.limit() - Long.BYTES; at += 1024) {
            long magic = head.getLong(at);
            if (magic == UBERBLOCK_MAGIC || magic == Long.reverseBytes(UBERBLOCK_MAGIC)) {
                return new Found(ImageFormat.ZFS, at);
            }
        }
        for (int at = 0; at < head.limit(); at++) {
            if (head.get(at) != 0) {
                return new Found(ImageFormat.UNKNOWN, 0);
            }
        }
        return new Found(ImageFormat.ZEROS, 0);
    }
}
