package liveroot.fs.udif;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import liveroot.cache.BlockSource;

/** The data forks of all segments as one. */
final class JoinedForks implements BlockSource {

    private final List<BlockSource> forks;
    private final long[] starts;
    private final long size;

    JoinedForks(List<BlockSource> forks) {
        this.forks = List.copyOf(forks);
        starts = new long[forks.size()];
        long at = 0;
        for (int i = 0; i < starts.length; i++) {
            starts[i] = at;
            at += forks.get(i).size();
        }
        size = at;
    }

    @Override
    public String name() {
        return forks.get(0).name();
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void read(long position, ByteBuffer dst) throws IOException {
        requireWithin(position, dst.remaining());
        long at = position;
        for (int i = 0; i < starts.length && dst.hasRemaining(); i++) {
            long within = at - starts[i];
            BlockSource fork = forks.get(i);
            if (within < fork.size()) {
                int n = (int) Math.min(dst.remaining(), fork.size() - within);
                fork.read(within, dst.slice(dst.position(), n));
                dst.position(dst.position() + n);
                at += n;
            }
        }
    }

    @Override
    public void close() {}
}
