package liveroot.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
final class PlaylistPlayerTest {

    private static final int BLOCK = 128 << 10;
    private static final int BLOCKS = 1000;

    private final List<Long> reads = Collections.synchronizedList(new ArrayList<>());
    private final List<String> log = Collections.synchronizedList(new ArrayList<>());
    private final BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);

    /** A thousand blocks, stored raw. */
    private final BlockSource source = new BlockSource() {
        @Override
        public String name() {
            return "blocks";
        }

        @Override
        public long size() {
            return (long) BLOCKS * BLOCK;
        }

        @Override
        public void read(long position, ByteBuffer dst) {
            reads.add(position / BLOCK);
            while (dst.hasRemaining()) {
                dst.put((byte) 1);
            }
        }

        @Override
        public void close() {}
    };

    private final BlockCache.Region region = cache.region("data", source, this::loader);

    private BlockCache.Loader loader(long position, int stored, int capacity) {
        return dst -> {
            source.read(position, dst);
            return dst.position();
        };
    }

    @AfterEach
    void close() {
        cache.close();
    }

    private static Playlist playlist(int first, int count) {
        List<Playlist.Entry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            // In an order that jumps to and fro.
            long block = first + (i * 37L) % count;
            entries.add(new Playlist.Entry(i, "data", block * BLOCK, BLOCK, BLOCK));
        }
        return new Playlist(new Playlist.Identity((long) BLOCKS * BLOCK, "test", 0), entries);
    }

    private PlaylistPlayer play(Playlist playlist, boolean seeks) throws IOException {
        PlaylistPlayer player = new PlaylistPlayer(playlist, "list", cache, seeks, log::add);
        cache.observe(player);
        player.start();
        return player;
    }

    private void demand(long block) throws IOException {
        region.get(block * BLOCK, BLOCK, loader(block * BLOCK, BLOCK, BLOCK)).release();
    }

    private void await(String what, Condition condition) throws InterruptedException {
        for (int i = 0; !condition.holds(); i++) {
            assertTrue(i < 10_000, what + " within ten seconds");
            Thread.sleep(1);
        }
    }

    private interface Condition {
        boolean holds();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void hasBlocksThereBeforeTheyAreDemanded(boolean seeks) throws Exception {
        Playlist playlist = playlist(10, 20);
        PlaylistPlayer player = play(playlist, seeks);
        await(
                "all are read",
                () -> cache.stats().prefetches() == 20 && player.stats().done());
        for (Playlist.Entry entry : playlist.entries()) {
            demand(entry.position() / BLOCK);
        }
        assertEquals(0, cache.stats().misses());
        assertEquals(new PlaylistPlayer.Stats(20, 20, 20, 0, true, null), player.stats());
    }

    @Test
    void readsByPositionWhatSeeks() throws Exception {
        PlaylistPlayer player = play(playlist(10, 20), true);
        await("all are read", () -> player.stats().done());
        cache.observe(null);
        // Runs of four blocks, a sixteenth of the budget. Two may be under way, and come the other way round.
        List<Long> runs =
                reads.stream().filter(block -> block % 4 == 2).distinct().toList();
        assertEquals(List.of(10L, 14L, 18L, 22L, 26L), runs.stream().sorted().toList());
        for (int i = 0; i < runs.size(); i++) {
            assertTrue(Math.abs(i - runs.indexOf(10 + 4L * i)) <= 1, runs::toString);
        }
    }

    @Test
    void keepsToAWindowOfTheCache() throws Exception {
        PlaylistPlayer player = play(playlist(0, 900), true);
        Thread.sleep(200);
        int ahead = player.stats().asked();
        assertTrue(ahead <= 34, ahead + " blocks of 128 KiB in half of 8 MiB, and two under way");
        for (Playlist.Entry entry : playlist(0, 900).entries()) {
            demand(entry.position() / BLOCK);
            Thread.sleep(0, 500_000);
        }
        assertEquals(900, player.stats().hits());
        assertEquals(0, cache.stats().prefetchesWasted(), "dropped before they were used");
    }

    @Test
    void switchesItselfOffWhenOtherBlocksAreDemanded() throws Exception {
        PlaylistPlayer player = play(playlist(0, 400), true);
        for (int block = 500; block < 500 + PlaylistPlayer.LEAST_JUDGED; block++) {
            demand(block);
            demand(block);
        }
        assertEquals(PlaylistPlayer.LEAST_JUDGED, player.stats().misses(), "each counted once");
        assertNotNull(player.stats().off());
        assertEquals(1, log.size(), log.toString());
        assertTrue(log.get(0).startsWith("playlist switched off: only 0 of 64 blocks"), log.get(0));
        Thread.sleep(100);
        int asked = player.stats().asked();
        Thread.sleep(100);
        assertEquals(asked, player.stats().asked());
    }

    @Test
    void goesOnWhereDemandHasOvertakenIt() throws Exception {
        Playlist playlist = playlist(0, 900);
        PlaylistPlayer player = play(playlist, true);
        Thread.sleep(100);
        // A boot that leaves out a third.
        for (int i = 0; i < 900; i += i == 40 ? 300 : 1) {
            demand(playlist.entries().get(i).position() / BLOCK);
            Thread.sleep(0, 200_000);
        }
        assertNull(player.stats().off());
        assertEquals(601, player.stats().hits());
        assertTrue(player.stats().asked() > 100, "asked for " + player.stats().asked());
    }

    @Test
    void refusesAListOfWhatTheImageHasNot() {
        Playlist other =
                new Playlist(new Playlist.Identity(1, "test", 0), List.of(new Playlist.Entry(0, "catalog", 0, 1, 1)));
        BadPlaylistException refusal = assertThrows(
                BadPlaylistException.class, () -> new PlaylistPlayer(other, "list", cache, true, log::add));
        assertEquals("list: has blocks of 'catalog', which images of this format do not have", refusal.getMessage());
    }

    @Test
    void recordsEachBlockOnceInTheOrderOfDemand() throws IOException {
        PlaylistRecorder recorder = new PlaylistRecorder();
        cache.observe(recorder);
        for (long block : new long[] {5, 3, 5, 9, 3}) {
            demand(block);
        }
        Playlist recorded = recorder.playlist(new Playlist.Identity(1, "test", 0));
        assertEquals(
                List.of(5L, 3L, 9L),
                recorded.entries().stream()
                        .map(entry -> entry.position() / BLOCK)
                        .toList());
        assertFalse(
                recorded.entries().get(0).micros() > recorded.entries().get(2).micros());
    }
}
