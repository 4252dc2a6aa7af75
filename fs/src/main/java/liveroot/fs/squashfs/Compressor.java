package liveroot.fs.squashfs;

import java.util.Locale;
import liveroot.fs.codec.Decoder;
import liveroot.fs.codec.NativeXzDecoder;
import liveroot.fs.codec.NativeZlibDecoder;
import liveroot.fs.codec.XzDecoder;
import liveroot.fs.codec.ZlibDecoder;

/** The compressors of SquashFS 4.0, in the order of their numbers from 1 on. */
public enum Compressor {
    GZIP,
    LZMA,
    LZO,
    XZ,
    LZ4,
    ZSTD;

    private static final Compressor[] BY_NUMBER = values();

    /** The one with the superblock's number, or null. */
    static Compressor of(int number) {
        return number >= 1 && number <= BY_NUMBER.length ? BY_NUMBER[number - 1] : null;
    }

    /**
     * A decoder for blocks of up to {@code blockSize} bytes. Only here is its class named, so that the classes and native
     * libraries of the others are never loaded.
     */
    Decoder decoder(int blockSize) {
        return switch (this) {
            case GZIP -> {
                Decoder zlib = NativeZlibDecoder.open();
                yield zlib != null ? zlib : new ZlibDecoder();
            }
            case LZMA -> new LzmaDecoder(blockSize);
            case LZO -> new LzoDecoder();
            case XZ -> {
                // A dictionary of one block, as the kernel allows (fs/squashfs/xz_wrapper.c).
                int size = Math.max(blockSize, Metadata.BLOCK_SIZE);
                Decoder xz = NativeXzDecoder.open(size);
                yield xz != null ? xz : new XzDecoder(size, size, size);
            }
            case LZ4 -> new Lz4Decoder();
            case ZSTD -> new ZstdDecoder();
        };
    }

    /** As mksquashfs' option {@code -comp} calls it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
