package liveroot.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import liveroot.fs.AttributeChange;
import liveroot.fs.Caller;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Name;
import liveroot.fs.Node;
import org.junit.jupiter.api.Test;

/** Many threads at once leave the books in order, and nothing behind. */
class StressTest {

    private static final String[] NAMES = {"a", "b", "c", "d"};
    /** No directory has a name that ends so. */
    private static final String FILE = "-file";

    private final PlainTree lower = new PlainTree();

    private void build(String path, int depth) {
        for (String name : NAMES) {
            String at = path + "/" + name;
            if (depth == 0 || name.equals("a")) {
                lower.file(at, 0644, uniform(name, 20_000));
                lower.file(at + FILE, 0644, uniform(name, 20_000));
                lower.link(at, at + FILE + FILE);
            } else {
                lower.dir(at);
                build(at, depth - 1);
            }
        }
    }

    private static byte[] uniform(String letter, int length) {
        byte[] bytes = new byte[length];
        java.util.Arrays.fill(bytes, (byte) letter.charAt(0));
        return bytes;
    }

    @Test
    void fourThreadsOfRandomOperations() throws Exception {
        build("", 2);
        Overlay overlay = TestStore.current().over(lower, FileTree.ROOT, 400_000, 60);
        run(4, thread -> {
            Client client = new Client(overlay);
            Random random = new Random(thread);
            for (int i = 0; i < 30_000; i++) {
                try {
                    if (i % 50 == 0) {
                        TestStore.current().compress(overlay);
                    }
                    step(client, random);
                } catch (FsException e) {
                    if (e.errno() == Errno.EIO || e.errno() == Errno.ESTALE) {
                        throw new AssertionError("operation " + i + " of thread " + thread, e);
                    }
                }
            }
        });
        Invariants.check(overlay);
        assertEquals(0, overlay.upper().referenced());
        removeAll(new Client(overlay), "");
        Invariants.check(overlay);
        assertEquals(1, overlay.use().inodes());
        assertEquals(0, overlay.use().bytes());
        overlay.close();
    }

    /** A page never shows a mixture: every write makes all bytes of a page equal, and so they are read. */
    @Test
    void readersNeverSeeHalfACopyUp() throws Exception {
        lower.file("f", 0644, uniform("a", 64 * 4096));
        Overlay overlay = TestStore.current().over(lower, FileTree.ROOT, 1 << 20, 100);
        run(4, thread -> {
            Client client = new Client(overlay);
            Random random = new Random(thread);
            for (int i = 0; i < 5_000; i++) {
                int page = random.nextInt(64);
                if (thread == 0) {
                    client.write("f", page * 4096L, uniform(NAMES[random.nextInt(4)], 4096));
                } else if (thread == 1) {
                    // The same byte that is there: the rest of the page must be copied up in the same moment.
                    client.fallocate("f", page * 4096L, 8192, random.nextInt(20) == 0 ? 3 : 1);
                } else {
                    if (thread == 2 && i % 10 == 0) {
                        TestStore.current().compress(overlay);
                    }
                    byte[] bytes = client.read("f", page * 4096L, 4096);
                    for (byte b : bytes) {
                        assertEquals(bytes[0], b);
                    }
                }
            }
        });
        Invariants.check(overlay);
        overlay.close();
    }

    private interface Work {
        void run(int thread) throws Exception;
    }

    private static void run(int threads, Work work) throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            List<Callable<Void>> tasks = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                int thread = t;
                tasks.add(() -> {
                    work.run(thread);
                    return null;
                });
            }
            for (Future<Void> result : executor.invokeAll(tasks)) {
                result.get();
            }
        } finally {
            executor.shutdown();
        }
    }

    private static String path(Random random) {
        String path = NAMES[random.nextInt(4)];
        while (random.nextInt(3) != 0) {
            path += "/" + NAMES[random.nextInt(4)];
        }
        return path;
    }

    private static void step(Client client, Random random) throws FsException {
        String path = path(random);
        String any = random.nextBoolean() ? path : path + FILE;
        switch (random.nextInt(12)) {
            case 0 -> client.create(path + FILE);
            case 1 -> client.mkdir(path);
            case 2 -> client.unlink(any);
            case 3 -> client.rmdir(path);
            case 4 -> client.link(any, path(random) + FILE);
            // No kernel watches here that no directory is moved below itself: only what can be no directory is moved.
            case 5 -> client.rename(path + FILE, path(random) + FILE);
            case 6 -> client.chmod(any, random.nextInt(0777));
            case 7 -> {
                Node node = client.lookup(any);
                try {
                    if (node.attributes().isRegular()) {
                        client.tree.open(node.id(), 2, Caller.ROOT);
                        try {
                            client.tree.write(node.id(), 1, random.nextInt(30_000), Client.direct(new byte[9000]), 0);
                            client.tree.unlink(FileTree.ROOT, Name.of(NAMES[random.nextInt(4)]));
                            client.read(node.id(), 0, 30_000);
                        } finally {
                            client.tree.release(node.id(), 1);
                        }
                    }
                } finally {
                    client.forget(node);
                }
            }
            case 8 -> {
                if (client.stat(any).isRegular()) {
                    client.setattr(any, AttributeChange.ofSize(random.nextInt(30_000)));
                }
            }
            case 9 -> client.setxattr(any, "user.x", "value");
            default -> client.entries(path, 3);
        }
    }

    private static void removeAll(Client client, String path) throws FsException {
        for (Client.Entry entry : client.entries(path, 100)) {
            String at = path + "/" + entry.name();
            if (!entry.name().startsWith(".")) {
                if (entry.type() == liveroot.fs.Mode.S_IFDIR) {
                    removeAll(client, at);
                    client.rmdir(at);
                } else {
                    client.unlink(at);
                }
            }
        }
    }
}
