package liveroot.cache;

import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The threads that load ahead of demand, and how much memory they may have in flight. Requests beyond the queue are
 * dropped, as are those that demand overtakes before they get a thread; a thread without work ends after a while.
 */
final class Prefetcher implements AutoCloseable {

    /** Requests that may wait for a thread. */
    static final int QUEUE = 64;

    static final int MOST_THREADS = 4;
    private static final int IDLE_SECONDS = 10;

    private final long limit;
    private final AtomicLong taken = new AtomicLong();
    private final AtomicInteger names = new AtomicInteger();
    private final ThreadPoolExecutor threads;
    /** What waits for a thread. */
    private final Set<BlockKey> queued = ConcurrentHashMap.newKeySet();

    /** A thread that loads ahead of demand, so it may not wait for memory. */
    private static final class Worker extends Thread {

        /** Footprints of the blocks that the load at hand has taken; only this thread looks at it. */
        private long taken;

        private Worker(Runnable work, String name) {
            super(work, name);
            setDaemon(true);
        }
    }

    /** @param limit bytes of memory that loads under way may have taken together */
    Prefetcher(long limit) {
        this.limit = limit;
        int count = Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors());
        threads = new ThreadPoolExecutor(
                count,
                count,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(QUEUE),
                work -> new Worker(work, "prefetch-" + names.incrementAndGet()),
                new ThreadPoolExecutor.AbortPolicy());
        threads.allowCoreThreadTimeOut(true);
    }

    /** Whether the calling thread is one of a prefetcher's. */
    static boolean isCaller() {
        return Thread.currentThread() instanceof Worker;
    }

    /**
     * Runs {@code load} of {@code key} some time, unless that is asked for already, or drops it. Then {@code end} is run,
     * unless this is closed first.
     */
    void submit(BlockKey key, Runnable end, Runnable load) {
        if (!queued.add(key)) {
            end.run();
            return;
        }
        try {
            threads.execute(() -> {
                try {
                    runUnlessCancelled(key, load);
                } finally {
                    end.run();
                }
            });
        } catch (RejectedExecutionException | OutOfMemoryError e) {
            // The queue is full, or the machine has no thread to give.
            queued.remove(key);
            end.run();
        }
    }

    /** Demand has overtaken the request for {@code key}, if there is one. */
    void cancel(BlockKey key) {
        queued.remove(key);
    }

    private void runUnlessCancelled(BlockKey key, Runnable load) {
        if (!queued.remove(key)) {
            return;
        }
        try {
            load.run();
        } finally {
            settle();
        }
    }

    /** The calling worker is through with a load. */
    void settle() {
        Worker worker = (Worker) Thread.currentThread();
        taken.addAndGet(-worker.taken);
        worker.taken = 0;
    }

    /** Whether the calling worker may take that much more; what it takes counts until its load ends. */
    boolean mayTake(int footprint) {
        if (taken.addAndGet(footprint) > limit) {
            taken.addAndGet(-footprint);
            return false;
        }
        ((Worker) Thread.currentThread()).taken += footprint;
        return true;
    }

    /** Drops what waits; a load under way runs to its end. */
    @Override
    public void close() {
        threads.shutdown();
        threads.getQueue().clear();
        queued.clear();
    }
}
