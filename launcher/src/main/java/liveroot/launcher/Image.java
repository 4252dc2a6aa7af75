package liveroot.launcher;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.cache.FileSource;
import liveroot.fs.BadImageException;
import liveroot.fs.FileTree;

/** An opened image. */
record Image(Path path, BlockSource source, BlockCache cache, FileTree tree) implements Closeable {

    /**
     * @param path absolute
     * @param budget bytes of its cache
     * @throws Refusal that says what is wrong with it
     */
    static Image open(Path path, long budget) throws Refusal {
        BlockSource source = null;
        BlockCache cache = null;
        try {
            if (Files.isDirectory(path)) {
                throw new Refusal(Refusal.NO_INPUT, path + ": is a directory, an image file is needed");
            }
            // Opening a fifo would wait for a writer.
            Object type = Files.getAttribute(path, "unix:mode");
            int format = (Integer) type & liveroot.fs.Mode.S_IFMT;
            if (format != liveroot.fs.Mode.S_IFREG && format != liveroot.fs.Mode.S_IFBLK) {
                throw new Refusal(Refusal.DATA, path + ": is neither a file nor a block device, no image");
            }
            source = FileSource.open(path);
            if (source.size() == 0) {
                throw new Refusal(Refusal.DATA, path + ": is empty, no image");
            }
            cache = new BlockCache(budget);
            return new Image(path, source, cache, Parts.image(source, cache));
        } catch (NoSuchFileException e) {
            throw abandon(source, cache, new Refusal(Refusal.NO_INPUT, path + ": no such image"));
        } catch (AccessDeniedException e) {
            throw abandon(source, cache, new Refusal(Refusal.PERMISSION, path + ": no permission to read it"));
        } catch (BadImageException e) {
            throw abandon(source, cache, new Refusal(Refusal.DATA, e.getMessage()));
        } catch (IOException e) {
            throw abandon(source, cache, new Refusal(Refusal.IO, IoErrors.describe(e)));
        } catch (Refusal e) {
            throw abandon(source, cache, e);
        }
    }

    /** In a few words, such as "SquashFS 4.0, zstd". */
    String format() {
        return "TODO";
    }

    /** What the image says of itself, line by line. */
    String description() {
        return "TODO";
    }

    private static Refusal abandon(BlockSource source, BlockCache cache, Refusal reason) {
        try (BlockSource s = source;
                BlockCache c = cache) {
            return reason;
        } catch (IOException e) {
            return reason;
        }
    }

    @Override
    public void close() throws IOException {
        tree.close();
        cache.close();
        source.close();
    }
}
