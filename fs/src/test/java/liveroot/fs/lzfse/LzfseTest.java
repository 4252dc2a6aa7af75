package liveroot.fs.lzfse;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import liveroot.fs.SharedImages;
import org.junit.jupiter.api.Test;

final class LzfseTest {

    private static final int RUN = 1 << 20;

    /** Where the image packed with zlib has the runs that the image packed with LZFSE has one behind the other. */
    private static final int[] SAME_RUNS = {7791, 7715, 0, 468, 213, 390};

    private static final byte GUARD = 0x5a;

    private static ByteBuffer direct(byte[] bytes) {
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    private static byte[] decode(byte[] packed, int room) throws IOException {
        ByteBuffer plain = ByteBuffer.allocateDirect(room);
        int length = Lzfse.decode(direct(packed), plain);
        assertEquals(length, plain.position());
        byte[] bytes = new byte[length];
        plain.get(0, bytes);
        return bytes;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Test
    void aStoredBlockIsCopied() throws IOException {
        assertArrayEquals(ascii("hello"), decode(ascii("bvx-\5\0\0\0hellobvx$"), 100));
    }

    @Test
    void lzvnTakesLiteralsAndMatchesThatOverlap() throws IOException {
        // 3 literals; 2 more of them 3 back; a long match of 16 + 4; the end.
        byte[] packed = {(byte) 0xe3, 'a', 'b', 'c', 0x00, 3, (byte) 0xf0, 4, 0x06, 0, 0, 0, 0, 0, 0, 0};
        ByteBuffer plain = ByteBuffer.allocateDirect(100);
        assertEquals(26, Lzfse.decodeLzvn(direct(packed), plain));
        byte[] bytes = new byte[26];
        plain.get(0, bytes);
        assertArrayEquals(ascii("abcabcabcabcabcabcabcabcab"), bytes);
    }

    @Test
    void whatIsNoStreamIsRefusedWithThePlace() {
        IOException refused = assertThrows(IOException.class, () -> decode(ascii("bvx-\1\0\0\0abvxq"), 100));
        assertEquals(
                "LZFSE stream: block at 9: begins with 0x71787662, which is no kind of block", refused.getMessage());
    }

    @Test
    void moreThanThereIsRoomForIsRefused() {
        IOException refused = assertThrows(IOException.class, () -> decode(ascii("bvx-\5\0\0\0hellobvx$"), 4));
        assertEquals("LZFSE stream: block at 0: unpacks to 5 bytes, expected at most 4", refused.getMessage());
    }

    @Test
    void realLzvnOfCompressedFilesIsUnpacked() throws IOException {
        byte[] expected = SharedImages.bytes("decmpfs/real_zlib_inline.expected");
        assertArrayEquals(expected, decode(SharedImages.bytes("decmpfs/real_lzfse_inline.payload"), expected.length));
    }

    /** Streams as they stand one behind the other in a disk image; each is cut out with the help of the decoder. */
    private static List<byte[]> realStreams() throws IOException {
        byte[] image = SharedImages.bytes("udif/dmgwiz_lzfse.dmg");
        ByteBuffer in = direct(image);
        List<byte[]> streams = new ArrayList<>();
        while (Lzfse.isStream(in)) {
            int start = in.position();
            Lzfse.decode(in, ByteBuffer.allocateDirect(RUN));
            streams.add(Arrays.copyOfRange(image, start, in.position()));
        }
        return streams;
    }

    @Test
    void aRealDiskImageIsTheSameAsItsZlibTwin() throws IOException, DataFormatException {
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        byte[] twin = SharedImages.bytes("udif/dmgwiz_zlib.dmg");
        byte[] plain = new byte[RUN];
        for (int at : SAME_RUNS) {
            Inflater inflater = new Inflater();
            inflater.setInput(twin, at, twin.length - at);
            expected.write(plain, 0, inflater.inflate(plain));
            inflater.end();
        }
        ByteArrayOutputStream found = new ByteArrayOutputStream();
        List<byte[]> streams = realStreams();
        for (byte[] stream : streams) {
            found.write(decode(stream, RUN));
        }
        assertEquals(SAME_RUNS.length, streams.size());
        assertArrayEquals(expected.toByteArray(), found.toByteArray());
    }

    @Test
    void aBlockWithPlainTablesIsTheSameAsWithPackedOnes() throws IOException {
        int blocks = 0;
        for (byte[] stream : realStreams()) {
            if (stream[3] == '2') {
                ByteBuffer in = direct(stream).order(ByteOrder.LITTLE_ENDIAN);
                assertArrayEquals(decode(stream, RUN), decode(withPlainTables(stream, FseHeader.packed(in)), RUN));
                blocks++;
            }
        }
        assertTrue(blocks > 0);
    }

    /** The first block of {@code stream} as {@code bvx1}, and what follows. */
    private static byte[] withPlainTables(byte[] stream, FseHeader h) {
        ByteBuffer out = ByteBuffer.allocate(772 + stream.length - h.size).order(ByteOrder.LITTLE_ENDIAN);
        out.put(ascii("bvx1")).putInt(h.plainBytes).putInt(h.literalBytes + h.matchBytes);
        out.putInt(h.literals).putInt(h.matches).putInt(h.literalBytes).putInt(h.matchBytes);
        out.putInt(h.literalBits);
        for (int state : h.literalStates) {
            out.putShort((short) state);
        }
        out.putInt(h.matchBits).putShort((short) h.literalRunState);
        out.putShort((short) h.matchState).putShort((short) h.distanceState);
        for (int[] table :
                new int[][] {h.literalRunFrequencies, h.matchFrequencies, h.distanceFrequencies, h.literalFrequencies
                }) {
            for (int frequency : table) {
                out.putShort((short) frequency);
            }
        }
        out.position(772).put(stream, h.size, stream.length - h.size);
        return out.array();
    }

    @Test
    void damagedStreamsBringBytesOrAnIoExceptionAndTouchNothingElse() throws IOException {
        Random random = new Random(1);
        List<byte[]> streams = new ArrayList<>(realStreams());
        streams.add(SharedImages.bytes("decmpfs/real_lzfse_inline.payload"));
        for (int i = 0; i < 3000; i++) {
            byte[] stream = streams.get(i % streams.size()).clone();
            if (i % 3 == 0) {
                stream = Arrays.copyOf(stream, random.nextInt(stream.length));
            } else {
                // Half of the changes fall into a header and its tables.
                int most = random.nextBoolean() ? Math.min(200, stream.length) : stream.length;
                stream[random.nextInt(most)] ^= (byte) (1 + random.nextInt(255));
            }
            ByteBuffer plain = ByteBuffer.allocateDirect(RUN / 4 + 16);
            for (int k = 0; k < 8; k++) {
                plain.put(k, GUARD).put(plain.capacity() - 1 - k, GUARD);
            }
            try {
                Lzfse.decode(direct(stream), plain.duplicate().position(8).limit(plain.capacity() - 8));
            } catch (IOException e) {
                assertTrue(e.getMessage().startsWith("LZFSE stream"), e.getMessage());
            }
            for (int k = 0; k < 8; k++) {
                assertEquals(GUARD, plain.get(k));
                assertEquals(GUARD, plain.get(plain.capacity() - 1 - k));
            }
        }
    }
}
