package liveroot.fs;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.function.IntUnaryOperator;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.squashfs.ArraySource;
import liveroot.fs.squashfs.Collected;
import liveroot.fs.squashfs.ReleasedMemory;

/** Uses whatever a reader finds in images that were cut, changed, or cannot be read: nothing but FsException may come. */
public final class DamagedImages {

    private static final int MOST_ENTRIES = 1000;
    private static final int MOST_BYTES = 1 << 20;

    private final Opener opener;
    private final byte[] image;
    private final Random random;
    private final Collected sink = new Collected(ByteBuffer.allocateDirect(MOST_BYTES + (1 << 20)));

    /** How the reader under test opens an image. */
    @FunctionalInterface
    public interface Opener {

        ImageTree open(BlockSource source, BlockCache cache) throws IOException;
    }

    public DamagedImages(byte[] image, int seed, Opener opener) {
        this.image = image;
        this.random = new Random(seed);
        this.opener = opener;
    }

    /** Cuts it short at {@code cuts} places before {@code end}: each time it must be refused. */
    public void cut(int cuts, int end) throws IOException {
        for (int i = 0; i < cuts; i++) {
            byte[] cut = Arrays.copyOf(image, random.nextInt(end));
            assertTrue(!walk(new ArraySource(cut)), "cut at " + cut.length + ", and not refused");
        }
    }

    /** Makes it unreadable from some place on. */
    public void scratch(int scratches) throws IOException {
        for (int i = 0; i < scratches; i++) {
            walk(new ArraySource(image, random.nextInt(image.length)));
        }
    }

    /** Changes one byte, {@code flips} times; {@code place} says which, by the number of the flip. */
    public void flip(int flips, IntUnaryOperator place) throws IOException {
        byte[] changed = image.clone();
        for (int i = 0; i < flips; i++) {
            int at = place.applyAsInt(i);
            byte before = changed[at];
            changed[at] ^= (byte) (1 + random.nextInt(255));
            try {
                walk(new ArraySource(changed));
            } catch (RuntimeException | Error e) {
                fail("byte " + at + " changed to " + changed[at], e);
            }
            changed[at] = before;
        }
    }

    /** Opens, lists, and reads everything. @return false if it was refused */
    private boolean walk(BlockSource source) throws IOException {
        BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
        boolean opened = false;
        try (cache;
                ImageTree tree = opener.open(source, cache)) {
            opened = true;
            walk(tree);
            tree.facts();
            for (int i = 0; i < 30; i++) {
                use(tree, random.nextBoolean() ? random.nextLong() : random.nextInt(5000));
            }
        } catch (IOException e) {
            assertTrue(!opened && e.getMessage().contains("at byte "), e.getMessage());
        }
        ReleasedMemory.await(cache);
        return opened;
    }

    private void walk(FileTree tree) {
        Set<Long> seen = new HashSet<>();
        ArrayDeque<Long> todo = new ArrayDeque<>();
        todo.add(FileTree.ROOT);
        for (Long id; (id = todo.poll()) != null && seen.size() < MOST_ENTRIES; ) {
            long directory = id;
            use(tree, directory);
            attempt(() -> tree.readdir(directory, 0, (name, entry, ino, type, next) -> {
                if (!name.equals(Name.DOT) && !name.equals(Name.DOT_DOT) && seen.add(entry)) {
                    todo.add(entry);
                    attempt(() -> tree.lookup(directory, name));
                }
                return seen.size() < MOST_ENTRIES;
            }));
        }
    }

    private void use(FileTree tree, long id) {
        Attributes[] found = new Attributes[1];
        attempt(() -> found[0] = tree.reference(id).attributes());
        if (found[0] == null) {
            return;
        }
        attempt(() -> {
            for (Name name : tree.listxattr(id)) {
                tree.getxattr(id, name);
            }
        });
        attempt(() -> tree.readdir(id, 77, (name, entry, ino, type, next) -> true));
        attempt(() -> tree.lookup(id, Name.of("no such name")));
        if (found[0].isSymlink()) {
            attempt(() -> tree.readlink(id));
        }
        if (found[0].isRegular()) {
            long size = found[0].size();
            for (int whence = 3; whence <= 4; whence++) {
                int mode = whence;
                attempt(() -> tree.lseek(id, 0, 0, mode));
            }
            for (long at = 0; at < Math.min(size, MOST_BYTES); at += 1 << 15) {
                long offset = at;
                sink.clear();
                attempt(() -> tree.read(id, 0, offset, 1 << 15, sink));
            }
            sink.clear();
            attempt(() -> tree.read(id, 0, Math.max(0, size - 5000), 1 << 20, sink));
        }
    }

    private interface Operation {
        void run() throws FsException;
    }

    private static void attempt(Operation operation) {
        try {
            operation.run();
        } catch (FsException e) {
            if (e.errno() == Errno.EIO) {
                assertTrue(e.getMessage().contains("at byte "), e.getMessage());
            }
        }
    }
}
