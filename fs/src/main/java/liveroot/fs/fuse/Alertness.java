package liveroot.fs.fuse;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import liveroot.fs.sys.CpuLatency;

/**
 * Has idle processors wake fast while many requests come. For each request the caller's processor goes idle and a worker's
 * wakes, and the other way round for the answer; where idle processors sleep deeply, waking them is most of what a short
 * request takes (docs/benchmarks.md). A few requests now and then change nothing.
 */
final class Alertness {

    /** So many requests within {@link #BURST_NANOS} begin it. */
    private static final int BURST = 16;

    private static final long BURST_NANOS = 10_000_000;

    /** It goes on while so many come within {@link #TICK_MILLIS}. */
    private static final int FEWEST = 8;

    private static final long TICK_MILLIS = 10;

    private static final int IDLE_SECONDS = 10;

    private final Runnable limit;
    private final Runnable lift;
    private final AtomicInteger arrivals = new AtomicInteger();
    private final AtomicBoolean kept = new AtomicBoolean();
    private final ThreadPoolExecutor keeper;
    private volatile long burstBegan = System.nanoTime() - BURST_NANOS;

    /**
     * @param limit has idle processors wake fast
     * @param lift lets them sleep as before
     */
    Alertness(Runnable limit, Runnable lift) {
        this.limit = limit;
        this.lift = lift;
        this.keeper = new ThreadPoolExecutor(
                1, 1, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), Alertness::newThread);
        keeper.allowCoreThreadTimeOut(true);
    }

    /** Of this machine's processors; null if there is nothing to be done with them. */
    static Alertness ofMachine() {
        CpuLatency latency = CpuLatency.open();
        return latency == null ? null : new Alertness(latency::limit, latency::lift);
    }

    private static Thread newThread(Runnable work) {
        Thread thread = new Thread(work, "alertness");
        thread.setDaemon(true);
        return thread;
    }

    /** A request has come. */
    void arrived() {
        int n = arrivals.incrementAndGet();
        if (n % BURST == 0 && !kept.get()) {
            long now = System.nanoTime();
            if (now - burstBegan < BURST_NANOS && kept.compareAndSet(false, true)) {
                begin();
            }
            burstBegan = now;
        }
    }

    private void begin() {
        try {
            keeper.execute(this::keep);
        } catch (RejectedExecutionException | OutOfMemoryError e) {
            // The machine has no thread to give: they sleep.
            kept.set(false);
        }
    }

    private void keep() {
        limit.run();
        try {
            int seen;
            do {
                seen = arrivals.get();
                Thread.sleep(TICK_MILLIS);
            } while (arrivals.get() - seen >= FEWEST);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lift.run();
            kept.set(false);
        }
    }
}
