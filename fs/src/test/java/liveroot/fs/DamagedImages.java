package liveroot.fs;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.squashfs.ArraySource;
import liveroot.fs.squashfs.ReleasedMemory;

/** Uses whatever a reader finds in images that were cut, changed, or cannot be read: nothing but FsException may come. */
public final class DamagedImages {

    private final Opener opener;
    private final byte[] image;
    private final Random random;

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
            TreeWalk walk = new TreeWalk(tree);
            walk.all();
            tree.facts();
            for (int i = 0; i < 30; i++) {
                walk.inode(
                        switch (i % 3) {
                            case 0 -> random.nextLong();
                            case 1 -> random.nextInt(5000);
                            default -> ((long) random.nextInt(5000) << 16) + random.nextInt(8192);
                        });
            }
        } catch (IOException e) {
            assertTrue(!opened, e.getMessage());
            TreeWalk.assertSaysWhere(e.getMessage());
        }
        ReleasedMemory.await(cache);
        return opened;
    }
}
