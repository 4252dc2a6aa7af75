package liveroot.fs.erofs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.BadImageException;
import liveroot.fs.codec.DeflatePieceDecoder;
import liveroot.fs.codec.MicroLzmaDecoder;
import liveroot.fs.codec.NativeMicroLzmaDecoder;
import liveroot.fs.codec.PieceDecoder;
import liveroot.fs.codec.ZstdPieceDecoder;

/**
 * What files are compressed by, in the order of the numbers that stand for it. For each that an image uses there is a
 * configuration behind its superblock: a length, and so many bytes (struct z_erofs_lz4_cfgs and the like of
 * fs/erofs/erofs_fs.h), at a multiple of 4.
 */
enum Algorithm {
    LZ4("LZ4", 14),
    LZMA("LZMA", 14),
    DEFLATE("DEFLATE", 6),
    ZSTD("Zstandard", 6);

    /** Z_EROFS_PCLUSTER_MAX_SIZE and _DSIZE: bytes stored and unpacked, at most, of an extent. */
    static final int MOST_STORED = 1 << 20;

    static final int MOST_UNPACKED = 12 << 20;

    /** The window of LZ4, whose configuration may ask for a shorter one, and of DEFLATE. */
    private static final int LZ4_WINDOW = 64 << 10;

    private static final int DEFLATE_BITS = 15;

    private static final int SMALLEST_DICTIONARY = 4 << 10;
    private static final int LARGEST_DICTIONARY = 8 << 20;
    private static final int SMALLEST_ZSTD_BITS = 10;
    private static final int LARGEST_ZSTD_BITS = 20;

    private static final Algorithm[] BY_NUMBER = values();

    private final String words;
    private final int size;

    Algorithm(String words, int size) {
        this.words = words;
        this.size = size;
    }

    @Override
    public String toString() {
        return words;
    }

    /** @return null if there is none of this number */
    static Algorithm of(int number) {
        return number < BY_NUMBER.length ? BY_NUMBER[number] : null;
    }

    /**
     * Reads the configurations.
     *
     * @param numbers a bit for each algorithm that the image uses
     * @param start where the superblock ends
     * @return how many bytes back a file that is compressed by it may refer
     */
    static Map<Algorithm, Integer> read(BlockSource source, BlockCache cache, int numbers, long start, int blockBits)
            throws IOException {
        Map<Algorithm, Integer> windows = new EnumMap<>(Algorithm.class);
        long at = start;
        for (int number = 0; number < BY_NUMBER.length; number++) {
            if ((numbers & (1 << number)) == 0) {
                continue;
            }
            Algorithm algorithm = BY_NUMBER[number];
            Block memory = cache.take(Short.BYTES + algorithm.size);
            try {
                int bytes = Short.BYTES + algorithm.size;
                if (at + bytes > source.size()) {
                    throw new BadImageException(
                            source.name(),
                            source.size(),
                            "the image ends here, within its configuration of " + algorithm);
                }
                source.read(at, memory.slice(0, bytes));
                ByteBuffer in = memory.slice(0, bytes).order(ByteOrder.LITTLE_ENDIAN);
                int length = in.getShort() & 0xffff;
                String fault = length < algorithm.size
                        ? "has " + length + " bytes, expected " + algorithm.size
                        : algorithm.fault(in, blockBits);
                if (fault != null) {
                    throw new BadImageException(source.name(), at, "the configuration of " + algorithm + " " + fault);
                }
                windows.put(algorithm, algorithm.window(in));
                at = (at + Short.BYTES + length + Integer.BYTES - 1) & -Integer.BYTES;
            } finally {
                memory.release();
            }
        }
        return Collections.unmodifiableMap(windows);
    }

    /** @param in stands at the configuration */
    private String fault(ByteBuffer in, int blockBits) {
        int at = in.position();
        return switch (this) {
            case LZ4 -> {
                int blocks = in.getShort(at + 2) & 0xffff;
                yield (long) blocks << blockBits > MOST_STORED
                        ? "has extents of " + blocks + " blocks, more than " + MOST_STORED + " bytes"
                        : null;
            }
            case LZMA -> {
                long dictionary = in.getInt(at) & 0xffffffffL;
                int format = in.getShort(at + 4) & 0xffff;
                yield dictionary < SMALLEST_DICTIONARY || dictionary > LARGEST_DICTIONARY || format != 0
                        ? "has a dictionary of " + dictionary + " bytes and format " + format + ", expected "
                                + SMALLEST_DICTIONARY + " to " + LARGEST_DICTIONARY + " and 0"
                        : null;
            }
            case DEFLATE -> {
                int bits = in.get(at) & 0xff;
                yield bits > DEFLATE_BITS ? "has a window of 2^" + bits + " bytes, expected 2^" + DEFLATE_BITS : null;
            }
            case ZSTD -> {
                int format = in.get(at) & 0xff;
                int bits = SMALLEST_ZSTD_BITS + (in.get(at + 1) & 0xff);
                yield bits > LARGEST_ZSTD_BITS || format != 0
                        ? "has a window of 2^" + bits + " bytes and format " + format + ", expected up to 2^"
                                + LARGEST_ZSTD_BITS + " and 0"
                        : null;
            }
        };
    }

    private int window(ByteBuffer in) {
        int at = in.position();
        return switch (this) {
            case LZ4 -> LZ4_WINDOW;
            case LZMA -> in.getInt(at);
            case DEFLATE -> 1 << DEFLATE_BITS;
            case ZSTD -> 1 << (SMALLEST_ZSTD_BITS + (in.get(at + 1) & 0xff));
        };
    }

    /**
     * A decoder, of any but LZ4. Only here is its class named, so that the classes and native libraries of the others are
     * never loaded.
     */
    PieceDecoder decoder(int window) {
        return switch (this) {
            case LZ4 -> throw new IllegalStateException("LZ4 is unpacked by PackedExtents");
            case LZMA -> {
                PieceDecoder lzma = NativeMicroLzmaDecoder.open(window);
                yield lzma != null ? lzma : new MicroLzmaDecoder(MOST_STORED, window);
            }
            case DEFLATE -> new DeflatePieceDecoder();
            case ZSTD -> new ZstdPieceDecoder(Integer.numberOfTrailingZeros(window));
        };
    }
}
