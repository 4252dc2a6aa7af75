package liveroot.fs;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Threads for what nobody waits for. */
public final class Background {

    private static final int IDLE_SECONDS = 10;

    /** Seconds that a read under way may take when a tree is closed. */
    private static final int LONGEST_READ = 30;

    private Background() {}

    /** One that runs one thing after the other, and ends when it has had nothing to do for a while. */
    public static ExecutorService thread(String name) {
        ThreadPoolExecutor thread = new ThreadPoolExecutor(
                1, 1, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), work -> newThread(work, name));
        thread.allowCoreThreadTimeOut(true);
        return thread;
    }

    /** Takes nothing more, and waits for what is under way. */
    public static void end(ExecutorService thread) {
        thread.shutdown();
        try {
            thread.awaitTermination(LONGEST_READ, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Thread newThread(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }
}
