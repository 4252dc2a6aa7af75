package liveroot.fs.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import liveroot.fs.Caller;
import liveroot.fs.Created;
import liveroot.fs.FsException;
import liveroot.fs.MemoryTree;
import liveroot.fs.Name;
import liveroot.fs.Opened;
import liveroot.fs.ReadSink;
import liveroot.fs.fuse.Front;
import liveroot.fs.fuse.FrontTest;
import liveroot.fs.fuse.Mount;
import liveroot.fs.fuse.MountOptions;
import liveroot.fs.fuse.Shell;
import liveroot.fs.sys.MountTable;
import org.junit.jupiter.api.Test;

/** Clients that die at the wrong moment, connections that are cut, mounts that come and go. */
class RoughTreatmentTest extends FrontTest {

    /** Each open, create and read of it waits until it is let pass. */
    private static final class GatedTree extends MemoryTree {

        final Semaphore arrivals = new Semaphore(0);
        final Semaphore gate = new Semaphore(0);

        private void pass() {
            arrivals.release();
            gate.acquireUninterruptibly();
        }

        // Not synchronized: who waits at the gate must not hold the tree.
        @Override
        @SuppressWarnings("UnsynchronizedOverridesSynchronized")
        public void read(long id, long handle, long offset, int length, ReadSink sink) throws FsException {
            pass();
            super.read(id, handle, offset, length, sink);
        }

        @Override
        @SuppressWarnings("UnsynchronizedOverridesSynchronized")
        public Opened open(long id, int flags, Caller caller) throws FsException {
            Opened opened = super.open(id, flags, caller);
            pass();
            return opened;
        }

        @Override
        @SuppressWarnings("UnsynchronizedOverridesSynchronized")
        public Created create(long parent, Name name, int mode, int flags, Caller caller) throws FsException {
            Created created = super.create(parent, name, mode, flags, caller);
            pass();
            return created;
        }
    }

    private final GatedTree gated = new GatedTree();

    @Override
    protected Front front() {
        return new KernelFront();
    }

    /** Starts a command, and goes on when its request is in the tree. */
    private Process untilItWaits(String command) throws IOException {
        Process client = new ProcessBuilder("sh", "-c", "cd \"$0\" && exec " + command, directory.toString())
                .directory(Path.of("/").toFile())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        gated.arrivals.acquireUninterruptibly();
        return client;
    }

    private void openGate() {
        gated.gate.release(1 << 20);
    }

    @Test
    void clientsKilledInARequestLeaveNothingOpen() throws Exception {
        tree = gated.file("/large", new byte[8 << 20]);
        mount(false);
        for (String command :
                List.of("cat large", "dd if=large bs=1M iflag=direct", "touch made", "sh -c 'exec 3> made2'")) {
            Process client = untilItWaits(command);
            client.destroyForcibly();
            openGate();
            client.waitFor();
            gated.gate.drainPermits();
            gated.arrivals.drainPermits();
        }
        openGate();
        assertEquals("8388608", sh("cat large | wc -c"));
        nothingIsHeld();
    }

    @Test
    void aCutConnectionEndsTheMountAndGivesEverythingBack() throws Exception {
        tree = gated.file("/d/f", "x").file("/d/large", new byte[8 << 20]);
        mount(false);
        sh("ls -l d");
        Process reader = untilItWaits("sh -c 'exec 3< d/f; cat d/large'");
        Process maker = untilItWaits("touch made");
        assertTrue(tree.lookupsHeld() >= 3 && tree.handlesOpen() >= 2);
        cut();
        openGate();
        mount.awaitEnd();
        assertNull(MountTable.at(directory), "the dead mount is taken away");
        assertEquals(0, tree.lookupsHeld());
        assertEquals(0, tree.handlesOpen());
        reader.waitFor();
        maker.waitFor();
    }

    /** Aborts the connection by the control file system of FUSE. */
    private void cut() throws IOException, InterruptedException {
        String device = MountTable.at(directory).device();
        String connection = device.substring(device.indexOf(':') + 1);
        Path control = Files.createTempDirectory("liveroot-fusectl");
        try {
            Shell.Said said =
                    Shell.run(control, "mount -t fusectl fusectl . && echo 1 > \"$0\"/" + connection + "/abort");
            assertEquals(0, said.status(), said.text());
        } finally {
            Shell.run(Path.of("/"), "umount " + control);
            Files.delete(control);
        }
    }

    @Test
    void aHundredMountsLeaveNoDescriptorAndNoThread() throws Exception {
        comeAndGo();
        int threads = Thread.activeCount();
        ExecutorService executor = Executors.newFixedThreadPool(4);
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            all.add(executor.submit(() -> {
                comeAndGo();
                return null;
            }));
        }
        for (Future<?> one : all) {
            one.get();
        }
        executor.shutdown();
        assertEquals(0, descriptors("/dev/fuse"));
        assertTrue(Thread.activeCount() <= threads + 4, "threads of ended mounts are gone");
    }

    private void comeAndGo() throws Exception {
        MemoryTree small = new MemoryTree().file("/f", "x");
        Path place = Files.createTempDirectory("liveroot-come-and-go");
        Mount mounted = front().mount(small, place, new MountOptions("x", false, true, true, true, true, 2));
        assertEquals("x", Shell.run(place, "cat f; echo y > g").text());
        mounted.unmount(false);
        mounted.awaitEnd();
        assertEquals(0, small.lookupsHeld() + small.handlesOpen());
        Files.delete(place);
    }

    /** How many descriptors this process has open of what lies there. */
    private static long descriptors(String place) throws IOException {
        long count = 0;
        try (DirectoryStream<Path> open = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : open) {
                try {
                    count += Files.readSymbolicLink(descriptor).startsWith(place) ? 1 : 0;
                } catch (NoSuchFileException e) {
                    // Closed meanwhile.
                }
            }
        }
        return count;
    }
}
