package liveroot.fs.squashfs;

import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import liveroot.fs.Background;
import liveroot.fs.PageCache;

/**
 * Has the blocks unpacked that readers will demand next. mksquashfs writes the inodes of files in the order in which it
 * has written their data, directory after directory; so the inodes that follow in the table tell what follows in the
 * image, and most likely in what a reader does. A few readers are followed at a time. How far ahead of one is asked for
 * grows with what it uses; where much was asked for in vain, more steps have to be seen before a reader is followed.
 *
 * <p>Small files ahead of a reader that leaves none out go on to the kernel's page cache, if the tree has been given one:
 * {@link Pushes}. That saves a request for each, and so two changes of threads. Now and then one is left to be demanded.
 *
 * <p>The demanding thread only notes where it is. The walk through the inodes is the work of a thread of its own, the
 * unpacking that of the cache's. Whatever the walk meets in the image, it ends silently there.
 */
final class ReadAhead implements AutoCloseable, Pushes.Reader {

    private static final int STREAMS = 8;

    /** The part of the cache's budget that may be asked for ahead: see {@link liveroot.cache.BlockCache.Region#prefetch}. */
    private static final int PART = 16;

    private static final int FEWEST_STEPS = 2;
    private static final int MOST_STEPS = 64;

    /** Blocks used that are proof of a reader's steadiness. */
    private static final int PROOF = 64;

    /** Demands of others after which a reader is no longer in the way. */
    private static final long FORGOTTEN = 256;

    /** Inodes and blocks, holes too, that are stepped over in one go. */
    private static final int LONGEST_WALK = 8192;

    private final Metadata metadata;
    private final Superblock superblock;
    private final IdTable ids;
    private final DataBlocks data;
    private final FragmentTable fragments;
    private final int mostAhead;
    private final Executor walker;
    private final ExecutorService pusher = Background.thread("push");
    private final Pushes pushes;

    private final Stream[] streams = new Stream[STREAMS];
    private final Stream[] candidates = new Stream[STREAMS];
    private int nextCandidate;
    private int stepsWanted = FEWEST_STEPS;
    private long time;
    private boolean walkWanted;
    private boolean closed;

    /**
     * @param budget of the cache, bytes
     * @param walker runs walks, one after the other
     */
    ReadAhead(
            Metadata metadata,
            Superblock superblock,
            IdTable ids,
            InodeIds inodeIds,
            DataBlocks data,
            FragmentTable fragments,
            long budget,
            Executor walker) {
        this.metadata = metadata;
        this.superblock = superblock;
        this.ids = ids;
        this.data = data;
        this.fragments = fragments;
        this.mostAhead = (int) Math.min(Stream.MOST_AHEAD, budget / PART / superblock.blockSize());
        this.walker = walker;
        this.pushes = new Pushes(data, inodeIds, this, pusher);
    }

    /** Has files go to the kernel's page cache before they are read. */
    void fill(PageCache pages) {
        pushes.to(pages);
    }

    /**
     * Notes that a reader wants a part of a file, before it is read.
     *
     * @param reference of the file's inode
     * @param first block wanted
     * @param last block wanted; the file's end in a fragment is one behind its blocks
     */
    void demanded(long reference, FileBlocks file, long first, long last) {
        if (mostAhead > 0 && note(reference, file, first, last)) {
            wakeWalker();
        }
    }

    private synchronized boolean note(long reference, FileBlocks file, long first, long last) {
        time++;
        int reader = readerOf(reference, first, last);
        if (reader >= 0) {
            return follow(reader, reference, file, first, last);
        }
        for (int i = 0; i < STREAMS; i++) {
            Stream candidate = candidates[i];
            if (candidate == null) {
                continue;
            }
            if (candidate.isHere(reference, first, last)) {
                return false;
            }
            if (candidate.isStep(reference, first, last)) {
                candidate.step(reference, file, first, last);
                if (candidate.steps < stepsWanted) {
                    return false;
                }
                candidates[i] = null;
                candidate.begin();
                add(candidate);
                return true;
            }
            if (candidate.reference == reference) {
                candidates[i] = new Stream(reference, file, first, last);
                return false;
            }
        }
        addCandidate(new Stream(reference, file, first, last));
        return false;
    }

    /** The number of the stream that a demand belongs to: of several the one that has come farthest; or -1. */
    private int readerOf(long reference, long first, long last) {
        int best = -1;
        for (int i = 0; i < STREAMS; i++) {
            Stream stream = streams[i];
            if (stream != null
                    && stream.isReader(reference, first, last)
                    && (best < 0 || streams[best].isBehind(stream))) {
                best = i;
            }
        }
        return best;
    }

    private boolean follow(int reader, long reference, FileBlocks file, long first, long last) {
        Stream stream = streams[reader];
        int proof = stream.used / PROOF;
        boolean moves = stream.reference != reference;
        if (stream.isLeap(reference, first, last)) {
            Stream rest = stream.splitAt(reference, file, first, last);
            if (stepsWanted > FEWEST_STEPS) {
                addCandidate(new Stream(reference, file, first, last));
                return false;
            }
            add(rest);
            return rest.isHungry(share());
        }
        if (!stream.advance(reference, file, first, last)) {
            streams[reader] = null;
            pushes.drop(stream);
            stepsWanted = Math.min(MOST_STEPS, 2 * stepsWanted);
            addCandidate(new Stream(reference, file, first, last));
            return false;
        }
        if (stream.used / PROOF > proof) {
            stepsWanted = Math.max(FEWEST_STEPS, stepsWanted / 2);
        }
        stream.time = time;
        if (moves) {
            pushes.moved(stream);
        }
        return stream.isHungry(share());
    }

    private void addCandidate(Stream candidate) {
        candidates[nextCandidate] = candidate;
        nextCandidate = (nextCandidate + 1) % STREAMS;
    }

    /** In the place of the stream that was not used for the longest time. */
    private void add(Stream stream) {
        int oldest = 0;
        for (int i = 0; i < STREAMS; i++) {
            if (streams[i] == null) {
                oldest = i;
                break;
            }
            if (streams[i].time < streams[oldest].time) {
                oldest = i;
            }
        }
        Stream old = streams[oldest];
        if (old != null && old.aheadCount() > old.used) {
            stepsWanted = Math.min(MOST_STEPS, 2 * stepsWanted);
        }
        if (old != null) {
            pushes.drop(old);
        }
        stream.time = time;
        streams[oldest] = stream;
    }

    private void wakeWalker() {
        synchronized (this) {
            if (walkWanted || closed) {
                return;
            }
            walkWanted = true;
        }
        try {
            walker.execute(this::walk);
        } catch (RejectedExecutionException | OutOfMemoryError e) {
            // The machine has no thread to give, or the tree is closed: nothing is read ahead now.
            synchronized (this) {
                walkWanted = false;
            }
        }
    }

    private void walk() {
        Stream[] now;
        synchronized (this) {
            walkWanted = false;
            now = streams.clone();
        }
        for (Stream stream : now) {
            if (stream != null) {
                walk(stream);
            }
        }
    }

    private void walk(Stream stream) {
        long reference;
        FileBlocks file;
        long index;
        long stride;
        int room;
        synchronized (this) {
            room = closed ? 0 : stream.room(share());
            if (room <= 0) {
                return;
            }
            reference = stream.walkReference;
            file = stream.walkFile;
            index = stream.walkIndex;
            stride = stream.stride();
        }
        try (Cursor in = new Cursor(metadata)) {
            if (stride > 0) {
                walkInStrides(stream, reference, file, index, stride, room, in);
            } else {
                walkInOrder(stream, reference, file, index, room, in);
            }
        } catch (IOException | RuntimeException e) {
            end(stream);
        } finally {
            dropUnlessFollowed(stream);
            pushes.wake();
        }
    }

    /** A reader that was given up during a walk ahead of it may have left something to be pushed. */
    private synchronized void dropUnlessFollowed(Stream stream) {
        if (!Arrays.asList(streams).contains(stream)) {
            pushes.drop(stream);
        }
    }

    /** Blocks that may be asked for ahead of each of the readers that are at work. */
    private int share() {
        int readers = 0;
        for (Stream stream : streams) {
            if (stream != null && isAtWork(stream)) {
                readers++;
            }
        }
        return mostAhead / Math.max(1, readers);
    }

    private boolean isAtWork(Stream stream) {
        return time - stream.time < FORGOTTEN;
    }

    private synchronized void end(Stream stream) {
        stream.ended = true;
    }

    private void walkInOrder(Stream stream, long from, FileBlocks first, long firstIndex, int room, Cursor in)
            throws IOException {
        long reference = from;
        FileBlocks file = first;
        long index = firstIndex;
        long position = file.locate(Math.min(index, file.count), in);
        int fragment = index > file.count ? file.inode.fragment : Inode.NONE;
        Pushes.Asked shared = fragment == Inode.NONE ? null : askFragment(file);
        boolean mayPush = pushes.isPossible() && data.isUnobserved() && mayPush(stream);
        stream.pushesFile &= mayPush;
        int left = room;
        for (int i = 0; i < LONGEST_WALK && left > 0; i++) {
            if (index < file.count) {
                int word = in.i32();
                left -= ask(stream, reference, file, index, position, word, stream.pushesFile);
                position += DataBlocks.storedSize(word);
                index++;
            } else if (index < Stream.end(file)) {
                if (file.inode.fragment != fragment) {
                    fragment = file.inode.fragment;
                    shared = askFragment(file);
                    left -= shared == null
                            ? 0
                            : asked(stream, reference, index, stream.pushesFile ? Stream.PUSHED : Stream.FRAGMENT);
                }
                int length = (int) (file.inode.size - file.count * superblock.blockSize());
                if (stream.pushesFile && shared != null && length > 0) {
                    long offset = file.count * superblock.blockSize();
                    pushes.add(stream, reference, index, offset, shared, file.inode.offset, length);
                }
                index++;
            } else {
                if (!toNextInode(in)) {
                    end(stream);
                    return;
                }
                long next = ((in.position() - superblock.inodeTable()) << 16) | in.offset();
                Inode inode = Inode.read(in, ids, superblock.blockSize());
                if (inode.type != Inode.FILE) {
                    inode.skipRest(in);
                    continue;
                }
                if (isOwned(next, stream)) {
                    end(stream);
                    return;
                }
                reference = next;
                file = new FileBlocks(inode, superblock.blockSize());
                index = 0;
                position = inode.start;
                stream.pushesFile = mayPush && choose(stream, reference, file, room);
            }
            if (!walkedTo(stream, reference, file, index)) {
                return;
            }
        }
    }

    private synchronized boolean mayPush(Stream stream) {
        return stream.mayPush();
    }

    private synchronized boolean choose(Stream stream, long reference, FileBlocks file, int room) {
        return stream.choose(reference, file, room);
    }

    /** Within the file alone, whatever comes behind it. */
    private void walkInStrides(
            Stream stream, long reference, FileBlocks file, long firstIndex, long stride, int room, Cursor in)
            throws IOException {
        int left = room;
        long index = firstIndex;
        for (; left > 0 && index < file.count; index += stride) {
            long position = file.locate(index, in);
            left -= ask(stream, reference, file, index, position, in.i32(), false);
            if (!walkedTo(stream, reference, file, index + stride)) {
                return;
            }
        }
        if (index >= file.count) {
            end(stream);
        }
    }

    private synchronized boolean walkedTo(Stream stream, long reference, FileBlocks file, long index) {
        return !closed && stream.walkedTo(reference, file, index);
    }

    /** Whether a reader that is at work goes there already. */
    private synchronized boolean isOwned(long reference, Stream by) {
        for (Stream stream : streams) {
            if (stream != null && stream != by && isAtWork(stream) && stream.owns(reference)) {
                return true;
            }
        }
        return false;
    }

    /** @return false at the table's end */
    private boolean toNextInode(Cursor in) throws IOException {
        if (in.isAtEnd()) {
            long next = metadata.next(in.position());
            if (next >= superblock.directoryTable()) {
                return false;
            }
            in.seek(next, 0);
        }
        return in.position() < superblock.directoryTable();
    }

    private int ask(Stream stream, long reference, FileBlocks file, long index, long position, int word, boolean push) {
        int blockSize = superblock.blockSize();
        int plain = (int) Math.min(blockSize, file.inode.size - index * blockSize);
        Pushes.Asked block = new Pushes.Asked(position, plain);
        if (!data.prefetch(position, word, plain, () -> pushes.ended(block))) {
            return 0;
        }
        boolean pushed = push && pushes.add(stream, reference, index, index * blockSize, block, 0, plain);
        return asked(stream, reference, index, pushed ? Stream.PUSHED : Stream.BLOCK);
    }

    /** @return null if the fragment is nothing that would be unpacked */
    private Pushes.Asked askFragment(FileBlocks file) throws IOException {
        FragmentTable.Fragment place = file.fragment(fragments);
        Pushes.Asked block = new Pushes.Asked(place.position(), 0);
        return data.prefetchFragment(place.position(), place.word(), () -> pushes.ended(block)) ? block : null;
    }

    private synchronized int asked(Stream stream, long reference, long index, int kind) {
        stream.asked(reference, index, kind);
        return 1;
    }

    @Override
    public synchronized boolean isBefore(Stream stream, long reference, long index) {
        return !closed && stream.isAhead(reference, index);
    }

    @Override
    public synchronized boolean stored(Stream stream, boolean taken) {
        return stream.stored(taken);
    }

    /** Ends the walk. What the cache was asked for may still be loaded. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        pushes.clear();
        pusher.shutdown();
    }
}
