package liveroot.launcher;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Locale;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.cache.FileSource;
import liveroot.fs.BadImageException;
import liveroot.fs.Mode;
import liveroot.fs.squashfs.Description;
import liveroot.fs.squashfs.SquashFs;

/** An opened image. */
record Image(Path path, BlockCache cache, SquashFs tree) implements Closeable {

    /**
     * @param path absolute
     * @param budget bytes of its cache
     * @throws Refusal that says what is wrong with it
     */
    static Image open(Path path, long budget) throws Refusal {
        try {
            return openReal(path.toRealPath(), budget);
        } catch (NoSuchFileException e) {
            throw new Refusal(Refusal.NO_INPUT, path + ": no such image");
        } catch (AccessDeniedException e) {
            throw new Refusal(Refusal.PERMISSION, path + ": no permission to read it");
        } catch (BadImageException | EOFException e) {
            throw new Refusal(Refusal.DATA, e.getMessage());
        } catch (IOException e) {
            throw new Refusal(Refusal.IO, IoErrors.describe(e));
        }
    }

    private static Image openReal(Path path, long budget) throws Refusal, IOException {
        refuseUnreadable(path);
        BlockSource source = FileSource.open(path);
        BlockCache cache = null;
        try {
            refuseOtherFormats(path, source);
            cache = new BlockCache(budget);
            return new Image(path, cache, SquashFs.open(source, cache));
        } catch (IOException | Refusal | RuntimeException | Error e) {
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

    private static void refuseOtherFormats(Path path, BlockSource source) throws Refusal, IOException {
        if (source.size() == 0) {
            throw new Refusal(Refusal.DATA, path + ": is empty, no image");
        }
        ByteBuffer head = ByteBuffer.allocate((int) Math.min(4, source.size()));
        source.read(0, head);
        if (head.capacity() < 4 || !SquashFs.isMagic(head.getInt(0))) {
            throw new Refusal(
                    Refusal.DATA,
                    path + ": not an image that liveroot can read (SquashFS 4.0): " + OtherFormat.describe(source));
        }
    }

    /** In a few words, such as "SquashFS 4.0, zstd". */
    String format() {
        Description description = tree.description();
        return description.format() + ", " + description.compressor().name().toLowerCase(Locale.ROOT);
    }

    /** What the image says of itself, line by line. */
    String description() {
        Description d = tree.description();
        return String.join(
                System.lineSeparator(),
                "format       " + format() + ", blocks of " + Size.show(d.blockSize()),
                "size         " + d.bytesUsed() + " bytes, in a file of " + d.fileSize(),
                "made         " + Instant.ofEpochSecond(d.made()),
                "inodes       " + d.inodes() + ", " + d.ids() + " user and group ids",
                "fragments    " + d.fragments() + " blocks",
                "xattrs       " + (d.xattrs() == 0 ? "none" : d.xattrs() + " sets"),
                "exportable   " + (d.exportable() ? "yes" : "no"),
                "flags        " + d.flagNames(),
                "");
    }

    @Override
    public void close() throws IOException {
        // The tree closes its source.
        tree.close();
        cache.close();
    }
}
