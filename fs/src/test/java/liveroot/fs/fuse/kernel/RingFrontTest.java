package liveroot.fs.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import liveroot.fs.FsException;
import liveroot.fs.MemoryTree;
import liveroot.fs.ReadSink;
import liveroot.fs.fuse.Front;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** All that the kernel front must do, with requests that come through rings. */
@ExtendWith(Rings.class)
class RingFrontTest extends KernelFrontTest {

    @Override
    protected Front front() {
        return KernelFront.overRings();
    }

    @Test
    void aMountSaysThatItIsServedThroughRings() throws Exception {
        mountReadOnly();
        assertEquals("uring", mount.front());
    }

    @Test
    void theLargestRequestsArriveWhole() throws Exception {
        byte[] content = new byte[5 << 20];
        new Random(1).nextBytes(content);
        tree.file("/large", content);
        mount(false);
        assertEquals(
                sh("sha256sum < large"),
                sh("dd if=large of=copy bs=1M iflag=direct oflag=direct 2> /dev/null; sha256sum < copy"));
        assertEquals("same", sh("cmp large copy && echo same"));
    }

    @Test
    void aRequestThatTakesLongHoldsUpNoOtherOfItsCore() throws Exception {
        CountDownLatch arrived = new CountDownLatch(1);
        CountDownLatch gate = new CountDownLatch(1);
        tree = new MemoryTree() {
            // Not synchronized: who waits at the gate must not hold the tree.
            @Override
            @SuppressWarnings("UnsynchronizedOverridesSynchronized")
            public void read(long id, long handle, long offset, int length, ReadSink sink) throws FsException {
                arrived.countDown();
                try {
                    assertTrue(gate.await(60, TimeUnit.SECONDS));
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                super.read(id, handle, offset, length, sink);
            }
        };
        tree.file("/slow", "x").directory("/d");
        mount(false);
        String core = sh("taskset -pc $$ | sed 's/.*: *//; s/[-,].*//'");
        Process reader = new ProcessBuilder(
                        "taskset", "-c", core, "cat", directory.resolve("slow").toString())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            arrived.await();
            for (String name : List.of("one", "two")) {
                assertEquals(name, sh("taskset -c " + core + " sh -c 'mkdir d/" + name + "; ls d; rmdir d/*'"));
            }
        } finally {
            gate.countDown();
            reader.waitFor();
        }
    }
}
