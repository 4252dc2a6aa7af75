package liveroot.fs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;

/**
 * Puts small files ahead of readers into the kernel's page cache, each as a whole, for trees of which it is known in which
 * order a directory lists its entries, and no more. That saves a request for each file, and lets the kernel's part of the
 * work go on beside ours. A reader is followed once it has come to a few files in the order of the listings that it, or
 * somebody, has seen before: {@link Way}. Now and then a file is left to be demanded, which tells where the reader is.
 *
 * <p>The demanding thread only notes where it is. Another one walks ahead, reads and stores; to a source that unpacks it is
 * one more reader in order. What it cannot read it leaves to be read by demand.
 *
 * <p>The monitor guards listings and ways. Nothing is read, and nothing stored, with it held.
 */
final class Pusher<I> implements AutoCloseable {

    private static final int READERS = 8;

    private final ReadOnlyTree<I> tree;
    private final PageCache pages;
    private final ExecutorService thread = Background.thread("push");
    private final Listings listings = new Listings();
    private final Way[] ways = new Way[READERS];
    private int turn;
    private long time;
    private boolean atWork;
    private boolean closed;
    private volatile long latest;

    /** The thread's own. */
    private ByteBuffer memory;

    Pusher(ReadOnlyTree<I> tree, PageCache pages) {
        this.tree = tree;
        this.pages = pages;
    }

    /** A file that a walk has come to. */
    private record Step(Way way, long file) {}

    /** Notes what a directory has listed. */
    void listed(Listings.Listed listed) {
        synchronized (this) {
            listings.add(listed);
            if (atWork || !hasRoom()) {
                return;
            }
            atWork = true;
        }
        wake();
    }

    private boolean hasRoom() {
        for (Way way : ways) {
            if (way != null && way.hasRoom()) {
                return true;
            }
        }
        return false;
    }

    /** Notes that a file is about to be read. */
    void demanded(long file) {
        if (file == latest) {
            return;
        }
        synchronized (this) {
            latest = file;
            time++;
            Way way = follow(file);
            if (way == null || atWork || closed || !way.hasRoom()) {
                return;
            }
            atWork = true;
        }
        wake();
    }

    /** @return null if nobody was expected there */
    private Way follow(long file) {
        int oldest = 0;
        for (int i = 0; i < READERS; i++) {
            if (ways[i] == null) {
                oldest = i;
            } else if (ways[i].isFollowed(file, time)) {
                return ways[i];
            } else if (ways[oldest] != null && ways[i].time() < ways[oldest].time()) {
                oldest = i;
            }
        }
        Listings.Place behind = listings.behind(file);
        if (behind != null) {
            ways[oldest] = new Way(listings, file, behind, time);
        }
        return null;
    }

    private void wake() {
        try {
            thread.execute(this::push);
        } catch (RejectedExecutionException | OutOfMemoryError e) {
            // The machine has no thread to give, or the tree is closed.
            synchronized (this) {
                atWork = false;
            }
        }
    }

    private void push() {
        for (Step step; (step = next()) != null; ) {
            try {
                push(step.way, step.file);
            } catch (IOException | FsException | RuntimeException e) {
                // Who demands it will meet that again.
            }
        }
    }

    /** Of the ways in turn. */
    private synchronized Step next() {
        for (int i = 0; i < READERS && !closed; i++) {
            turn = (turn + 1) % READERS;
            Way way = ways[turn];
            long file = way != null && way.hasRoom() ? way.walk() : Listings.UNKNOWN;
            if (file != Listings.UNKNOWN) {
                return new Step(way, file);
            }
        }
        atWork = false;
        return null;
    }

    private void push(Way way, long id) throws IOException, FsException {
        I file = tree.inode(id);
        long size = tree.size(id, file);
        long number;
        synchronized (this) {
            if (!way.add(id, size)) {
                return;
            }
            number = way.last();
        }
        if (memory == null) {
            memory = ByteBuffer.allocateDirect(PushPace.LARGEST);
        }
        ByteBuffer bytes = memory.slice(0, (int) size);
        tree.read(id, file, 0, (int) size, new BufferSink(bytes));
        synchronized (this) {
            if (closed || bytes.hasRemaining() || !way.isAhead(number)) {
                return;
            }
        }
        boolean taken = pages.store(id, 0, bytes.flip());
        synchronized (this) {
            way.stored(taken);
        }
    }

    /** Waits for the file that is being read or stored. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        Background.end(thread);
    }
}
