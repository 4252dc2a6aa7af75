package liveroot.fs.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.fs.sys.Libc;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReplyTest {

    private Path file;
    private int fd;
    private Reply reply;

    @BeforeEach
    void open() throws IOException {
        file = Files.createTempFile("liveroot-reply", "");
        fd = Libc.open(file.toString(), Libc.O_WRONLY, 0);
        reply = new DeviceReply(fd, Session.LARGEST_TRANSFER);
    }

    @AfterEach
    void close() throws IOException {
        reply.free();
        Libc.close(fd);
        Files.delete(file);
    }

    /** The reply, as it would arrive at the kernel. */
    private byte[] sent() throws IOException {
        long n = reply.send(7);
        byte[] bytes = Files.readAllBytes(file);
        assertEquals(bytes.length, n);
        ByteBuffer header = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        assertEquals(bytes.length, header.getInt());
        assertEquals(0, header.getInt());
        assertEquals(7, header.getLong());
        return Arrays.copyOfRange(bytes, Wire.OUT_HEADER, bytes.length);
    }

    @Test
    void piecesArriveInTheirOrderHoweverMany() throws Exception {
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        byte[] content = new byte[4096];
        new Random(1).nextBytes(content);
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET)) {
            Block block = cache.take(content.length);
            block.memory().duplicate().put(content);
            reply.begin();
            for (int i = 0; i < 5_000; i++) {
                reply.zeros(i % 7);
                expected.write(new byte[i % 7]);
                reply.block(block, i % 100, i % 50);
                expected.write(content, i % 100, i % 50);
                byte[] own = {(byte) i, (byte) (i >> 8)};
                reply.space(own.length).put(own);
                expected.write(own);
            }
            block.release();
            assertArrayEquals(expected.toByteArray(), sent());
            assertThrows(IllegalStateException.class, block::retain, "the reply has released the block");
        }
    }

    @Test
    void aLongHoleIsZeros() throws Exception {
        reply.begin();
        reply.zeros(Session.LARGEST_TRANSFER);
        assertArrayEquals(new byte[Session.LARGEST_TRANSFER], sent());
    }

    @Test
    void moreThanThereIsRoomForIsRefused() {
        reply.begin();
        reply.space(Session.LARGEST_TRANSFER);
        assertThrows(IllegalStateException.class, () -> reply.space(1));
    }

    @Test
    void throughARingPiecesArriveWhereTheKernelLooksForThem() throws Exception {
        int size = RingEntry.PAYLOAD + Session.LARGEST_TRANSFER;
        ByteBuffer memory = ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
        Reply ring = new RingReply(-1, memory);
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET)) {
            Block block = cache.take(100);
            block.memory().duplicate().put("0123456789".getBytes(StandardCharsets.US_ASCII));
            ring.begin();
            ring.block(block, 3, 4);
            ring.zeros(2);
            ring.space(1).put((byte) 'x');
            ring.bytes(new byte[] {'y'});
            ring.send(7);
            block.release();
        }
        assertEquals(8, memory.getInt(RingEntry.PAYLOAD_LENGTH));
        byte[] payload = new byte[8];
        memory.get(RingEntry.PAYLOAD, payload);
        assertEquals("3456\0\0xy", new String(payload, StandardCharsets.US_ASCII));
        assertEquals(0, memory.getInt(4));
        assertEquals(7, memory.getLong(8));
        ring.sendError(8, 5);
        assertEquals(0, memory.getInt(RingEntry.PAYLOAD_LENGTH));
        assertEquals(-5, memory.getInt(4));
        assertEquals(8, memory.getLong(8));
        ring.begin();
        ring.space(Session.LARGEST_TRANSFER);
        assertThrows(IllegalStateException.class, () -> ring.space(1));
    }
}
