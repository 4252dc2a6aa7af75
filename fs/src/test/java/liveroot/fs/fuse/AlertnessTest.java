package liveroot.fs.fuse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AlertnessTest {

    private final Semaphore limits = new Semaphore(0);
    private final Semaphore lifts = new Semaphore(0);
    private final Alertness alertness = new Alertness(limits::release, lifts::release);

    @Test
    void manyRequestsKeepProcessorsAwakeUntilTheyEnd() throws InterruptedException {
        for (int burst = 0; burst < 3; burst++) {
            while (!limits.tryAcquire()) {
                alertness.arrived();
            }
            assertTrue(lifts.tryAcquire(30, TimeUnit.SECONDS), "kept awake for nothing");
            assertEquals(0, limits.availablePermits(), "limited again without a request");
        }
    }

    @Test
    void fewRequestsLetThemSleep() throws InterruptedException {
        for (int i = 0; i < 40; i++) {
            alertness.arrived();
            TimeUnit.MILLISECONDS.sleep(5);
        }
        assertEquals(0, limits.availablePermits());
    }
}
