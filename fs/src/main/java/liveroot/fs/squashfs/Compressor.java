package liveroot.fs.squashfs;

import java.util.Locale;

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
            case GZIP -> new GzipDecoder();
            case LZMA -> new LzmaDecoder(blockSize);
            case LZO -> new LzoDecoder();
            case XZ -> {
                Decoder xz = NativeXzDecoder.open(blockSize);
                yield xz != null ? xz : new XzDecoder(blockSize);
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
