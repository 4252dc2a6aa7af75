package liveroot.fs.squashfs;

import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import liveroot.cache.Block;
import liveroot.fs.PageCache;

/**
 * Parts of files that are to go to the kernel's page cache as soon as their blocks are unpacked, in the order in which
 * their reader will come to them. They go there by a thread of their own, which waits for no block: what is not there when
 * its time has come is left to be read.
 *
 * <p>The kernel takes nothing for a file that it does not know. Who lists a directory and reads its files before it goes on
 * to the next, as tar does, has it know those of one directory at a time: so the first part that it does not take is kept,
 * with all behind it, until the reader has moved.
 */
final class Pushes {

    /** Parts of a stream that may wait. */
    private static final int MOST = 512;

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

    private static final class Line {

        private final ArrayDeque<Part> parts = new ArrayDeque<>();
        /** Until the reader has moved. */
        private boolean halted;
        /** Whether it has, since the last part was taken. */
        private boolean moved;

        private boolean isReady() {
            return !halted && !parts.isEmpty() && parts.peek().block.ended;
        }
    }

    /** Whose way the parts lie on. */
    interface Reader {
        /** Whether it has not come to a block yet. */
        boolean isBefore(Stream stream, long reference, long index);

        /** The kernel took a part, or did not. @return whether there is sense in more of this stream's */
        boolean stored(Stream stream, boolean taken);
    }

    private final DataBlocks data;
    private final InodeIds ids;
    private final Reader reader;
    private final Executor thread;
    /** What waits, of each stream. */
    private final Map<Stream, Line> lines = new LinkedHashMap<>();

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
        Line line = lines.computeIfAbsent(stream, s -> new Line());
        if (line.parts.size() >= MOST) {
            return false;
        }
        line.parts.add(new Part(stream, reference, index, offset, block, at, length));
        return true;
    }

    /** A block has been unpacked, or it came to nothing. */
    void ended(Asked block) {
        block.ended = true;
        wake();
    }

    /** The reader has come to another file: the kernel may know more now. */
    void moved(Stream stream) {
        synchronized (this) {
            Line line = lines.get(stream);
            if (line == null) {
                return;
            }
            line.moved = true;
            line.halted = false;
        }
        wake();
    }

    /** Has the thread look for what can be pushed. */
    void wake() {
        synchronized (this) {
            if (atWork || ready() == null) {
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
                clear();
            }
        }
    }

    private Line ready() {
        for (Line line : lines.values()) {
            if (line.isReady()) {
                return line;
            }
        }
        return null;
    }

    private void push() {
        for (Part part; (part = next()) != null; ) {
            push(part);
        }
    }

    /** Of the streams in turn. */
    private synchronized Part next() {
        Line line = ready();
        if (line == null) {
            atWork = false;
            return null;
        }
        Part part = line.parts.poll();
        line.moved = false;
        lines.remove(part.stream);
        lines.put(part.stream, line);
        return part;
    }

    private synchronized void halt(Part part) {
        Line line = lines.get(part.stream);
        if (line != null) {
            line.halted = !line.moved;
            line.parts.addFirst(part);
        }
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
            if (right) {
                boolean taken = pages.store(ids.id(part.reference), part.offset, block.slice(part.at, part.length));
                boolean goesOn = reader.stored(part.stream, taken);
                if (!goesOn) {
                    drop(part.stream);
                } else if (!taken) {
                    halt(part);
                }
            }
        } finally {
            block.release();
        }
    }

    /** Drops what waits of a stream. */
    synchronized void drop(Stream stream) {
        lines.remove(stream);
    }

    /** Drops what waits. */
    synchronized void clear() {
        lines.clear();
    }
}
