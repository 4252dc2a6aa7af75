package liveroot.fs.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import liveroot.fs.AttributeChange;
import liveroot.fs.Attributes;
import liveroot.fs.Caller;
import liveroot.fs.Created;
import liveroot.fs.Errno;
import liveroot.fs.FsException;
import liveroot.fs.MemoryTree;
import liveroot.fs.Name;
import liveroot.fs.Node;
import liveroot.fs.Opened;
import liveroot.fs.fuse.Front;
import liveroot.fs.fuse.FrontTest;
import liveroot.fs.fuse.Shell;
import liveroot.fs.sys.Libc;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Files whose bytes the kernel reads and writes in a backing file, without the daemon. */
class PassthroughTest extends FrontTest {

    /**
     * A tree that keeps the bytes of each file in a file of its own, named by the inode's id. Its {@code backed} decides
     * whether an open offers that file to the kernel.
     */
    private static final class BackedTree extends MemoryTree {

        private final Path store;
        private final Map<Long, Integer> descriptors = new HashMap<>();
        boolean backed = true;
        /** Offered instead of a file's own descriptor, unless negative. */
        int other = -1;

        BackedTree(Path store) {
            this.store = store;
        }

        private Path backing(long id) {
            return store.resolve(Long.toString(id));
        }

        private Opened offered(long id, Opened opened) {
            int fd = Libc.open(backing(id).toString(), Libc.O_RDWR | Libc.O_CREAT, 0600);
            descriptors.put(opened.handle(), fd);
            return new Opened(opened.handle(), !backed ? -1 : other < 0 ? fd : other);
        }

        private Attributes sized(Attributes a) throws FsException {
            try {
                Path file = backing(a.ino());
                return !a.isRegular() || !Files.exists(file)
                        ? a
                        : new Attributes(
                                a.ino(),
                                a.mode(),
                                a.nlink(),
                                a.uid(),
                                a.gid(),
                                0,
                                Files.size(file),
                                (Files.size(file) + 511) / 512,
                                4096,
                                a.atime(),
                                0,
                                a.mtime(),
                                0,
                                a.ctime(),
                                0);
            } catch (IOException e) {
                throw new FsException(Errno.EIO, "stat of a backing file", e);
            }
        }

        @Override
        public synchronized Opened open(long id, int flags, Caller caller) throws FsException {
            return offered(id, super.open(id, flags, caller));
        }

        @Override
        public synchronized Created create(long parent, Name name, int mode, int flags, Caller caller)
                throws FsException {
            Created created = super.create(parent, name, mode, flags, caller);
            return new Created(created.node(), offered(created.node().id(), created.opened()));
        }

        @Override
        public synchronized void release(long id, long handle) {
            Libc.close(descriptors.remove(handle));
            super.release(id, handle);
        }

        @Override
        public synchronized Node lookup(long parent, Name name) throws FsException {
            Node node = super.lookup(parent, name);
            return new Node(node.id(), sized(node.attributes()));
        }

        @Override
        public synchronized Attributes getattr(long id) throws FsException {
            return sized(super.getattr(id));
        }

        @Override
        public synchronized Attributes setattr(long id, long handle, AttributeChange change, Caller caller)
                throws FsException {
            Attributes attributes = super.setattr(id, handle, change, caller);
            if (change.has(AttributeChange.SIZE)) {
                Libc.call("ftruncate", descriptors.getOrDefault(handle, -1), change.size());
            }
            return sized(attributes);
        }
    }

    private Path store;
    private BackedTree backed;

    @Override
    protected Front front() {
        return new KernelFront();
    }

    @BeforeEach
    void mountABackedTree() throws IOException, InterruptedException {
        skipIf(
                Shell.run(Path.of("/"), "printf '6.9\\n%s' $(uname -r) | sort -VC")
                                        .status()
                                == 0
                        ? null
                        : "passthrough needs Linux 6.9");
        store = Files.createTempDirectory("liveroot-backings");
        Shell.run(Path.of("/"), "mount -t tmpfs backings " + store);
        backed = new BackedTree(store);
        tree = backed;
        mount(false);
    }

    @AfterEach
    @Override
    protected void unmount() throws IOException, InterruptedException {
        super.unmount();
        if (store != null) {
            Shell.run(Path.of("/"), "umount " + store);
            Files.delete(store);
        }
    }

    private void theDaemonWasNotAsked() {
        assertFalse(mount.requests().containsKey("READ"), () -> mount.requests().toString());
        assertFalse(
                mount.requests().containsKey("WRITE"), () -> mount.requests().toString());
    }

    @Test
    void readsWritesAppendsAndMappingsGoToTheBackingFile() throws Exception {
        assertEquals(
                "b'0123456789abc' b'012M456789abc' 13",
                python(
                        "f = os.open('f', os.O_RDWR | os.O_CREAT)",
                        "os.write(f, b'0123456789')",
                        "g = os.open('f', os.O_WRONLY | os.O_APPEND)",
                        "os.write(g, b'abc')",
                        "print(os.pread(f, 99, 0))",
                        "m = mmap.mmap(f, 13)",
                        "m[3:4] = b'M'",
                        "m.close()",
                        "print(open('f', 'rb').read())",
                        "print(os.stat('f').st_size)"));
        try (Stream<Path> files = Files.list(store)) {
            assertEquals("012M456789abc", Files.readString(files.findFirst().orElseThrow()));
        }
        theDaemonWasNotAsked();
        nothingIsHeld();
    }

    @Test
    void aLargeFileIsCopiedAndTruncated() throws Exception {
        assertEquals(
                "same 5000000 5000000",
                sh("head -c 5000000 /dev/urandom > /tmp/$$; cp /tmp/$$ f; cmp f /tmp/$$ && echo same $(stat -c %s f)"
                        + " $(wc -c < f); rm /tmp/$$"));
        assertEquals(
                "3 abc", sh("exec 3<>f; printf abcdef >&3; truncate -s 3 /dev/fd/3; echo $(stat -c %s f) $(cat f)"));
        theDaemonWasNotAsked();
    }

    @Test
    void theFirstOpenDecidesForAllUntilTheLastClose() throws Exception {
        sh("printf old > f");
        backed.backed = false;
        Process ordinary = new ProcessBuilder("sh", "-c", "cd \"$0\"; exec 3< f; echo; read x", directory.toString())
                .directory(Path.of("/").toFile())
                .start();
        try {
            ordinary.getInputStream().read();
            backed.backed = true;
            assertEquals("", sh("true < f"));
            assertFalse(mount.requests().containsKey("READ"));
            sh("cat f");
            assertEquals(1, mount.requests().get("READ"), "served by the daemon, as the open before");
        } finally {
            ordinary.destroy();
            ordinary.waitFor();
        }
        assertEquals("old", sh("cat f"));
        assertEquals(1, mount.requests().get("READ"), "passed through again");
        nothingIsHeld();
    }

    @Test
    void whatTheKernelDoesNotTakeIsServedByTheDaemonAndTold() throws Exception {
        sh("printf old > f");
        assertNull(mount.noPassthrough());
        backed.other = Integer.MAX_VALUE;
        sh("cat f");
        assertEquals(1, mount.requests().get("READ"));
        assertEquals("the kernel did not take 1 open files (Bad file descriptor)", mount.noPassthrough());
    }

    @Test
    void tenThousandOpensLeaveNoBackingBehind() throws Exception {
        sh("printf x > f; printf y > g");
        assertEquals(
                "20000",
                python(
                        "n = 0",
                        "for i in range(10000):",
                        "    a = os.open('f', os.O_RDONLY); b = os.open('g', os.O_RDWR)",
                        "    n += len(os.read(a, 9)) + len(os.read(b, 9))",
                        "    os.close(a); os.close(b)",
                        "print(n)"));
        assertEquals("x y", sh("echo $(cat f) $(cat g)"));
        theDaemonWasNotAsked();
        nothingIsHeld();
        assertEquals(0, descriptors(store.toString()));
        Shell.Said said = Shell.run(Path.of("/"), "umount " + store);
        assertTrue(said.text().isEmpty(), "no backing file is held open by the kernel: " + said.text());
        Shell.run(Path.of("/"), "mount -t tmpfs backings " + store);
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
