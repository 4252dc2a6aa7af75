package liveroot.fs.squashfs;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import liveroot.cache.Block;
import liveroot.fs.PageCache;

/**
 * Parts of files that are to go to the kernel's page cache as soon as their blocks are unpacked, in the order in which
 * their reader will come to them. They go there by a thread of their own, which waits for no block: what is not there when
 * its time has come is left to be read.
 */
final class Pushes {

    /** Parts that may wait. */
    private static final int MOST = 4096;

    /** A block that was asked for. */
    static final class Asked {

        private final long position;
        /** That it must unpack to, or 0 for a fragment. */
        private final int plain;

        private volatile boolean ended;

        Asked(long position, int plain) {
            this.position = position;
            this.plain = plain;
        }
    }

    /** Bytes of a file at {@code at} of a block. */
    private record Part(Stream stream, long reference, long index, long offset, Asked block, int at, int length) {}

    /** Whose way the parts lie on. */
    interface Reader {
        /** Whether it has not come to a block yet. */
        boolean isBefore(Stream stream, long reference, long index);

        /** The kernel did not take a part. */
        void refused(Stream stream);
    }

    private final DataBlocks data;
    private final InodeIds ids;
    private final Reader reader;
    private final Executor thread;
    private final ArrayDeque<Part> waiting = new ArrayDeque<>();
    private boolean atWork;
    private volatile PageCache pages;

    /** @param thread runs one thing after the other */
    Pushes(DataBlocks data, InodeIds ids, Reader reader, Executor thread) {
        this.data = data;
        this.ids = ids;
        this.reader = reader;
        this.thread = thread;
    }

    void to(PageCache kernel) {
        pages = kernel;
    }

    boolean isPossible() {
        return pages != null;
    }

    /** @return false if there is no room for more */
    synchronized boolean add(Stream stream, long reference, long index, long offset, Asked block, int at, int length) {
        if (waiting.size() >= MOST) {
            return false;
        }
        waiting.add(new Part(stream, reference, index, offset, block, at, length));
        return true;
    }

    /** A block has been unpacked, or it came to nothing. */
    void ended(Asked block) {
        block.ended = true;
        wake();
    }

    /** Has the thread look for what can be pushed. */
    void wake() {
        synchronized (this) {
            if (atWork || waiting.isEmpty() || !waiting.peek().block.ended) {
                return;
            }
            atWork = true;
        }
        try {
            thread.execute(this::push);
        } catch (RejectedExecutionException | OutOfMemoryError e) {
            // The machine has no thread to give, or the tree is closed.
            synchronized (this) {
                atWork = false;
                waiting.clear();
            }
        }
    }

    private void push() {
        for (Part part; (part = next()) != null; ) {
            push(part);
        }
    }

    private synchronized Part next() {
        Part first = waiting.peek();
        if (first == null || !first.block.ended) {
            atWork = false;
            return null;
        }
        return waiting.poll();
    }

    private void push(Part part) {
        if (!reader.isBefore(part.stream, part.reference, part.index)) {
            return;
        }
        Block block = data.peek(part.block.position);
        if (block == null) {
            return;
        }
        try {
            boolean right = part.block.plain == 0
                    ? part.at <= block.length() - part.length
                    : part.block.plain == block.length();
            if (right && !pages.store(ids.id(part.reference), part.offset, block.slice(part.at, part.length))) {
                reader.refused(part.stream);
            }
        } finally {
            block.release();
        }
    }

    /** Drops what waits. */
    synchronized void clear() {
        waiting.clear();
    }
}
