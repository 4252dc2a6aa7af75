package liveroot.fs.cpio;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import liveroot.cache.BlockSource;
import liveroot.fs.BadImageException;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4FrameInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.tukaani.xz.LZMAInputStream;
import org.tukaani.xz.SingleXZInputStream;

/** The codecs that members of an initrd are packed by, told by their magic numbers. */
enum Packed {
    GZIP("gzip", "\u001f\u008b"),
    XZ("xz", "\u00fd7zXZ"),
    ZSTD("zstd", "(\u00b5/\u00fd"),
    BZIP2("bzip2", "BZh"),
    LZ4("lz4", "\u0004\"M\u0018"),
    /** As {@code lz4 -l} writes it, and the Linux kernel reads it. */
    LZ4_LEGACY("lz4 (legacy)", "\u0002!L\u0018"),
    /** The format of lzma(1) before xz, as Ubuntu's initrds were packed. */
    LZMA("lzma", "]\0\0");

    /** The most memory that xz may take, in KiB: what its level 9 needs. */
    private static final int XZ_MEMORY = 70 << 10;

    private final String words;
    private final String magic;

    Packed(String words, String magic) {
        this.words = words;
        this.magic = magic;
    }

    /** The codec that six bytes begin, or null. */
    static Packed find(ByteBuffer in) {
        for (Packed codec : values()) {
            boolean fits = true;
            for (int i = 0; i < Math.min(codec.magic.length(), in.limit()); i++) {
                fits &= (in.get(i) & 0xff) == codec.magic.charAt(i);
            }
            if (fits && in.limit() >= codec.magic.length()) {
                return codec;
            }
        }
        return null;
    }

    @Override
    public String toString() {
        return words;
    }

    /** Where the stream of this codec at {@code in} unpacks to; {@code in} stands behind it when that has ended. */
    InputStream plain(Bytes in) throws IOException {
        return switch (this) {
            case GZIP -> new Gzip(in);
            case XZ -> new SingleXZInputStream(in, XZ_MEMORY);
            case ZSTD -> new ZstdFrame(in);
            case BZIP2 -> new BZip2CompressorInputStream(in, false);
            case LZ4 -> new LZ4FrameInputStream(in, true);
            case LZ4_LEGACY -> new Lz4Legacy(in);
            case LZMA -> new LZMAInputStream(in, XZ_MEMORY);
        };
    }

    /** A source from a position on, byte by byte. */
    static final class Bytes extends InputStream {

        private final BlockSource source;
        private final ByteBuffer direct;
        private final byte[] buffer = new byte[64 << 10];
        private int at;
        private int end;
        /** Of what is behind the buffer. */
        private long next;

        /** @param direct of 64 KiB */
        Bytes(BlockSource source, long position, ByteBuffer direct) {
            this.source = source;
            this.direct = direct;
            this.next = position;
        }

        long position() {
            return next - (end - at);
        }

        private boolean fill() throws IOException {
            if (at < end) {
                return true;
            }
            int n = (int) Math.min(buffer.length, source.size() - next);
            if (n <= 0) {
                return false;
            }
            source.read(next, direct.clear().limit(n));
            direct.flip().get(buffer, 0, n);
            at = 0;
            end = n;
            next += n;
            return true;
        }

        @Override
        public int read() throws IOException {
            return fill() ? buffer[at++] & 0xff : -1;
        }

        @Override
        public int read(byte[] dst, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (!fill()) {
                return -1;
            }
            int n = Math.min(length, end - at);
            System.arraycopy(buffer, at, dst, offset, n);
            at += n;
            return n;
        }

        private int must() throws IOException {
            int b = read();
            if (b < 0) {
                throw new EOFException("it ends too early");
            }
            return b;
        }

        private long littleEndian(int bytes) throws IOException {
            long value = 0;
            for (int i = 0; i < bytes; i++) {
                value |= (long) must() << (8 * i);
            }
            return value;
        }

        BadImageException damage(String fault) {
            return new BadImageException(source.name(), position(), fault);
        }
    }

    /** One member (RFC 1952). Java's own reads beyond its end. */
    private static final class Gzip extends InputStream {

        private static final int HEADER_CRC = 2;
        private static final int EXTRA = 4;
        private static final int NAME = 8;
        private static final int COMMENT = 16;

        private final Bytes in;
        private final Inflater inflater = new Inflater(true);
        private final CRC32 crc = new CRC32();
        private boolean ended;

        Gzip(Bytes in) throws IOException {
            this.in = in;
            in.littleEndian(3);
            int flags = in.must();
            in.littleEndian(6);
            if ((flags & EXTRA) != 0) {
                in.skipNBytes(in.littleEndian(2));
            }
            for (int text : new int[] {NAME, COMMENT}) {
                while ((flags & text) != 0 && in.must() != 0) {
                    // Not of interest.
                }
            }
            if ((flags & HEADER_CRC) != 0) {
                in.littleEndian(2);
            }
        }

        @Override
        public int read() {
            throw new UnsupportedOperationException();
        }

        @Override
        public int read(byte[] dst, int offset, int length) throws IOException {
            try {
                while (!ended) {
                    if (inflater.needsInput()) {
                        if (!in.fill()) {
                            throw new EOFException("it ends too early");
                        }
                        inflater.setInput(in.buffer, in.at, in.end - in.at);
                        in.at = in.end;
                    }
                    int n = inflater.inflate(dst, offset, length);
                    crc.update(dst, offset, n);
                    if (inflater.finished()) {
                        in.at = in.end - inflater.getRemaining();
                        ended = true;
                        checkEnd();
                    } else if (n == 0 && inflater.needsDictionary()) {
                        throw new IOException("it wants a dictionary");
                    }
                    if (n > 0) {
                        return n;
                    }
                }
                return -1;
            } catch (DataFormatException e) {
                throw new IOException(e.getMessage(), e);
            }
        }

        private void checkEnd() throws IOException {
            long wanted = in.littleEndian(4);
            in.littleEndian(4);
            if (wanted != crc.getValue()) {
                throw new IOException(
                        "its CRC-32 is " + Long.toHexString(crc.getValue()) + ", expected " + Long.toHexString(wanted));
            }
        }

        @Override
        public void close() {
            inflater.end();
        }
    }

    /** Not damaged, but made for a machine with more memory. */
    static final class WindowTooLarge extends IOException {

        private static final long serialVersionUID = 1;

        WindowTooLarge(long most) {
            super("needs a window of more than " + most + " bytes, which is not given; pack it with a smaller one");
        }
    }

    /** The bytes of one frame, and no more, to zstd's own reader (RFC 8878, 3.1.1). */
    private static final class ZstdFrame extends InputStream {

        /** As Linux' (lib/decompress_unzstd.c). */
        private static final int WINDOW_LOG = 27;

        private final InputStream plain;

        ZstdFrame(Bytes in) throws IOException {
            plain = new ZstdInputStreamNoFinalizer(new Frame(in)).setLongMax(WINDOW_LOG);
        }

        @Override
        public int read() throws IOException {
            return plain.read();
        }

        @Override
        public int read(byte[] dst, int offset, int length) throws IOException {
            try {
                return plain.read(dst, offset, length);
            } catch (ZstdIOException e) {
                throw Math.abs(e.getErrorCode()) == Zstd.errFrameParameterWindowTooLarge()
                        ? new WindowTooLarge(1L << WINDOW_LOG)
                        : e;
            }
        }

        @Override
        public void close() throws IOException {
            plain.close();
        }

        private static final class Frame extends InputStream {

            private static final int RLE = 1;

            private final Bytes in;
            private final int checksum;
            private final byte[] head = new byte[18];
            private int headLength;
            private int headAt;
            /** Of the current block, bytes that are still to come. */
            private int left;

            private boolean isLast;

            Frame(Bytes in) throws IOException {
                this.in = in;
                keep(4);
                int descriptor = keep(1);
                boolean isSingle = (descriptor & 0x20) != 0;
                checksum = (descriptor & 4) == 0 ? 0 : 4;
                int dictionary = descriptor & 3;
                int size = descriptor >> 6;
                keep((isSingle ? 0 : 1)
                        + (dictionary == 3 ? 4 : dictionary)
                        + (size == 0 ? (isSingle ? 1 : 0) : 1 << size));
            }

            private int keep(int bytes) throws IOException {
                int last = 0;
                for (int i = 0; i < bytes; i++) {
                    last = in.must();
                    head[headLength++] = (byte) last;
                }
                return last;
            }

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] dst, int offset, int length) throws IOException {
                if (headAt == headLength && left == 0) {
                    if (isLast) {
                        return -1;
                    }
                    headAt = 0;
                    headLength = 0;
                    keep(3);
                    int block = (head[0] & 0xff) | (head[1] & 0xff) << 8 | (head[2] & 0xff) << 16;
                    isLast = (block & 1) != 0;
                    left = ((block >> 1 & 3) == RLE ? 1 : block >> 3) + (isLast ? checksum : 0);
                }
                if (headAt < headLength) {
                    int n = Math.min(length, headLength - headAt);
                    System.arraycopy(head, headAt, dst, offset, n);
                    headAt += n;
                    return n;
                }
                int n = in.read(dst, offset, Math.min(length, left));
                left -= Math.max(0, n);
                return n;
            }
        }
    }

    /** Blocks {length u32, bytes} of 8 MiB each, up to a shorter one, the end, or what cannot be a length. */
    private static final class Lz4Legacy extends InputStream {

        private static final int BLOCK = 8 << 20;
        private static final int LONGEST = BLOCK + BLOCK / 255 + 16;

        private final Bytes in;
        private InputStream block = InputStream.nullInputStream();
        private boolean ended;

        Lz4Legacy(Bytes in) throws IOException {
            this.in = in;
            in.littleEndian(4);
        }

        @Override
        public int read() {
            throw new UnsupportedOperationException();
        }

        @Override
        public int read(byte[] dst, int offset, int length) throws IOException {
            int n;
            while ((n = block.read(dst, offset, length)) < 0) {
                if (!next()) {
                    return -1;
                }
            }
            return n;
        }

        private boolean next() throws IOException {
            long left = in.source.size() - in.position();
            if (ended || left < 4) {
                return false;
            }
            // A length can only be told from what follows the stream by being one; that stays where it is.
            byte[] head = new byte[4];
            ByteBuffer direct = in.direct.clear().limit(4);
            in.source.read(in.position(), direct);
            direct.flip().get(head);
            long size = (head[0] & 0xffL) | (head[1] & 0xffL) << 8 | (head[2] & 0xffL) << 16 | (head[3] & 0xffL) << 24;
            if (size == 0 || size > LONGEST) {
                return false;
            }
            in.littleEndian(4);
            if (size > left - 4) {
                throw new EOFException("it ends too early");
            }
            byte[] packed = new byte[(int) size];
            in.readNBytes(packed, 0, packed.length);
            byte[] plain = new byte[BLOCK];
            try {
                int n = LZ4Factory.fastestInstance().safeDecompressor().decompress(packed, plain);
                block = new ByteArrayInputStream(plain, 0, n);
                ended = n < BLOCK;
                return true;
            } catch (LZ4Exception e) {
                throw new IOException(e.getMessage(), e);
            }
        }
    }
}
