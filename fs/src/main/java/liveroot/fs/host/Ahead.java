package liveroot.fs.host;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import liveroot.fs.Background;

/** A thread that looks at what readers will come to next. */
final class Ahead implements AutoCloseable {

    private final ExecutorService thread;

    Ahead(String name) {
        thread = Background.thread(name);
    }

    /** @return false if it will not be done: the machine has no thread to give, or the tree is closed */
    boolean begin(Runnable work) {
        try {
            thread.execute(work);
            return true;
        } catch (RejectedExecutionException | OutOfMemoryError e) {
            return false;
        }
    }

    boolean isClosed() {
        return thread.isShutdown();
    }

    /** Waits for what is under way, as it uses descriptors. */
    @Override
    public void close() {
        thread.shutdown();
        boolean interrupted = false;
        for (boolean ended = false; !ended; ) {
            try {
                ended = thread.awaitTermination(1, TimeUnit.DAYS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
