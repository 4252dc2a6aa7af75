package liveroot.launcher;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.cache.FileSource;
import liveroot.cache.Medium;
import liveroot.cache.MediumSource;
import liveroot.fs.BadImageException;
import liveroot.fs.ImageTree;
import liveroot.fs.Mode;
import liveroot.fs.image.Images;

/**
 * An opened image.
 *
 * @param source its bytes, closed by the tree
 */
record Image(Path path, BlockCache cache, BlockSource source, ImageTree tree) implements Closeable {

    /**
     * @param path absolute
     * @param budget bytes of its cache
     * @throws Refusal that says what is wrong with it
     */
    static Image open(Path path, long budget) throws Refusal {
        return open(path, budget, null);
    }

    /** @param medium that it is to be as slow as; null for what it lies on */
    static Image open(Path path, long budget, Medium medium) throws Refusal {
        try {
            return openReal(path.toRealPath(), budget, medium);
        } catch (NoSuchFileException e) {
            throw new Refusal(Refusal.NO_INPUT, path + ": no such image");
        } catch (AccessDeniedException e) {
            throw new Refusal(Refusal.PERMISSION, path + ": no permission to read it");
        } catch (BadImageException | EOFException e) {
            throw new Refusal(Refusal.DATA, e.getMessage());
        } catch (IOException e) {
            throw new Refusal(IoErrors.isForbidden(e) ? Refusal.PERMISSION : Refusal.IO, IoErrors.describe(e));
        }
    }

    private static Image openReal(Path path, long budget, Medium medium) throws Refusal, IOException {
        refuseUnreadable(path);
        BlockSource file = FileSource.open(path);
        BlockSource source = medium == null ? file : new MediumSource(file, medium);
        BlockCache cache = null;
        try {
            cache = new BlockCache(budget);
            return new Image(path, cache, source, Images.open(source, cache));
        } catch (IOException | RuntimeException | Error e) {
            source.close();
            if (cache != null) {
                cache.close();
            }
            throw e;
        }
    }

    private static void refuseUnreadable(Path path) throws Refusal, IOException {
        // Opening a fifo would wait for a writer.
        int type = Mode.type((Integer) Files.getAttribute(path, "unix:mode"));
        if (type == Mode.S_IFDIR) {
            throw new Refusal(Refusal.NO_INPUT, path + ": is a directory, an image file is needed");
        } else if (type != Mode.S_IFREG && type != Mode.S_IFBLK) {
            throw new Refusal(Refusal.DATA, path + ": is neither a file nor a block device, so no image");
        }
    }

    /** The medium that it is as slow as; null if that is its own. */
    MediumSource medium() {
        return source instanceof MediumSource medium ? medium : null;
    }

    @Override
    public void close() throws IOException {
        // The tree closes its source.
        tree.close();
        cache.close();
    }
}
