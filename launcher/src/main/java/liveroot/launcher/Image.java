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
import liveroot.fs.BadImageException;
import liveroot.fs.ImageTree;
import liveroot.fs.Mode;
import liveroot.fs.image.Choice;
import liveroot.fs.image.Images;
import liveroot.fs.image.Neighbours;
import liveroot.fs.image.OpenedImage;

/**
 * An opened image with a cache of its own.
 *
 * @param opened has a tree, unless it was opened by {@link #look}
 */
record Image(Path path, BlockCache cache, OpenedImage opened) implements Closeable {

    /**
     * @param path absolute
     * @param budget bytes of its cache
     * @throws Refusal that says what is wrong with it
     */
    static Image open(Path path, long budget, Choice choice) throws Refusal {
        Image image = look(path, budget, choice);
        if (image.opened.tree() != null) {
            return image;
        }
        String chain = image.opened.format();
        String why = image.opened.refusal().getMessage();
        try {
            image.close();
        } catch (IOException e) {
            why += "; and " + IoErrors.describe(e);
        }
        throw new Refusal(Refusal.DATA, chain.isEmpty() ? why : path + ": " + chain + ": " + why);
    }

    /** As {@link #open}, but what wraps something that cannot be read is opened too: then there is no tree. */
    static Image look(Path path, long budget, Choice choice) throws Refusal {
        try {
            return openReal(path.toRealPath(), budget, choice);
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

    private static Image openReal(Path path, long budget, Choice choice) throws Refusal, IOException {
        refuseUnreadable(path);
        BlockSource source = FileSource.open(path);
        BlockCache cache = null;
        try {
            cache = new BlockCache(budget);
            return new Image(path, cache, Images.look(source, cache, choice, neighbours(path)));
        } catch (IOException | RuntimeException | Error e) {
            source.close();
            if (cache != null) {
                cache.close();
            }
            throw e;
        }
    }

    private static Neighbours neighbours(Path path) {
        return name -> {
            Path neighbour = path.resolveSibling(name);
            return Files.exists(neighbour) ? FileSource.open(neighbour) : null;
        };
    }

    ImageTree tree() {
        return opened.tree();
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

    @Override
    public void close() throws IOException {
        try {
            opened.close();
        } finally {
            cache.close();
        }
    }
}
