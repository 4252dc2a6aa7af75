package liveroot.cache;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileSourceTest {

    @TempDir
    Path dir;

    private Path file(byte[] content) throws IOException {
        return Files.write(dir.resolve("image"), content);
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(7).nextBytes(bytes);
        return bytes;
    }

    private static byte[] read(BlockSource source, long position, int length) throws IOException {
        ByteBuffer dst = ByteBuffer.allocateDirect(length);
        source.read(position, dst);
        assertEquals(0, dst.remaining());
        byte[] bytes = new byte[length];
        dst.flip().get(bytes);
        return bytes;
    }

    @Test
    void readsFromAnyPosition() throws IOException {
        byte[] content = random(100_000);
        try (FileSource source = FileSource.open(file(content))) {
            assertEquals(100_000, source.size());
            assertArrayEquals(Arrays.copyOfRange(content, 0, 10), read(source, 0, 10));
            assertArrayEquals(Arrays.copyOfRange(content, 77_777, 100_000), read(source, 77_777, 22_223));
            assertArrayEquals(new byte[0], read(source, 100_000, 0));
        }
    }

    @Test
    void fillsOnlyFromPositionToLimit() throws IOException {
        try (FileSource source = FileSource.open(file(new byte[] {1, 2, 3, 4}))) {
            ByteBuffer dst = ByteBuffer.allocateDirect(6).position(1).limit(4);
            source.read(1, dst);
            assertEquals(ByteBuffer.wrap(new byte[] {0, 2, 3, 4, 0, 0}), dst.clear());
        }
    }

    @Test
    void refusesRangesOutsideTheFile() throws IOException {
        Path path = file(new byte[100]);
        try (FileSource source = FileSource.open(path)) {
            IOException e = assertThrows(EOFException.class, () -> read(source, 95, 6));
            assertEquals(path + ": 6 bytes wanted at byte 95, but it ends at 100", e.getMessage());
            assertThrows(EOFException.class, () -> read(source, -1, 1));
            assertThrows(EOFException.class, () -> read(source, Long.MAX_VALUE, 1));
            assertThrows(EOFException.class, () -> read(source, Long.MAX_VALUE - 1, 100));
        }
    }

    @Test
    void saysWhereAFileEndsThatShrank() throws IOException {
        Path path = file(new byte[10_000]);
        try (FileSource source = FileSource.open(path)) {
            try (FileChannel writer = FileChannel.open(path, StandardOpenOption.WRITE)) {
                writer.truncate(6_000);
            }
            IOException e = assertThrows(EOFException.class, () -> read(source, 5_000, 2_000));
            assertEquals(path + ": ends at 6000 now, it had 10000 bytes when it was opened", e.getMessage());
        }
    }

    @Test
    void saysWhatItCannotOpen() throws Exception {
        Path none = dir.resolve("none");
        IOException e = assertThrows(NoSuchFileException.class, () -> FileSource.open(none));
        assertEquals(none + ": there is no such file", e.getMessage());
        e = assertThrows(IOException.class, () -> FileSource.open(dir));
        assertEquals(dir + ": is a directory, not a file or block device", e.getMessage());
        Path device = Path.of("/dev/zero");
        e = assertThrows(IOException.class, () -> FileSource.open(device));
        assertEquals("/dev/zero: is neither a file nor a block device", e.getMessage());
    }

    @Test
    void saysThatItIsClosed() throws IOException {
        Path path = file(new byte[10]);
        FileSource source = FileSource.open(path);
        source.close();
        IOException e = assertThrows(IOException.class, () -> read(source, 3, 1));
        assertTrue(e.getMessage().startsWith(path + ": cannot be read at 3: "), e.getMessage());
    }

    @Test
    void survivesInterruptsOfItsReaders() throws Exception {
        byte[] content = random(1 << 16);
        try (FileSource source = FileSource.open(file(content))) {
            AtomicBoolean enough = new AtomicBoolean();
            Thread[] reader = new Thread[1];
            Together.run(3, me -> {
                if (me == 0) {
                    reader[0] = Thread.currentThread();
                    for (int i = 0; i < 5_000; i++) {
                        assertArrayEquals(content, read(source, 0, content.length));
                    }
                    enough.set(true);
                    Thread.interrupted();
                } else if (me == 1) {
                    for (int i = 0; i < 5_000; i++) {
                        assertArrayEquals(content, read(source, 0, content.length));
                    }
                } else {
                    while (!enough.get()) {
                        if (reader[0] != null) {
                            reader[0].interrupt();
                        }
                        Thread.sleep(0, 100_000);
                    }
                }
                return null;
            });
            Thread.currentThread().interrupt();
            read(source, 0, 1);
            assertTrue(Thread.interrupted(), "the interrupt is still to be seen by whoever it was meant for");
        }
    }

    @Test
    void knowsTheSizeOfABlockDevice() throws Exception {
        byte[] content = random(1 << 20);
        Path path = file(content);
        String device = loopDevice(path);
        assumeTrue(device != null, "a loop device needs root and losetup: the size of a block device is not checked");
        try (FileSource source = FileSource.open(Path.of(device))) {
            assertEquals(1 << 20, source.size());
            assertArrayEquals(Arrays.copyOfRange(content, 1_000_001, 1 << 20), read(source, 1_000_001, 48_575));
        } finally {
            new ProcessBuilder("losetup", "-d", device).start().waitFor();
        }
    }

    private static String loopDevice(Path path) throws InterruptedException {
        try {
            Process losetup = new ProcessBuilder("losetup", "--find", "--show", "--read-only", path.toString()).start();
            String device = new String(losetup.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return losetup.waitFor() == 0 ? device : null;
        } catch (IOException e) {
            return null;
        }
    }
}
