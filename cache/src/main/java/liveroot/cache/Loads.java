package liveroot.cache;

import java.io.IOException;
import java.util.HashMap;
import java.util.concurrent.CountDownLatch;

/**
 * The loads under way, and who waits for which.
 *
 * <p>Loaders may nest: a thread that loads one block may ask for another, and so wait for the thread that loads that. As
 * every load has one owner and every thread waits for one load at the most, a thread about to wait can follow owners and
 * waits to the end; if it meets itself, the image refers in a circle, and it gets an exception instead of waiting for
 * ever. Walk and wait are entered under one monitor, so that of several threads that close a circle the last one sees it.
 */
final class Loads {

    /** One load. All but the final fields are guarded by the monitor of {@link Loads} until it has ended. */
    static final class Load {

        private final BlockKey key;
        private final Thread owner;
        private final CountDownLatch end = new CountDownLatch(1);
        private int waiters;
        private boolean ended;
        private Block block;
        private Throwable failure;

        private Load(BlockKey key) {
            this.key = key;
            this.owner = Thread.currentThread();
        }

        /** Whether the calling thread is the one that has to load. */
        boolean isMine() {
            return owner == Thread.currentThread();
        }
    }

    /** Formats need three or four; a hostile image must not nest until the stack or the memory is used up. */
    private static final int DEEPEST = 16;

    private final HashMap<BlockKey, Load> running = new HashMap<>();
    private final HashMap<Thread, Load> waiting = new HashMap<>();

    synchronized boolean isRunning(BlockKey key) {
        return running.containsKey(key);
    }

    /** Threads that wait. */
    synchronized int waiters() {
        return waiting.size();
    }

    /** A new load of {@code key} that the caller must carry out and {@link #end}; null if there is one already. */
    synchronized Load start(BlockKey key) {
        if (running.containsKey(key)) {
            return null;
        }
        Load load = new Load(key);
        running.put(key, load);
        return load;
    }

    /**
     * A new load, as by {@link #start}, or if there is one already that one, for which the caller must then {@link #await}.
     *
     * @throws IOException if the caller would wait for itself, or nests too deeply
     */
    synchronized Load startOrJoin(BlockKey key) throws IOException {
        Thread caller = Thread.currentThread();
        Load load = running.get(key);
        if (load == null) {
            if (depth(caller) >= DEEPEST) {
                throw new IOException("the block at " + key.position()
                        + " is needed by a block that is needed by another, and so on, " + DEEPEST + " deep");
            }
            return start(key);
        }
        for (Load next = load; next != null && !next.ended; next = waiting.get(next.owner)) {
            if (next.owner == caller) {
                throw new IOException("the block at " + key.position()
                        + " is needed to load itself: references in the image run in a circle");
            }
        }
        load.waiters++;
        waiting.put(caller, load);
        return load;
    }

    /** Loads that a thread is in. Every miss comes here, the first ones in a JVM that has just started. */
    private int depth(Thread owner) {
        int depth = 0;
        for (Load load : running.values()) {
            if (load.owner == owner) {
                depth++;
            }
        }
        return depth;
    }

    /**
     * Ends a load: with a block, of which every waiter gets a reference of its own, or with a failure, or with neither,
     * which makes waiters try again.
     */
    synchronized void end(Load load, Block block, Throwable failure) {
        running.remove(load.key);
        load.ended = true;
        load.block = block;
        load.failure = failure;
        if (block != null) {
            for (int i = 0; i < load.waiters; i++) {
                block.retain();
            }
        }
        load.end.countDown();
    }

    /**
     * Waits until a load that the caller has joined ends. Interrupts do not shorten the wait: whatever a loader waits for
     * has a time limit of its own.
     *
     * @return the block, with a reference for the caller; null if the caller should try again
     * @throws IOException what the loader threw; the same object for all who wait
     */
    Block await(Load load) throws IOException {
        boolean interrupted = false;
        try {
            for (; ; ) {
                try {
                    load.end.await();
                    break;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            synchronized (this) {
                waiting.remove(Thread.currentThread());
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        if (load.failure instanceof IOException e) {
            throw e;
        }
        if (load.failure != null) {
            throw new IOException(
                    "the block at " + load.key.position() + " failed to load in another thread: " + load.failure,
                    load.failure);
        }
        return load.block;
    }
}
