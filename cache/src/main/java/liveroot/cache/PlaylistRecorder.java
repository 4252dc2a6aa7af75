package liveroot.cache;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Notes which blocks are demanded, each once: what a {@link Playlist} is made of. */
public final class PlaylistRecorder implements Demands {

    private final long start = System.nanoTime();
    private final Set<BlockKey> known = new HashSet<>();
    private final List<Playlist.Entry> entries = new ArrayList<>();

    @Override
    public synchronized void demanded(BlockCache.Region region, long position, int stored, int capacity) {
        if (entries.size() < Playlist.MOST_ENTRIES && known.add(region.key(position))) {
            long micros = (System.nanoTime() - start) / 1000;
            entries.add(new Playlist.Entry(micros, region.name(), position, stored, capacity));
        }
    }

    /** Blocks noted so far. */
    public synchronized int count() {
        return entries.size();
    }

    /** All of them. */
    public synchronized Playlist playlist(Playlist.Identity image) {
        return new Playlist(image, List.copyOf(entries));
    }
}
