package liveroot.overlay;

import static liveroot.overlay.OverlayTest.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Pages that lie idle take less; what they hold is the same. */
class CompressionTest {

    private static final int PAGE = 4096;
    private static final int PAGES = 256;

    private Overlay overlay;
    private Client client;

    @BeforeEach
    void mount() throws FsException {
        overlay = TestStore.COMPRESSED.over(new PlainTree(), FileTree.ROOT, PAGES * PAGE, 100);
        client = new Client(overlay);
        client.create("f");
    }

    @AfterEach
    void givesEverythingBack() throws FsException {
        Invariants.check(overlay);
        client.unlink("f");
        assertEquals(0, overlay.use().bytes());
        assertEquals(new UnionUse.Compression(0, 0), overlay.use().compression());
        overlay.close();
    }

    /** Text, which becomes about a third. */
    private static byte[] text(int pages, int seed) {
        Random random = new Random(seed);
        byte[] bytes = new byte[pages * PAGE];
        for (int i = 0; i < bytes.length; i += 16) {
            Arrays.fill(bytes, i, i + 12, (byte) 'x');
            bytes[i + 12] = (byte) random.nextInt();
        }
        return bytes;
    }

    private static byte[] noise(int pages) {
        byte[] bytes = new byte[pages * PAGE];
        new Random(7).nextBytes(bytes);
        return bytes;
    }

    private void compress() {
        TestStore.COMPRESSED.compress(overlay);
    }

    @Test
    void whatIsCompressedIsReadAndWrittenAsBefore() throws FsException {
        byte[] expected = text(100, 1);
        client.write("f", 0, expected);
        compress();
        UnionUse use = overlay.use();
        assertEquals(100 * PAGE, use.compression().plain());
        assertTrue(use.bytes() < 50 * PAGE && use.bytes() == use.compression().packed(), use::toString);
        assertEquals(100 * PAGE, use.held());
        assertArrayEquals(expected, client.read("f"));
        assertArrayEquals(Arrays.copyOfRange(expected, 4000, 9000), client.read("f", 4000, 5000));
        assertEquals(use.bytes(), overlay.use().bytes(), "reading makes no pages");

        byte[] more = text(3, 2);
        client.write("f", 5000, more);
        System.arraycopy(more, 0, expected, 5000, more.length);
        assertArrayEquals(expected, client.read("f"));
        assertEquals(96 * PAGE, overlay.use().compression().plain());
        compress();
        assertArrayEquals(expected, client.read("f"));
    }

    @Test
    void aUnionHoldsMoreThanItsSizeAndEndsInOrder() throws FsException {
        byte[] piece = text(16, 3);
        int written = 0;
        FsException full = null;
        while (full == null) {
            try {
                client.write("f", (long) written * piece.length, piece);
                written++;
            } catch (FsException e) {
                full = e;
            }
        }
        assertEquals(Errno.ENOSPC, full.errno());
        assertTrue(written * 16 > 2 * PAGES && written * 16 <= Overlay.MOST_COMPRESSION * PAGES, written + " pieces");
        UnionUse use = overlay.use();
        assertTrue(use.bytes() <= use.bytesLimit() && use.held() >= (long) written * piece.length, use::toString);
        for (int i = 0; i < written; i++) {
            assertArrayEquals(piece, client.read("f", (long) i * piece.length, piece.length), "piece " + i);
        }
        client.truncate("f", 10 * PAGE);
        client.write("f", 10 * PAGE, piece);
    }

    @Test
    void noiseStaysAsItIs() throws FsException {
        byte[] noise = noise(PAGES);
        client.write("f", 0, noise);
        compress();
        assertEquals(new UnionUse.Compression(0, 0), overlay.use().compression());
        assertFails(Errno.ENOSPC, () -> client.write("f", PAGES * PAGE, "x"));
        assertArrayEquals(noise, client.read("f"));
    }

    @Test
    void aCompressedPageCanBeCutAndClearedWhenNothingIsFree() throws FsException {
        byte[] expected = text(PAGES, 4);
        client.write("f", 0, expected);
        compress();
        byte[] noise = noise(1);
        client.create("g");
        for (long at = 0; ; at += PAGE) {
            try {
                client.write("g", at, noise);
            } catch (FsException e) {
                break;
            }
        }
        assertFails(Errno.ENOSPC, () -> client.write("f", 100, "x"));
        assertArrayEquals(expected, client.read("f"));
        client.truncate("f", 20 * PAGE + 77);
        assertArrayEquals(Arrays.copyOf(expected, 20 * PAGE + 77), client.read("f"));
        client.truncate("f", 21 * PAGE);
        Arrays.fill(expected, 20 * PAGE + 77, 21 * PAGE, (byte) 0);
        client.fallocate("f", 3 * PAGE + 10, PAGE, FileData.PUNCH_HOLE | FileData.KEEP_SIZE);
        Arrays.fill(expected, 3 * PAGE + 10, 4 * PAGE + 10, (byte) 0);
        assertArrayEquals(Arrays.copyOf(expected, 21 * PAGE), client.read("f"));
        client.unlink("g");
    }

    @Test
    void pagesThatLieIdleAreCompressedByThemselvesAndThenNobodyWorks() throws Exception {
        client.write("f", 0, text(50, 5));
        Thread thread = Thread.getAllStackTraces().keySet().stream()
                .filter(each -> each.getName().equals("compress") && each.getState() != Thread.State.TERMINATED)
                .findAny()
                .orElseThrow();
        long deadline = System.nanoTime() + 60_000_000_000L;
        while (overlay.use().compression().plain() < 50 * PAGE) {
            assertTrue(System.nanoTime() < deadline, () -> "nothing is compressed: " + overlay.use());
            Thread.sleep(100);
        }
        while (thread.getState() != Thread.State.WAITING) {
            assertTrue(System.nanoTime() < deadline, () -> "it does not rest: " + thread.getState());
            Thread.sleep(100);
        }
    }
}
