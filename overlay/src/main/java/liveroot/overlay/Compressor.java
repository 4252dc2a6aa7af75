package liveroot.overlay;

import java.util.ArrayDeque;

/**
 * Compresses pages of files that nobody has touched for a while. Files come here when they get a page that is not
 * compressed, and go when none is left that could be; while there are none, the thread sleeps. It works a tenth of the time
 * at the most.
 *
 * <p>Time is counted in ticks, which a group of pages takes down when it is touched: one store into memory that is used
 * anyway is all that a page in use costs.
 */
final class Compressor implements Runnable {

    /** Milliseconds. */
    private static final long TICK = 1000;

    /** Ticks after which a group of pages lies idle. */
    private static final int IDLE = 5;

    /** It rests so many times as long as it has worked. */
    private static final int REST = 9;

    /** Pages that {@link #makeRoom} frees at a time, as many as a write may need. */
    private static final int ROOM = 512;

    private final Thread thread = new Thread(this, "compress");
    private final ArrayDeque<PagedFile> files = new ArrayDeque<>();
    private boolean closed;

    /** Read without a lock: an old value makes a page seem a little older. */
    private int now;

    void start() {
        thread.setDaemon(true);
        thread.start();
    }

    int now() {
        return now;
    }

    synchronized void add(PagedFile file) {
        files.add(file);
        if (files.size() == 1) {
            notifyAll();
        }
    }

    private synchronized PagedFile next() {
        return files.poll();
    }

    private synchronized int count() {
        return files.size();
    }

    @Override
    public void run() {
        try {
            while (awaitTick()) {
                now++;
                for (int left = count(); left > 0; left--) {
                    PagedFile file = next();
                    if (file != null) {
                        pass(file);
                    }
                }
            }
        } catch (InterruptedException e) {
            // The union ends.
        }
    }

    /** False if the union has ended. */
    private synchronized boolean awaitTick() throws InterruptedException {
        while (files.isEmpty() && !closed) {
            wait();
        }
        long end = System.nanoTime() + TICK * 1_000_000;
        for (long rest = TICK; rest > 0 && !closed; rest = (end - System.nanoTime()) / 1_000_000) {
            wait(rest);
        }
        return !closed;
    }

    private void pass(PagedFile file) throws InterruptedException {
        PagedFile.Pass pass = file.beginPass(now - IDLE);
        long begun = System.nanoTime();
        while (pass.step()) {
            long spent = System.nanoTime() - begun;
            // Not for each of the short steps: sleep(2) wakes too late for that.
            if (spent > 1_000_000) {
                Thread.sleep(spent * REST / 1_000_000);
                begun = System.nanoTime();
            }
        }
        if (!pass.isDone()) {
            add(file);
        }
    }

    /**
     * Compresses pages at once, those in use too if there are no others, for somebody who needs space. No lock is held.
     *
     * @return whether there is more now
     */
    boolean makeRoom() {
        return compress(now - 1, ROOM) > 0 || compress(now, ROOM) > 0;
    }

    /** @return how many pages were compressed */
    long compress(int touchedBefore, long most) {
        long done = 0;
        for (int left = count(); left > 0 && done < most; left--) {
            PagedFile file = next();
            if (file == null) {
                break;
            }
            PagedFile.Pass pass = file.beginPass(touchedBefore);
            boolean more = true;
            while (more && done + pass.packed() < most) {
                more = pass.step();
            }
            done += pass.packed();
            if (more || !pass.isDone()) {
                add(file);
            }
        }
        return done;
    }

    /** Waits until the thread has ended. */
    void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
