package liveroot.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SliceSourceTest {

    @TempDir
    Path dir;

    private FileSource disk;

    @BeforeEach
    void tenBytes() throws IOException {
        disk = FileSource.open(Files.write(dir.resolve("disk"), new byte[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
    }

    @AfterEach
    void close() throws IOException {
        disk.close();
    }

    private static int byteAt(BlockSource source, long position) throws IOException {
        ByteBuffer one = ByteBuffer.allocateDirect(1);
        source.read(position, one);
        return one.get(0);
    }

    @Test
    void countsFromItsStart() throws IOException {
        SliceSource partition = new SliceSource(disk, 3, 5);
        assertEquals(5, partition.size());
        assertEquals(3, byteAt(partition, 0));
        assertEquals(7, byteAt(partition, 4));
        SliceSource file = new SliceSource(partition, 2, 3);
        assertEquals(5, byteAt(file, 0));
        assertEquals(disk.name() + "[3..8)[2..5)", file.name());
    }

    @Test
    void readsNothingBeyondItsEnd() throws IOException {
        SliceSource partition = new SliceSource(disk, 3, 5);
        IOException e = assertThrows(EOFException.class, () -> byteAt(partition, 5));
        assertEquals(disk.name() + "[3..8): 1 bytes wanted at byte 5, but it ends at 5", e.getMessage());
        assertThrows(EOFException.class, () -> byteAt(partition, -1));
        assertThrows(EOFException.class, () -> byteAt(partition, Long.MAX_VALUE));
    }

    @Test
    void mustLieWithinTheWhole() throws IOException {
        assertEquals(0, new SliceSource(disk, 10, 0).size());
        IOException e = assertThrows(EOFException.class, () -> new SliceSource(disk, 8, 3));
        assertEquals(disk.name() + ": no room for 3 bytes at 8, it ends at 10", e.getMessage());
        assertThrows(EOFException.class, () -> new SliceSource(disk, -1, 3));
        assertThrows(EOFException.class, () -> new SliceSource(disk, 1, -1));
        assertThrows(EOFException.class, () -> new SliceSource(disk, 1, Long.MAX_VALUE));
        assertThrows(EOFException.class, () -> new SliceSource(disk, Long.MAX_VALUE, 1));
        assertThrows(EOFException.class, () -> new SliceSource(disk, Long.MAX_VALUE, Long.MAX_VALUE));
    }

    @Test
    void leavesTheWholeOpen() throws IOException {
        new SliceSource(disk, 3, 5).close();
        assertEquals(9, byteAt(disk, 9));
    }
}
