package liveroot.fs.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZ;
import org.tukaani.xz.XZOutputStream;

/** The host's libraries and Java's unpack the same blocks to the same bytes, and refuse the same ones. */
final class NativeDecodersTest {

    private static final int BLOCK = 64 << 10;

    private final Random random = new Random(7);
    private Decoder host;
    private Decoder java;

    private void open(String codec) {
        if (codec.equals("zlib")) {
            host = NativeZlibDecoder.open();
            java = new ZlibDecoder();
        } else {
            host = NativeXzDecoder.open(BLOCK);
            java = new XzDecoder(2 * BLOCK, BLOCK, BLOCK);
        }
        if (host == null) {
            System.err.println("SKIPPED: " + codec + " by the host: no libdeflate.so.0 or liblzma.so.5");
        }
        assumeTrue(host != null, "the host has no library for " + codec);
    }

    @AfterEach
    void close() {
        if (host != null) {
            host.close();
        }
        if (java != null) {
            java.close();
        }
    }

    private byte[] text(int length) {
        StringBuilder text = new StringBuilder();
        while (text.length() < length) {
            text.append(Integer.toString(random.nextInt(2000), 36)).append(' ');
        }
        return text.substring(0, length).getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] pack(String codec, byte[] plain) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        LZMA2Options options = new LZMA2Options();
        options.setDictSize(BLOCK);
        try (OutputStream out = codec.equals("zlib")
                ? new DeflaterOutputStream(packed, new Deflater(9))
                : new XZOutputStream(packed, options, XZ.CHECK_CRC32)) {
            out.write(plain);
        }
        return packed.toByteArray();
    }

    /** @return the plain bytes, or null if it refuses them */
    private static byte[] unpack(Decoder decoder, byte[] packed, int room) {
        ByteBuffer in = ByteBuffer.allocateDirect(packed.length).put(packed).flip();
        ByteBuffer out = ByteBuffer.allocateDirect(room);
        try {
            byte[] plain = new byte[decoder.unpack(in, out)];
            out.get(0, plain);
            return plain;
        } catch (IOException e) {
            return null;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"zlib", "xz"})
    void bothUnpackBlocksOfAnyLength(String codec) throws IOException {
        open(codec);
        for (int length : new int[] {0, 1, 4095, 4096, BLOCK - 1, BLOCK}) {
            byte[] plain = text(length);
            byte[] packed = pack(codec, plain);
            assertArrayEquals(plain, unpack(host, packed, BLOCK));
            assertArrayEquals(plain, unpack(java, packed, BLOCK));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"zlib", "xz"})
    void bothRefuseABlockThatDoesNotFitOrEndsTooEarly(String codec) throws IOException {
        open(codec);
        byte[] packed = pack(codec, text(5000));
        for (Decoder decoder : new Decoder[] {host, java}) {
            assertEquals(null, unpack(decoder, packed, 4999));
            for (int cut : new int[] {0, 1, packed.length / 2, packed.length - 1}) {
                assertEquals(null, unpack(decoder, Arrays.copyOf(packed, cut), BLOCK), cut + " bytes");
            }
            assertEquals(5000, unpack(decoder, packed, 5000).length, "good blocks after bad ones");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"zlib", "xz"})
    void bothSayTheSameOfDamagedBlocks(String codec) throws IOException {
        open(codec);
        byte[] plain = text(20_000);
        byte[] good = pack(codec, plain);
        int refused = 0;
        for (int i = 0; i < 300; i++) {
            byte[] bad = good.clone();
            bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
            byte[] byHost = unpack(host, bad, BLOCK);
            assertArrayEquals(unpack(java, bad, BLOCK), byHost);
            if (byHost == null) {
                refused++;
            } else {
                assertArrayEquals(plain, byHost, "of a bit that stands for nothing, such as those that fill up a byte");
            }
        }
        assertTrue(refused > 290, refused + " of 300");
    }

    @Test
    void theErrorNamesTheCodecWhoeverUnpacks() throws IOException {
        open("zlib");
        byte[] bad = pack("zlib", text(5000));
        bad[100] ^= 1;
        for (Decoder decoder : new Decoder[] {host, java}) {
            Decoders decoders = new Decoders("gzip", () -> decoder);
            ByteBuffer in = ByteBuffer.allocateDirect(bad.length).put(bad).flip();
            DamagedBlockException e = assertThrows(
                    DamagedBlockException.class, () -> decoders.unpack(in, ByteBuffer.allocateDirect(BLOCK)));
            assertEquals("bad gzip data: ", e.getMessage().substring(0, 15));
        }
    }
}
