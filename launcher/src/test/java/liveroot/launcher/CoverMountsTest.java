package liveroot.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.fuse.Front;
import liveroot.fs.fuse.Mount;
import liveroot.fs.fuse.MountOptions;
import liveroot.fs.host.HostTree;
import liveroot.overlay.Overlay;
import liveroot.overlay.StoreChoice;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All covers or none, by a front that writes down what it is asked for. */
final class CoverMountsTest {

    private final List<String> done = new ArrayList<>();
    private final List<NotedMount> mounted = new ArrayList<>();
    private String refused = "";

    @TempDir
    Path below;

    /** Mounts at places that exist in no mount table, so that unmounting them is nothing to do but to be noted. */
    private final class Noting implements Front {
        @Override
        public String name() {
            return "noting";
        }

        @Override
        public String obstacle() {
            return null;
        }

        @Override
        public String noPassthrough() {
            return "nothing is passed through";
        }

        @Override
        public Mount mount(FileTree tree, Path directory, MountOptions options) throws IOException {
            if (directory.endsWith(refused)) {
                throw new IOException(directory + " cannot be mounted: Cannot allocate memory");
            }
            done.add("mount " + directory);
            NotedMount mount = new NotedMount(directory, new CountDownLatch(1));
            mounted.add(mount);
            return mount;
        }
    }

    private record NotedMount(Path directory, CountDownLatch end) implements Mount {
        @Override
        public String front() {
            return "noting";
        }

        @Override
        public boolean isMounted() {
            return false;
        }

        @Override
        public void unmount(boolean lazily) {
            end.countDown();
        }

        @Override
        public void awaitEnd() throws InterruptedException {
            end.await();
        }

        @Override
        public boolean hasEnded() {
            return end.getCount() == 0;
        }

        @Override
        public Map<String, Long> requests() {
            return Map.of();
        }
    }

    /** A union over nothing, and below it a directory that holds nothing. */
    private Passages tree(Path directory) throws IOException, FsException {
        StoreChoice memory = new StoreChoice("a test", false, true);
        Overlay union = Overlay.empty(0755, 0, 0, 1 << 20, 16, memory);
        return new Passages(union, HostTree.open(below.toString(), 16), directory);
    }

    private CoverMounts mounts(String... directories) throws IOException, FsException {
        MountOptions options = new MountOptions("liveroot", false, false, false, false, false, 1);
        List<CoverMounts.Part> parts = new ArrayList<>();
        for (String directory : directories) {
            Path path = Path.of(directory);
            parts.add(new CoverMounts.Part(path, tree(path), options, List.of()));
        }
        return new CoverMounts(new Noting(), parts);
    }

    @Test
    void ifOneFailsNoneIsLeft() throws Exception {
        refused = "third";
        CoverMounts mounts = mounts("/nowhere/first", "/nowhere/first/second", "/nowhere/third", "/nowhere/fourth");
        IOException e = assertThrows(IOException.class, mounts::mount);
        assertEquals("/nowhere/third cannot be mounted: Cannot allocate memory", e.getMessage());
        assertEquals(List.of("mount /nowhere/first", "mount /nowhere/first/second"), done);
        assertEquals(List.of(), mounts.directories());
    }

    @Test
    void oneIsTakenDownWithThoseBelowIt() throws Exception {
        CoverMounts mounts = mounts("/nowhere/var", "/nowhere/tmp", "/nowhere/var/db");
        mounts.mount();
        mounts.unmount(Path.of("/nowhere/var"));
        assertEquals(List.of(Path.of("/nowhere/tmp")), mounts.directories());
        mounts.unmount(null);
        assertEquals(List.of(), mounts.directories());
        mounted.forEach(mount -> mount.unmount(false));
        mounts.awaitEnd();
    }

    @Test
    void theEndOfAllIsWaitedFor() throws Exception {
        CoverMounts mounts = mounts("/nowhere/a", "/nowhere/b");
        mounts.mount();
        mounted.get(1).unmount(false);
        mounted.get(0).unmount(false);
        mounts.awaitEnd();
        assertEquals(List.of(), mounts.directories());
    }
}
