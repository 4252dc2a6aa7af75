package liveroot.fs.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

final class DirectBytesTest {

    private static final int ROOM = 64;

    /** Bytes of {@code room}, with others of a larger buffer before and behind that are to stay as they are. */
    private static final class Fenced {
        private final ByteBuffer all = ByteBuffer.allocateDirect(3 * ROOM);
        private final ByteBuffer own;
        private final DirectBytes bytes;

        Fenced(int room) {
            for (int i = 0; i < all.capacity(); i++) {
                all.put(i, (byte) 0x5a);
            }
            own = all.slice(ROOM, room);
            bytes = DirectBytes.of(own);
        }

        void assertFencesStand() {
            for (int i = 0; i < all.capacity(); i++) {
                if (i < ROOM || i >= ROOM + own.limit()) {
                    assertEquals(0x5a, all.get(i), "byte " + (i - ROOM));
                }
            }
        }
    }

    @Test
    void repeatsWhatLiesAnyDistanceBack() {
        for (int room = 1; room <= ROOM; room++) {
            for (int at = 1; at < room; at++) {
                for (int distance = 1; distance <= at; distance++) {
                    Fenced f = new Fenced(room);
                    byte[] expected = new byte[room];
                    for (int i = 0; i < at; i++) {
                        f.own.put(i, (byte) (i + 1));
                        expected[i] = (byte) (i + 1);
                    }
                    for (int i = at; i < room; i++) {
                        expected[i] = expected[i - distance];
                    }
                    f.bytes.repeat(at, distance, room - at);
                    for (int i = 0; i < room; i++) {
                        assertEquals(expected[i], f.own.get(i), at + " " + distance + ": byte " + i);
                    }
                    f.assertFencesStand();
                }
            }
        }
    }

    @Test
    void leavesNoMoreThanSevenBytesOfAnythingBehindACopy() {
        DirectBytes source = DirectBytes.of(ByteBuffer.allocateDirect(ROOM).put(0, (byte) 1));
        for (int at = 0; at <= ROOM; at++) {
            for (int count = 0; count <= ROOM - at; count++) {
                Fenced f = new Fenced(ROOM);
                f.bytes.copy(at, source, ROOM - count, count);
                for (int i = 0; i < ROOM; i++) {
                    boolean before = i < at || i >= at + count + 7;
                    if (before) {
                        assertEquals(0x5a, f.own.get(i), "byte " + i + " at a copy of " + count + " to " + at);
                    } else if (i < at + count) {
                        assertEquals(count == ROOM && i == 0 ? 1 : 0, f.own.get(i));
                    }
                }
                f.assertFencesStand();
            }
        }
    }

    @Test
    void refusesWhatIsNotTheBuffers() {
        DirectBytes bytes = DirectBytes.of(ByteBuffer.allocateDirect(ROOM).limit(16));
        DirectBytes large = DirectBytes.of(ByteBuffer.allocateDirect(ROOM));
        int most = Integer.MAX_VALUE;
        for (int at : new int[] {-1, 16, most, Integer.MIN_VALUE}) {
            assertThrows(IndexOutOfBoundsException.class, () -> bytes.u8(at));
            assertThrows(IndexOutOfBoundsException.class, () -> bytes.put(at, (byte) 0));
            assertThrows(IndexOutOfBoundsException.class, () -> bytes.i64(at));
            assertThrows(IndexOutOfBoundsException.class, () -> bytes.copy(at, large, 0, 1));
            assertThrows(IndexOutOfBoundsException.class, () -> large.copy(0, bytes, at, 1));
            assertThrows(IndexOutOfBoundsException.class, () -> bytes.repeat(at, 1, 1));
        }
        assertThrows(IndexOutOfBoundsException.class, () -> bytes.i64(9));
        assertThrows(IndexOutOfBoundsException.class, () -> bytes.copy(0, large, 0, 17));
        assertThrows(IndexOutOfBoundsException.class, () -> bytes.copy(8, large, 0, most));
        assertThrows(IndexOutOfBoundsException.class, () -> bytes.copy(0, large, 0, -1));
        for (int distance : new int[] {0, -1, 9, most, Integer.MIN_VALUE}) {
            assertThrows(IndexOutOfBoundsException.class, () -> bytes.repeat(8, distance, 1));
        }
        assertThrows(IndexOutOfBoundsException.class, () -> bytes.repeat(8, 1, 9));
        assertThrows(IllegalArgumentException.class, () -> DirectBytes.of(ByteBuffer.allocate(1)));
    }
}
