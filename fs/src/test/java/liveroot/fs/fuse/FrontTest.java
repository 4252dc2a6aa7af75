package liveroot.fs.fuse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import liveroot.fs.MemoryTree;
import liveroot.fs.sys.Libc;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/**
 * Mounts a tree for each test and sees to it that nothing is left. What touches the mount is a process of its own, with a
 * time limit.
 */
@Timeout(120)
public abstract class FrontTest {

    protected MemoryTree tree = new MemoryTree();
    protected Path directory;
    protected Mount mount;

    protected abstract Front front();

    protected final void skipIf(String obstacle) {
        assumeTrue(obstacle == null, obstacle);
    }

    @BeforeEach
    void needsWhatAMountNeeds() throws IOException {
        String obstacle = front().obstacle();
        if (obstacle == null && Libc.geteuid() != 0) {
            obstacle = "these tests make devices and change owners: run them as root";
        }
        skipIf(obstacle);
        directory = Files.createTempDirectory("liveroot-front").toRealPath();
    }

    @AfterEach
    protected void unmount() throws IOException, InterruptedException {
        if (mount != null) {
            mount.unmount(true);
            mount.awaitEnd();
            assertEquals(0, tree.lookupsHeld(), "every lookup is given back");
            assertEquals(0, tree.handlesOpen(), "every handle is released");
        }
        if (directory != null) {
            Files.delete(directory);
        }
    }

    protected final void mount(boolean readOnly) throws IOException {
        mount = front().mount(tree, directory, new MountOptions("a,b\\c d.sqfs", readOnly, true, true, false, true, 2));
    }

    protected final void mountReadOnly() throws IOException {
        tree.freeze();
        mount(true);
    }

    protected final String sh(String script) throws IOException, InterruptedException {
        return Shell.run(directory, script).text();
    }

    /** Runs lines of Python 3 in the mount, for calls that no shell command makes. */
    protected final String python(String... lines) throws IOException, InterruptedException {
        String begin =
                """
                import ctypes, errno, mmap, os
                c = ctypes.CDLL(None, use_errno=True)
                def said(result):
                    print(result if result >= 0 else errno.errorcode[ctypes.get_errno()])
                """;
        Path script = Files.writeString(
                Files.createTempFile("liveroot-front", ".py"), begin + String.join("\n", lines) + "\n");
        try {
            return sh("python3 " + script).replace('\n', ' ');
        } finally {
            Files.delete(script);
        }
    }

    /**
     * Once the kernel has dropped its entries, as it does of a file system that is remounted (reconfigure_super() in its
     * fs/super.c), and what it gives back by itself later has arrived. /proc/sys/vm/drop_caches is the whole machine's.
     */
    protected final void nothingIsHeld() throws IOException, InterruptedException {
        String remount = "not tried";
        for (int i = 0; i < 100 && tree.lookupsHeld() + tree.handlesOpen() > 0; i++) {
            remount = python(
                    "MS_REMOUNT = 32",
                    "said(c.mount(None, os.fsencode(os.getcwd()), None, MS_REMOUNT | os.statvfs('.').f_flag & os.ST_RDONLY, None))");
            Thread.sleep(20);
        }
        assertEquals(0, tree.lookupsHeld(), "lookups held; the remount: " + remount);
        assertEquals(0, tree.handlesOpen(), "handles open; the remount: " + remount);
    }
}
