package liveroot.fs.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.LZMAOutputStream;

/** The judges are the encoders. */
final class PieceDecodersTest {

    private static final int BLOCK = 200_000;
    private static final int PIECE = 8192;

    private final Random random = new Random(7);

    enum Codec {
        LZMA_BY_HOST,
        LZMA_IN_JAVA,
        DEFLATE,
        ZSTD;

        PieceDecoders open() {
            return new PieceDecoders(toString(), () -> switch (this) {
                case LZMA_BY_HOST -> {
                    PieceDecoder host = NativeMicroLzmaDecoder.open(1 << 20);
                    assumeTrue(host != null, "the host has no liblzma.so.5 that knows MicroLZMA (5.4)");
                    yield host;
                }
                case LZMA_IN_JAVA -> new MicroLzmaDecoder(1 << 20, 1 << 20);
                case DEFLATE -> new DeflatePieceDecoder();
                case ZSTD -> new ZstdPieceDecoder(18);
            });
        }

        byte[] pack(byte[] plain) throws IOException {
            if (this == ZSTD) {
                return Zstd.compress(plain);
            }
            if (this == DEFLATE) {
                Deflater deflater = new Deflater(9, true);
                deflater.setInput(plain);
                deflater.finish();
                byte[] packed = new byte[plain.length + 100];
                return Arrays.copyOf(packed, deflater.deflate(packed));
            }
            LZMA2Options options = new LZMA2Options();
            ByteArrayOutputStream stream = new ByteArrayOutputStream();
            try (LZMAOutputStream out = new LZMAOutputStream(stream, options, false)) {
                out.write(plain);
            }
            byte[] packed = stream.toByteArray();
            assertEquals(0, packed[0]);
            packed[0] = (byte) ~((options.getPb() * 5 + options.getLp()) * 9 + options.getLc());
            return packed;
        }
    }

    private byte[] text(int length) {
        StringBuilder text = new StringBuilder();
        while (text.length() < length) {
            text.append(Integer.toString(random.nextInt(2000), 36)).append(' ');
        }
        return text.substring(0, length).getBytes(StandardCharsets.US_ASCII);
    }

    /** The last piece of the first {@code length} bytes. */
    private static byte[] unpack(PieceDecoders decoders, byte[] packed, int piece, int length, boolean isAll)
            throws IOException {
        ByteBuffer in = ByteBuffer.allocateDirect(packed.length).put(packed).flip();
        ByteBuffer out = ByteBuffer.allocateDirect(piece);
        decoders.unpack(in, out, length, isAll);
        byte[] last = new byte[(length - 1) % piece + 1];
        out.get(0, last);
        return last;
    }

    @ParameterizedTest
    @EnumSource
    void aBlockIsUnpackedAtOnceOrInPieces(Codec codec) throws IOException {
        try (PieceDecoders decoders = codec.open()) {
            for (int length : new int[] {1, 2, PIECE - 1, PIECE, PIECE + 1, BLOCK}) {
                byte[] plain = text(length);
                byte[] packed = codec.pack(plain);
                assertArrayEquals(plain, unpack(decoders, packed, length, length, true));
                int last = (length - 1) / PIECE * PIECE;
                assertArrayEquals(
                        Arrays.copyOfRange(plain, last, length), unpack(decoders, packed, PIECE, length, true));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void theBeginningOfABlockIsUnpackedAlone(Codec codec) throws IOException {
        try (PieceDecoders decoders = codec.open()) {
            byte[] plain = text(BLOCK);
            byte[] packed = codec.pack(plain);
            for (int length : new int[] {1, 100, PIECE, BLOCK - 1, BLOCK}) {
                assertArrayEquals(Arrays.copyOf(plain, length), unpack(decoders, packed, length, length, false));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aBlockOfAnotherLengthIsRefused(Codec codec) throws IOException {
        try (PieceDecoders decoders = codec.open()) {
            byte[] packed = codec.pack(text(5000));
            for (int length : new int[] {1, 4999, 5001, 9000}) {
                assertThrows(
                        DamagedBlockException.class, () -> unpack(decoders, packed, length, length, true), "" + length);
            }
            assertThrows(DamagedBlockException.class, () -> unpack(decoders, packed, 9000, 9000, false));
            for (int cut : new int[] {0, 1, packed.length / 2, packed.length - 1}) {
                byte[] part = Arrays.copyOf(packed, cut);
                assertThrows(DamagedBlockException.class, () -> unpack(decoders, part, 5000, 5000, true), "" + cut);
            }
            assertEquals(5000, unpack(decoders, packed, 5000, 5000, true).length, "a good block after bad ones");
        }
    }

    @ParameterizedTest
    @EnumSource
    void damagedBlocksAreRefusedOrUnpackToSomething(Codec codec) throws IOException {
        try (PieceDecoders decoders = codec.open()) {
            byte[] good = codec.pack(text(20_000));
            int refused = 0;
            for (int i = 0; i < 300; i++) {
                byte[] bad = good.clone();
                bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
                try {
                    unpack(decoders, bad, i % 2 == 0 ? 20_000 : 1000, 20_000, true);
                } catch (DamagedBlockException e) {
                    assertTrue(e.getMessage().startsWith("bad " + codec + " data: "), e.getMessage());
                    refused++;
                }
            }
            // There is no checksum.
            assertTrue(refused > 20, refused + " of 300");
        }
    }

    /** Host and Java say the same of any bytes. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void bothDecodersOfLzmaAgree(boolean isAll) throws IOException {
        try (PieceDecoders host = Codec.LZMA_BY_HOST.open();
                PieceDecoders java = Codec.LZMA_IN_JAVA.open()) {
            byte[] good = Codec.LZMA_IN_JAVA.pack(text(3000));
            for (int i = 0; i < 300; i++) {
                byte[] bad = good.clone();
                bad[i < 20 ? 0 : random.nextInt(bad.length)] ^= (byte) (1 + random.nextInt(255));
                assertArrayEquals(unpackOrNull(java, bad, isAll), unpackOrNull(host, bad, isAll), "change " + i);
            }
        }
    }

    private static byte[] unpackOrNull(PieceDecoders decoders, byte[] packed, boolean isAll) throws IOException {
        try {
            return unpack(decoders, packed, 3000, 3000, isAll);
        } catch (DamagedBlockException e) {
            return null;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {18, 20})
    void aZstdFrameWithALargerWindowThanAllowedIsRefused(int windowLog) throws IOException {
        byte[] plain = text(1 << 20);
        byte[] packed;
        try (ZstdCompressCtx zstd = new ZstdCompressCtx()) {
            packed = zstd.setContentSize(false).setLong(windowLog).compress(plain);
        }
        try (PieceDecoders decoders = Codec.ZSTD.open()) {
            if (windowLog <= 18) {
                byte[] last = Arrays.copyOfRange(plain, plain.length - PIECE, plain.length);
                assertArrayEquals(last, unpack(decoders, packed, PIECE, plain.length, true));
            } else {
                assertThrows(DamagedBlockException.class, () -> unpack(decoders, packed, PIECE, plain.length, true));
            }
        }
    }

    @Test
    void zstdThatNeedsTooLargeAWindowIsToldSoAndNotCalledBad() {
        byte[] packed;
        try (ZstdCompressCtx zstd = new ZstdCompressCtx().setContentSize(false).setWindowLog(20)) {
            packed = zstd.compress(new byte[3 << 20]);
        }
        ByteBuffer direct = ByteBuffer.allocateDirect(packed.length).put(packed).flip();
        try (PieceDecoders decoders = Codec.ZSTD.open()) {
            DamagedBlockException refused = assertThrows(
                    DamagedBlockException.class,
                    () -> decoders.unpack(direct, ByteBuffer.allocateDirect(PIECE), BLOCK, false));
            assertEquals("ZSTD data that needs a larger window than a block of the image may", refused.getMessage());
        }
    }

    /** A frame's header (RFC 8878, 3.1.1.1) that asks for 3.75 TiB. */
    @Test
    void soIsZstdOfAWholeBlock() {
        byte[] packed = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0, (byte) 0xff, 1, 0, 0};
        ByteBuffer direct = ByteBuffer.allocateDirect(packed.length).put(packed).flip();
        ZstdDecompressCtx zstd = new ZstdDecompressCtx();
        try (Decoders decoders = new Decoders("zstd", () -> new Decoder() {
            @Override
            public int unpack(ByteBuffer in, ByteBuffer plain) {
                return zstd.decompressDirectByteBuffer(plain, 0, plain.limit(), in, 0, in.limit());
            }

            @Override
            public void close() {
                zstd.close();
            }
        })) {
            DamagedBlockException refused = assertThrows(
                    DamagedBlockException.class, () -> decoders.unpack(direct, ByteBuffer.allocateDirect(PIECE)));
            assertEquals("zstd data that needs a larger window than a block of the image may", refused.getMessage());
        }
    }
}
