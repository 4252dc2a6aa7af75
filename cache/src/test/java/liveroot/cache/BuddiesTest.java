package liveroot.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BuddiesTest {

    private static final int LARGEST = 6;

    private final Buddies buddies = new Buddies(LARGEST);

    @Test
    void cutsTheFirstOfTheSmallestThatIsLargeEnough() {
        buddies.add(64, 6);
        buddies.add(8, 3);
        assertEquals(8, buddies.take(1));
        assertEquals(10, buddies.take(1));
        assertEquals(12, buddies.take(2));
        assertEquals(64, buddies.take(0));
        assertEquals(65, buddies.take(0));
        assertEquals(-1, buddies.take(6));
        assertEquals(5, buddies.largest());
    }

    @Test
    void joinsTwoHalvesAndNotTwoNeighbours() {
        buddies.add(1, 0);
        buddies.add(2, 0);
        assertEquals(0, buddies.largest());
        buddies.add(3, 0);
        assertEquals(1, buddies.largest());
        buddies.add(0, 0);
        assertEquals(2, buddies.largest());
        buddies.add(64, LARGEST);
        buddies.add(128, LARGEST);
        assertEquals(LARGEST, buddies.largest(), "the largest stay apart");
        assertEquals(0, buddies.take(2));
    }

    @Test
    void handsOutEachPageOnceAndIsWholeAgainInTheEnd() {
        record Piece(int page, int order) {}
        for (int i = 0; i < 4; i++) {
            buddies.add(i << LARGEST, LARGEST);
        }
        Random random = new Random(3);
        List<Piece> taken = new ArrayList<>();
        BitSet pages = new BitSet();
        int given = 0;
        for (int i = 0; i < 20_000; i++) {
            int order = random.nextInt(LARGEST + 1);
            int page = random.nextBoolean() ? buddies.take(order) : -1;
            if (page >= 0) {
                assertEquals(0, page & ((1 << order) - 1), "at a multiple of its size");
                assertTrue(pages.get(page, page + (1 << order)).isEmpty(), "was handed out already");
                pages.set(page, page + (1 << order));
                taken.add(new Piece(page, order));
            } else if (!taken.isEmpty()) {
                Piece piece = taken.remove(random.nextInt(taken.size()));
                buddies.add(piece.page, piece.order);
                pages.clear(piece.page, piece.page + (1 << piece.order));
                given++;
            }
        }
        assertTrue(given > 5_000, given + " were given back");
        taken.forEach(piece -> buddies.add(piece.page, piece.order));
        for (int i = 0; i < 4; i++) {
            assertEquals(i << LARGEST, buddies.take(LARGEST));
        }
        assertEquals(-1, buddies.largest());
    }
}
