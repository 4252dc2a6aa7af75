package liveroot.launcher;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.cache.FileSource;
import liveroot.cache.Medium;
import liveroot.cache.MediumSource;
import liveroot.fs.BadImageException;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Mode;
import liveroot.fs.image.Choice;
import liveroot.fs.image.Images;
import liveroot.fs.image.Neighbours;
import liveroot.fs.image.NotInImageException;
import liveroot.fs.image.OpenedImage;
import liveroot.overlay.Stack;

/**
 * An opened image, or several as layers of one tree, with a cache of their own.
 *
 * @param paths of the files or folders, the uppermost first
 * @param layers the uppermost first; each has a tree, unless it was opened by {@link #look}
 * @param tree null if {@link #look} found none
 * @param source bytes of the one image file, closed with its layer; null for several or a folder
 */
record Image(List<Path> paths, BlockCache cache, List<OpenedImage> layers, FileTree tree, BlockSource source)
        implements Closeable {

    /**
     * Opens one image.
     *
     * @param path absolute
     * @param budget bytes of its cache
     * @throws Refusal that says what is wrong with it
     */
    static Image open(Path path, long budget, Choice choice) throws Refusal {
        return open(List.of(path), budget, choice, null);
    }

    /**
     * As {@link #open(Path, long, Choice)}, for layers, the uppermost first.
     *
     * @param medium that the one image file is to be as slow as; null for what it lies on
     */
    static Image open(List<Path> paths, long budget, Choice choice, Medium medium) throws Refusal {
        if (paths.size() > Stack.MOST_LAYERS) {
            throw new Refusal(
                    Refusal.USAGE, paths.size() + " images, at most " + Stack.MOST_LAYERS + " can be stacked");
        }
        BlockCache cache = new BlockCache(budget);
        List<OpenedImage> layers = new ArrayList<>();
        List<BlockSource> sources = new ArrayList<>();
        try {
            for (Path path : paths) {
                OpenedImage layer = layer(path, cache, choice, medium, sources);
                layers.add(layer);
                refuseUnreadable(path, layer);
            }
            BlockSource one = paths.size() == 1 && sources.size() == 1 ? sources.get(0) : null;
            if (one == null && medium != null) {
                throw new Refusal(Refusal.USAGE, "--medium: takes one image file, no folder and no layers");
            }
            return new Image(
                    paths.stream().map(Image::real).toList(), cache, List.copyOf(layers), tree(paths, layers), one);
        } catch (Refusal | RuntimeException | Error e) {
            close(layers);
            cache.close();
            throw e;
        }
    }

    /** Opens one image; what wraps something that cannot be read is opened too: then there is no tree. */
    static Image look(Path path, long budget, Choice choice) throws Refusal {
        BlockCache cache = new BlockCache(budget);
        try {
            OpenedImage image = layer(path, cache, choice, null, new ArrayList<>());
            if (image.layers().isEmpty()) {
                close(List.of(image));
                refuseUnreadable(path, image);
            }
            FileTree tree = image.trees().isEmpty() ? null : tree(List.of(path), List.of(image));
            return new Image(List.of(real(path)), cache, List.of(image), tree, null);
        } catch (Refusal | RuntimeException | Error e) {
            cache.close();
            throw e;
        }
    }

    private static FileTree tree(List<Path> paths, List<OpenedImage> layers) throws Refusal {
        List<FileTree> trees = new ArrayList<>();
        layers.forEach(layer -> trees.addAll(layer.trees()));
        if (trees.size() == 1) {
            return trees.get(0);
        } else if (trees.size() > Stack.MOST_LAYERS) {
            throw new Refusal(
                    Refusal.DATA,
                    words(paths) + ": " + trees.size() + " layers in all, at most " + Stack.MOST_LAYERS
                            + " can be stacked");
        }
        try {
            return new Stack(trees);
        } catch (FsException e) {
            throw new Refusal(Refusal.DATA, words(paths) + ": the images cannot be stacked: " + e.getMessage());
        }
    }

    private static void refuseUnreadable(Path path, OpenedImage image) throws Refusal {
        if (image.trees().isEmpty()) {
            String why = image.refusal().getMessage();
            throw new Refusal(Refusal.DATA, image.layers().isEmpty() ? why : path + ": " + image.format() + ": " + why);
        }
        refuseInstead(path, image);
    }

    /** What holds the image that boots is not taken in its place, unless that is asked for. */
    static void refuseInstead(Path path, OpenedImage image) throws Refusal {
        if (image.refusal() != null) {
            throw new Refusal(
                    Refusal.DATA,
                    path + ": the image that boots cannot be read: "
                            + image.refusal().getMessage() + "; --inside / takes the outermost file tree itself");
        }
    }

    private static Path real(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException e) {
            return path;
        }
    }

    /** @param sources gets the bytes of what is a file */
    private static OpenedImage layer(
            Path path, BlockCache cache, Choice choice, Medium medium, List<BlockSource> sources) throws Refusal {
        try {
            Path real = path.toRealPath();
            int type = Mode.type((Integer) Files.getAttribute(real, "unix:mode"));
            return type == Mode.S_IFDIR
                    ? ofFolder(real, cache, choice)
                    : ofFile(real, type, cache, choice, medium, sources);
        } catch (NoSuchFileException e) {
            throw new Refusal(Refusal.NO_INPUT, path + ": no such image");
        } catch (AccessDeniedException e) {
            throw new Refusal(Refusal.PERMISSION, path + ": no permission to read it");
        } catch (FileSystemException e) {
            throw leadsNowhere(path, e);
        } catch (NotInImageException e) {
            throw new Refusal(Refusal.NO_INPUT, path + ": " + e.getMessage());
        } catch (BadImageException | EOFException e) {
            throw new Refusal(Refusal.DATA, e.getMessage());
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** By what the host says of a path that can lead to no file. */
    private static Refusal leadsNowhere(Path path, FileSystemException e) {
        if (IoErrors.isOf(e, Errno.ENOTDIR)) {
            return new Refusal(
                    Refusal.NO_INPUT, path + ": no such image: a name before the last is not that of a directory");
        } else if (IoErrors.isOf(e, Errno.ELOOP)) {
            return new Refusal(Refusal.NO_INPUT, path + ": no such image: too many symbolic links");
        } else if (IoErrors.isOf(e, Errno.ENAMETOOLONG)) {
            return new Refusal(Refusal.NO_INPUT, path + ": no such image: the name is too long");
        }
        return failed(e);
    }

    private static Refusal failed(IOException e) {
        return new Refusal(IoErrors.isForbidden(e) ? Refusal.PERMISSION : Refusal.IO, IoErrors.describe(e));
    }

    private static OpenedImage ofFolder(Path path, BlockCache cache, Choice choice) throws Refusal, IOException {
        OpenedImage image = Images.lookInFolder(path, cache, choice);
        if (image == null) {
            throw new Refusal(
                    Refusal.NO_INPUT,
                    path + ": is a directory, an image file is needed (or a NetBoot set, or a sparse bundle)");
        }
        return image;
    }

    private static OpenedImage ofFile(
            Path path, int type, BlockCache cache, Choice choice, Medium medium, List<BlockSource> sources)
            throws Refusal, IOException {
        // Opening a fifo would wait for a writer.
        if (type != Mode.S_IFREG && type != Mode.S_IFBLK) {
            throw new Refusal(Refusal.DATA, path + ": is neither a file nor a block device, so no image");
        }
        BlockSource file = FileSource.open(path);
        BlockSource source = medium == null ? file : new MediumSource(file, medium);
        sources.add(source);
        try {
            return Images.look(source, cache, choice, Neighbours.of(path));
        } catch (IOException | RuntimeException | Error e) {
            source.close();
            throw e;
        }
    }

    /** Of the uppermost. */
    Path path() {
        return paths.get(0);
    }

    /** "/upper.sqfs over /lower.sqfs". */
    String words() {
        return words(paths);
    }

    private static String words(List<Path> paths) {
        return String.join(" over ", paths.stream().map(Path::toString).toList());
    }

    /** "UDIF, zlib, 24.6 MiB > HFS+ 'Macintosh'"; of several layers "A over B". */
    String format() {
        return String.join(" over ", layers.stream().map(OpenedImage::format).toList());
    }

    /** What was taken where there was a choice; a line each. */
    List<String> choices() {
        return layers.stream().flatMap(layer -> layer.choices().stream()).toList();
    }

    /** The medium that it is as slow as; null if that is its own. */
    MediumSource medium() {
        return source instanceof MediumSource medium ? medium : null;
    }

    @Override
    public void close() {
        close(layers);
        cache.close();
    }

    private static void close(List<OpenedImage> layers) {
        for (OpenedImage layer : layers) {
            try {
                layer.close();
            } catch (IOException e) {
                // Of files that were only read: there is nothing to lose.
            }
        }
    }
}
