package liveroot.fs.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.nio.ByteBuffer;
import liveroot.fs.sys.Libc;
import liveroot.fs.sys.NativeMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A pipe stands for the queue of requests: one end of it that blocks, and the same end once more that does not. */
class PatienceTest {

    private final ByteBuffer memory = NativeMemory.allocate(16);
    private final long address = NativeMemory.address(memory);
    private Entrance entrance;
    private int in;

    @BeforeEach
    void makePipe() {
        assertEquals(0, Libc.call("pipe", address));
        int out = memory.getInt(0);
        in = memory.getInt(4);
        entrance = new Entrance(out, Libc.open("/proc/self/fd/" + out, Libc.O_RDONLY | Libc.O_NONBLOCK, 0));
    }

    @AfterEach
    void closePipe() {
        entrance.close();
        Libc.close(in);
        NativeMemory.free(memory);
    }

    private int wayOf(Patience patience) {
        Libc.write(in, address, 1);
        assertEquals(1, patience.read(address, 1));
        return patience.descriptor();
    }

    /** Until one has come at once, which a busy machine may prevent. */
    private void keepComing(Patience patience) {
        for (int i = 0; i < 100_000; i++) {
            if (wayOf(patience) == entrance.clone) {
                return;
            }
        }
        fail("of 100,000 requests none found the worker awake");
    }

    @Test
    void theFirstRequestFindsTheWorkerAsleep() {
        assertEquals(entrance.fuse, wayOf(new Patience(entrance)));
    }

    @Test
    void aRequestThatFollowsSoonFindsItAwake() {
        keepComing(new Patience(entrance));
    }

    @Test
    void noMoreThanTwoAreAwake() {
        Patience patience = new Patience(entrance);
        keepComing(patience);
        assertTrue(entrance.enter());
        assertTrue(entrance.enter());
        for (int i = 0; i < 1000; i++) {
            assertEquals(entrance.fuse, wayOf(patience));
        }
        entrance.leave();
        keepComing(patience);
    }

    @Test
    void withoutACloneAllSleep() {
        Entrance blocking = new Entrance(entrance.fuse, -1);
        Patience patience = new Patience(blocking);
        for (int i = 0; i < 1000; i++) {
            assertEquals(blocking.fuse, wayOf(patience));
        }
    }
}
