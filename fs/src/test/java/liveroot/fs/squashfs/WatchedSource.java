package liveroot.fs.squashfs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import liveroot.cache.BlockSource;

/** A source that knows which positions were read, and which of them by the thread that made it. */
final class WatchedSource implements BlockSource {

    private final BlockSource source;
    private final Thread reader = Thread.currentThread();
    private final Set<Long> positions = ConcurrentHashMap.newKeySet();
    private final Set<Long> readersPositions = ConcurrentHashMap.newKeySet();

    WatchedSource(BlockSource source) {
        this.source = source;
    }

    /** Positions read by any thread. */
    Set<Long> positions() {
        return positions;
    }

    /** Positions read by the thread that made this. */
    Set<Long> readersPositions() {
        return readersPositions;
    }

    @Override
    public String name() {
        return source.name();
    }

    @Override
    public long size() {
        return source.size();
    }

    @Override
    public void read(long position, ByteBuffer dst) throws IOException {
        positions.add(position);
        if (Thread.currentThread() == reader) {
            readersPositions.add(position);
        }
        source.read(position, dst);
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}
