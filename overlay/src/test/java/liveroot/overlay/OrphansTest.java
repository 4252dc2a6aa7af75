package liveroot.overlay;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import liveroot.fs.Errno;
import liveroot.fs.FsException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A deleted file of 40 MB stays open, 27 are free, and somebody deletes something every few milliseconds. */
final class OrphansTest {

    private static final int HELD = 40_000_000;
    private static final int FREE = 27_000_000;

    private final Orphans orphans = new Orphans();
    private final AtomicBoolean ended = new AtomicBoolean();
    private final Thread others = new Thread(() -> {
        while (!ended.get()) {
            orphans.add(0);
            orphans.remove(0);
            orphans.deleted();
            LockSupport.parkNanos(5_000_000);
        }
    });

    @BeforeEach
    void begin() {
        orphans.add(HELD);
        others.start();
    }

    @AfterEach
    void end() throws InterruptedException {
        ended.set(true);
        others.join();
    }

    @Test
    void nobodyWaitsForWhatIsKeptOpenAsLongAsOthersDelete() {
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> orphans.await(() -> FREE));
        assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> assertThrows(
                        FsException.class,
                        () -> orphans.patiently(() -> {
                            throw new FsException(Errno.ENOSPC);
                        })));
    }

    @Test
    void whatWasDeletedLongAgoIsNotWaitedFor() {
        LockSupport.parkNanos(500_000_000);
        AtomicInteger looks = new AtomicInteger();
        orphans.await(() -> {
            looks.incrementAndGet();
            return FREE;
        });
        assertTrue(looks.get() <= 1, () -> looks + " looks at what is free");
    }
}
