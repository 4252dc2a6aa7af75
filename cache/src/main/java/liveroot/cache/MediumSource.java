package liveroot.cache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * A source that takes as long as a {@link Medium} would: one head, one rate, one request at a time. Of those that wait
 * the first one demanded goes first, then of those read ahead the next on the head's way. A host that {@link Medium#cached
 * keeps} the pages (4 KiB) that it has read is taken to have the RAM for all of them: they cost nothing a second time.
 * The kernel's own read-ahead is left out.
 *
 * <p>The time of the source behind is part of the medium's. A sleep is exact to about 0.1 ms.
 */
public final class MediumSource implements BlockSource {

    private static final int PAGE_SHIFT = 12;

    /** Pages in a piece of the map of what has been read: 256 MiB of the image in 8 KiB. */
    private static final int PIECE_SHIFT = 16;

    /** Pieces of that map; with more of them the host is taken to have lost its pages. */
    private static final int MOST_PIECES = 4096;

    private final BlockSource source;
    private final Medium medium;

    private final ArrayDeque<Turn> demanded = new ArrayDeque<>();
    private final ArrayDeque<Turn> ahead = new ArrayDeque<>();
    private final Map<Long, BitSet> pages = new HashMap<>();
    private boolean busy;
    private long head;
    private long requests;
    private long seeks;
    private long bytes;
    private long busyNanos;

    /** A request that waits, or is served. */
    private static final class Turn {

        private final long position;
        private boolean has;

        private Turn(long position) {
            this.position = position;
        }
    }

    /** @param source behind it; closed together with this one */
    public MediumSource(BlockSource source, Medium medium) {
        this.source = source;
        this.medium = medium;
    }

    /**
     * What the medium has done.
     *
     * @param requests that reached it
     * @param seeks jumps of its head
     * @param bytes transferred, gaps read through included
     * @param busyNanos time at work
     */
    public record Stats(Medium medium, long requests, long seeks, long bytes, long busyNanos) {}

    public synchronized Stats stats() {
        return new Stats(medium, requests, seeks, bytes, busyNanos);
    }

    /** Requests that wait for their turn. */
    synchronized int waiting() {
        return demanded.size() + ahead.size();
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
        long end = position + dst.remaining();
        if (position < 0 || end > size() || end <= position || isRead(position, end)) {
            // Nothing to wait for, or a fault that the source has the words for.
            source.read(position, dst);
            return;
        }
        await(position);
        try {
            long until = System.nanoTime() + cost(position, end);
            source.read(position, dst);
            sleep(until);
            keep(position, end);
        } finally {
            pass();
        }
    }

    private void await(long position) {
        Turn turn = new Turn(position);
        boolean interrupted = false;
        synchronized (this) {
            if (!busy) {
                busy = true;
                return;
            }
            (Prefetcher.isCaller() ? ahead : demanded).add(turn);
            while (!turn.has) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Hands the medium to the next. */
    private synchronized void pass() {
        Turn next = demanded.isEmpty() ? nextOnTheWay() : demanded.poll();
        if (next == null) {
            busy = false;
        } else {
            next.has = true;
            notifyAll();
        }
    }

    private Turn nextOnTheWay() {
        Turn best = null;
        for (Iterator<Turn> all = ahead.iterator(); all.hasNext(); ) {
            Turn turn = all.next();
            if (best == null || way(turn) < way(best)) {
                best = turn;
            }
        }
        ahead.remove(best);
        return best;
    }

    /** Unsigned order: what lies behind the head comes after all that lies ahead. */
    private long way(Turn turn) {
        return (turn.position - head) + Long.MIN_VALUE;
    }

    /** Whether the host has all these pages. */
    private synchronized boolean isRead(long position, long end) {
        long page = position >> PAGE_SHIFT;
        while (page << PAGE_SHIFT < end && has(page)) {
            page++;
        }
        return page << PAGE_SHIFT >= end;
    }

    private boolean has(long page) {
        BitSet piece = pages.get(page >> PIECE_SHIFT);
        return piece != null && piece.get((int) page & ((1 << PIECE_SHIFT) - 1));
    }

    private synchronized void keep(long position, long end) {
        for (long page = position >> PAGE_SHIFT; medium.cached() && page <= (end - 1) >> PAGE_SHIFT; page++) {
            keep(page);
        }
    }

    private void keep(long page) {
        if (pages.size() >= MOST_PIECES && !pages.containsKey(page >> PIECE_SHIFT)) {
            pages.clear();
        }
        pages.computeIfAbsent(page >> PIECE_SHIFT, p -> new BitSet()).set((int) page & ((1 << PIECE_SHIFT) - 1));
    }

    /** Time for what the host has not: from the first such page to the last. The head goes there. */
    private synchronized long cost(long position, long end) {
        long first = position >> PAGE_SHIFT;
        long last = (end - 1) >> PAGE_SHIFT;
        while (first <= last && has(first)) {
            first++;
        }
        if (first > last) {
            return 0; // another request has brought it meanwhile
        }
        while (has(last)) {
            last--;
        }
        long from = first << PAGE_SHIFT;
        long to = Math.min((last + 1) << PAGE_SHIFT, size());
        long gap = from - head;
        long way = medium.seek(head, from, size());
        if (gap > 0 && medium.transfer(gap) <= way) {
            way = medium.transfer(gap);
            bytes += gap;
        } else if (way > 0) {
            seeks++;
        }
        head = to;
        requests++;
        bytes += to - from;
        long cost = medium.request() + way + medium.transfer(to - from);
        busyNanos += cost;
        return cost;
    }

    private static void sleep(long until) {
        boolean interrupted = false;
        for (long left; (left = until - System.nanoTime()) > 0; ) {
            LockSupport.parkNanos(left);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws IOException {
        source.close();
    }

    @Override
    public String toString() {
        return name();
    }
}
