package liveroot.fs.fuse.kernel;

import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import liveroot.fs.sys.IoUring;
import liveroot.fs.sys.Libc;

/**
 * One of the threads that serve what comes through rings of io_uring, until the mount ends. It has a ring of its own, and
 * sleeps in it: the kernel wakes that worker whose entry it has filled, and no other.
 */
final class RingWorker implements Runnable {

    private static final int LEAST = 8;
    private static final int LEAST_PER_CORE = 2;

    private static final int ENOTCONN = 107;
    private static final int ECONNABORTED = 103;

    private final Session session;
    private final int fuse;
    private final int[] queues;

    /**
     * @param fuse descriptor of /dev/fuse
     * @param queues of the kernel that it takes requests of, one at a time of each
     */
    private RingWorker(Session session, int fuse, int... queues) {
        this.session = session;
        this.fuse = fuse;
        this.queues = queues;
    }

    /**
     * Those of a mount. The kernel has a queue for each core that there could ever be, of the requests that are made on it,
     * and uses none before all of them can be served. Each core that is there has {@link #LEAST_PER_CORE} workers, more where there are
     * few cores, so that a request which takes long does not hold up those that come after it; one worker serves the cores that
     * are not there, should they come.
     *
     * <p>No worker is held on its core. That was measured to bring nothing, and threads that it starts (prefetch, the
     * compiler) would be held there too.
     */
    static List<RingWorker> forAllCores(Session session, int fuse) throws IOException {
        BitSet absent = Cores.possible();
        BitSet present = Cores.online();
        absent.andNot(present);
        int perCore = Math.max(LEAST_PER_CORE, LEAST / present.cardinality());
        List<RingWorker> all = new ArrayList<>();
        for (int core : present.stream().toArray()) {
            for (int i = 0; i < perCore; i++) {
                all.add(new RingWorker(session, fuse, core));
            }
        }
        if (!absent.isEmpty()) {
            all.add(new RingWorker(session, fuse, absent.stream().toArray()));
        }
        return all;
    }

    @Override
    public void run() {
        RingEntry[] entries = new RingEntry[queues.length];
        try (IoUring ring = new IoUring(queues.length)) {
            for (int i = 0; i < queues.length; i++) {
                entries[i] = new RingEntry(session, fuse, queues[i]);
                entries[i].register(ring, i);
            }
            if (session.hasAgreedOnRings()) {
                serve(ring, entries);
            }
        } catch (IOException e) {
            session.ringIsUp(e.getMessage());
        } catch (RuntimeException | Error e) {
            session.broken("the ring", e.toString());
            session.ringIsUp(e.toString());
        } finally {
            for (RingEntry entry : entries) {
                if (entry != null) {
                    entry.free();
                }
            }
            session.workerEnded();
        }
    }

    private void serve(IoUring ring, RingEntry[] entries) {
        int registered = ring.submit(false);
        if (registered < 0 || ring.isComplete()) {
            // What cannot be registered is complete at once; requests are brought only while this thread waits.
            session.ringIsUp(Libc.error(-(registered < 0 ? registered : ring.result())));
            return;
        }
        session.ringIsUp(null);
        for (; ; ) {
            int waited = ring.submit(true);
            if (waited < 0 && waited != -Libc.EINTR && waited != -Libc.EAGAIN) {
                session.broken("the ring", Libc.error(-waited));
                return;
            }
            while (ring.isComplete()) {
                int result = ring.result();
                int i = (int) ring.data();
                ring.next();
                if (result == -ENOTCONN || result == -ECONNABORTED) {
                    return;
                }
                if (result < 0) {
                    session.broken("the ring", Libc.error(-result));
                    return;
                }
                entries[i].serve(ring, i);
            }
        }
    }
}
