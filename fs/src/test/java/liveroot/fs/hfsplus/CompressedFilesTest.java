package liveroot.fs.hfsplus;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.Deflater;
import liveroot.fs.Errno;
import liveroot.fs.FsException;
import liveroot.fs.SharedImages;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** decmpfs, by all types. LZVN and LZFSE are packed without matches here; real ones are in ../shared/images. */
final class CompressedFilesTest {

    private static final int CHUNK = 65_536;

    private final TestVolume volume = new TestVolume(4096, 4096, false);

    /** Half of it can be packed. */
    private static byte[] plain(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        for (int i = 0; i < length; i += 2) {
            bytes[i] = 'a';
        }
        return bytes;
    }

    private void compressed(String name, int type, long size, byte[] stored, byte[] resource) {
        TestVolume.Item item = volume.file(TestVolume.ROOT, name, new byte[0]);
        item.ownerFlags = 0x20;
        item.resource = resource;
        ByteBuffer value = ByteBuffer.allocate(16 + stored.length).order(ByteOrder.LITTLE_ENDIAN);
        value.putInt('f' | 'p' << 8 | 'm' << 16 | 'c' << 24)
                .putInt(type)
                .putLong(size)
                .put(stored);
        volume.xattr(item, "com.apple.decmpfs", value.array(), stored.length < 3000);
    }

    private static byte[] zlib(byte[] plain) {
        Deflater deflater = new Deflater();
        deflater.setInput(plain);
        deflater.finish();
        byte[] packed = new byte[plain.length + 100];
        int length = deflater.deflate(packed);
        deflater.end();
        return Arrays.copyOf(packed, length);
    }

    private static byte[] lzvn(byte[] plain) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int at = 0; at < plain.length; at += 271) {
            int n = Math.min(271, plain.length - at);
            if (n >= 16) {
                out.write(0xe0);
                out.write(n - 16);
            } else {
                out.write(0xe0 | n);
            }
            out.write(plain, at, n);
        }
        out.writeBytes(new byte[] {6, 0, 0, 0, 0, 0, 0, 0});
        return out.toByteArray();
    }

    private static byte[] lzfse(byte[] plain) {
        byte[] lzvn = lzvn(plain);
        ByteBuffer out = ByteBuffer.allocate(16 + lzvn.length).order(ByteOrder.LITTLE_ENDIAN);
        out.put(new byte[] {'b', 'v', 'x', 'n'})
                .putInt(plain.length)
                .putInt(lzvn.length)
                .put(lzvn);
        return out.put(new byte[] {'b', 'v', 'x', '$'}).array();
    }

    private static byte[] marked(int mark, byte[] plain) {
        return ByteBuffer.allocate(1 + plain.length).put((byte) mark).put(plain).array();
    }

    private static byte[] pack(int type, byte[] plain) {
        return switch (type) {
            case 3, 4 -> zlib(plain);
            case 7, 8 -> lzvn(plain);
            case 11, 12 -> lzfse(plain);
            default -> marked(0xcc, plain);
        };
    }

    private static byte[] resource(int type, List<byte[]> chunks) {
        ByteBuffer out = ByteBuffer.allocate(4 * CHUNK * chunks.size()).order(ByteOrder.LITTLE_ENDIAN);
        int count = chunks.size();
        int at = type == 4 ? 264 + 8 * count : 4 * (count + 1);
        if (type == 4) {
            out.putInt(260, count);
        } else {
            out.putInt(0, at);
        }
        for (int i = 0; i < count; i++) {
            byte[] chunk = chunks.get(i);
            out.put(at, chunk);
            if (type == 4) {
                out.putInt(264 + 8 * i, at - 260).putInt(268 + 8 * i, chunk.length);
            } else {
                out.putInt(4 * (i + 1), at + chunk.length);
            }
            at += chunk.length;
        }
        return Arrays.copyOf(out.array(), at);
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 7, 9, 11})
    void filesInAnAttribute(int type) throws Exception {
        byte[] plain = plain(2000);
        compressed("packed", type, 2000, pack(type, plain), new byte[0]);
        int mark = type == 3 ? 0xff : type == 7 ? 0x06 : type == 11 ? 0xff : 0xcc;
        compressed("stored", type, 2000, marked(mark, plain), new byte[0]);
        compressed("empty", type, 0, new byte[] {(byte) mark}, new byte[0]);
        try (TestTree t = new TestTree(volume.build())) {
            assertEquals(2000, t.stat("packed").size());
            assertArrayEquals(plain, t.bytes("packed"));
            assertArrayEquals(plain, t.bytes("stored"));
            assertEquals(0, t.bytes("empty").length);
            assertEquals(List.of("bsd.flags"), t.xattrs("packed"));
        }
    }

    @Test
    void typeOneIsStoredAsItIs() throws Exception {
        compressed("file", 1, 2000, plain(2000), new byte[0]);
        try (TestTree t = new TestTree(volume.build())) {
            assertArrayEquals(plain(2000), t.bytes("file"));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 8, 10, 12})
    void chunksInTheResourceForkAreUnpackedOnceEach(int type) throws Exception {
        byte[] plain = plain(5 * CHUNK + 1234);
        List<byte[]> chunks = new ArrayList<>();
        for (int at = 0; at < plain.length; at += CHUNK) {
            chunks.add(pack(type, Arrays.copyOfRange(plain, at, Math.min(plain.length, at + CHUNK))));
        }
        int mark = type == 4 ? 0x0f : type == 8 ? 0x06 : type == 12 ? 0xff : 0xcc;
        chunks.set(2, marked(mark, Arrays.copyOfRange(plain, 2 * CHUNK, 3 * CHUNK)));
        compressed("file", type, plain.length, new byte[0], resource(type, chunks));
        try (TestTree t = new TestTree(volume.build())) {
            long id = t.id("file");
            assertArrayEquals(Arrays.copyOfRange(plain, 200_000, 200_100), t.bytes(id, 200_000, 100));
            for (int step : new int[] {4096, 100_000, 1 << 20}) {
                assertArrayEquals(plain, t.bytes(id, step));
            }
            assertEquals(List.of("bsd.flags"), t.xattrs("file"));
            // Chunks, a piece of their table, and a few nodes.
            assertTrue(t.cache.stats().blocks() <= 6 + 1 + 4, t.cache.stats().toString());
            assertTrue(
                    t.cache.stats().loads() + t.cache.stats().prefetches() <= 6 + 1 + 4,
                    t.cache.stats().toString());
        }
    }

    @Test
    void realPackedFilesAreUnpacked() throws Exception {
        byte[] small = SharedImages.bytes("decmpfs/real_zlib_inline.expected");
        byte[] zlib = SharedImages.bytes("decmpfs/zlib.expected");
        byte[] lzvn = SharedImages.bytes("decmpfs/lzvn.expected");
        compressed("3", 3, small.length, SharedImages.bytes("decmpfs/real_zlib_inline.payload"), new byte[0]);
        compressed("4", 4, zlib.length, new byte[0], SharedImages.bytes("decmpfs/real_zlib_rsrc.rsrc"));
        compressed("8", 8, lzvn.length, new byte[0], SharedImages.bytes("decmpfs/lzvn.rsrc"));
        compressed("11", 11, small.length, SharedImages.bytes("decmpfs/real_lzfse_inline.payload"), new byte[0]);
        try (TestTree t = new TestTree(volume.build())) {
            assertArrayEquals(small, t.bytes("3"));
            assertArrayEquals(zlib, t.bytes("4"));
            assertArrayEquals(lzvn, t.bytes("8"));
            assertArrayEquals(small, t.bytes("11"));
        }
    }

    @Test
    void whatIsNotThereIsAnErrorOfThatFileAlone() throws Exception {
        compressed("dataless", 0x80000001, 1000, new byte[0], new byte[0]);
        compressed("sparse", 5, 1000, new byte[0], new byte[0]);
        compressed("longer", 3, 5000, zlib(plain(2000)), new byte[0]);
        compressed("shorter", 3, 1000, zlib(plain(2000)), new byte[0]);
        compressed("huge", 3, 1L << 40, zlib(plain(2000)), new byte[0]);
        compressed("impossible", 3, -1, zlib(plain(2000)), new byte[0]);
        compressed("no table", 8, 100_000, new byte[0], new byte[0]);
        volume.file(TestVolume.ROOT, "flag alone", "plain").ownerFlags = 0x20;
        try (TestTree t = new TestTree(volume.build())) {
            for (String name : List.of("dataless", "sparse", "longer", "shorter", "huge", "no table")) {
                long id = t.id(name);
                FsException e = assertThrows(FsException.class, () -> t.bytes(id, 0, 100));
                assertEquals(Errno.EIO, e.errno(), name);
                assertTrue(e.getMessage().contains("at byte "), e.getMessage());
            }
            FsException e = assertThrows(FsException.class, () -> t.id("impossible"));
            assertTrue(e.getMessage().contains("compressed from 18446744073709551615 bytes"), e.getMessage());
            assertEquals("plain", t.text("flag alone"));
        }
    }
}
