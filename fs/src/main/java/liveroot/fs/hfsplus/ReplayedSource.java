package liveroot.fs.hfsplus;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import liveroot.cache.BlockSource;

/**
 * An image in which some ranges are read from elsewhere in it: from the copies in its journal. Nothing is copied but where
 * they are.
 */
final class ReplayedSource implements BlockSource {

    private final BlockSource source;
    /** Where the ranges start, in order, where each ends, and where its copy is. */
    private final long[] starts;

    private final long[] ends;
    private final long[] copies;

    private ReplayedSource(BlockSource source, long[] starts, long[] ends, long[] copies) {
        this.source = source;
        this.starts = starts;
        this.ends = ends;
        this.copies = copies;
    }

    /** The ranges while they are collected; a later one hides what it covers of those before. */
    static final class Ranges {

        private record Range(long end, long copy) {}

        private final TreeMap<Long, Range> ranges = new TreeMap<>();

        /** The bytes from {@code start} on are those from {@code copy} on. */
        void add(long start, long length, long copy) {
            long end = start + length;
            Map.Entry<Long, Range> before = ranges.lowerEntry(start);
            if (before != null && before.getValue().end > start) {
                cut(before.getKey(), before.getValue(), start, end);
            }
            for (Map.Entry<Long, Range> next; (next = ranges.ceilingEntry(start)) != null && next.getKey() < end; ) {
                ranges.remove(next.getKey());
                if (next.getValue().end > end) {
                    keepRest(next.getKey(), next.getValue(), end);
                }
            }
            ranges.put(start, new Range(end, copy));
        }

        private void cut(long old, Range range, long start, long end) {
            ranges.put(old, new Range(start, range.copy));
            if (range.end > end) {
                keepRest(old, range, end);
            }
        }

        private void keepRest(long old, Range range, long from) {
            ranges.put(from, new Range(range.end, range.copy + from - old));
        }

        int count() {
            return ranges.size();
        }

        ReplayedSource over(BlockSource source) {
            long[] starts = new long[ranges.size()];
            long[] ends = new long[starts.length];
            long[] copies = new long[starts.length];
            int i = 0;
            for (Map.Entry<Long, Range> range : ranges.entrySet()) {
                starts[i] = range.getKey();
                ends[i] = range.getValue().end;
                copies[i++] = range.getValue().copy;
            }
            return new ReplayedSource(source, starts, ends, copies);
        }
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
        requireWithin(position, dst.remaining());
        long at = position;
        int end = dst.limit();
        while (dst.position() < end) {
            int i = Arrays.binarySearch(starts, at);
            i = i < 0 ? -i - 2 : i;
            boolean copied = i >= 0 && at < ends[i];
            long until = copied ? ends[i] : i + 1 < starts.length ? starts[i + 1] : Long.MAX_VALUE;
            int n = (int) Math.min(end - dst.position(), until - at);
            dst.limit(dst.position() + n);
            source.read(copied ? copies[i] + at - starts[i] : at, dst);
            dst.limit(end);
            at += n;
        }
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}
