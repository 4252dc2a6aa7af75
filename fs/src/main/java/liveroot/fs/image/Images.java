package liveroot.fs.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.cache.FileSource;
import liveroot.fs.BadImageException;
import liveroot.fs.sparse.SparseBundle;

/** Opens images of any format that can be read, which is told by their bytes, never by their names. */
public final class Images {

    private Images() {}

    /**
     * Opens an image with all that it is wrapped in, down to a tree.
     *
     * @param source closed together with the image, but left open if this fails
     * @param cache for unpacked blocks; stays the caller's
     * @throws BadImageException if it is damaged, or of a format that cannot be read; then the message says what it is
     * @throws IOException if the medium cannot be read
     */
    public static OpenedImage open(BlockSource source, BlockCache cache, Choice choice, Neighbours neighbours)
            throws IOException {
        OpenedImage image = new Opening(cache).open(source, choice, neighbours, 0);
        if (image.hasTree()) {
            return image.owning(source);
        }
        image.close();
        String chain = image.format();
        throw chain.isEmpty()
                ? image.refusal()
                : new BadImageException(
                        source.name(), 0, chain + ": " + image.refusal().getMessage());
    }

    /** As {@link #open}, but what wraps something that cannot be read is opened too: then there is no tree. */
    public static OpenedImage look(BlockSource source, BlockCache cache, Choice choice, Neighbours neighbours)
            throws IOException {
        return new Opening(cache).open(source, choice, neighbours, 0).owning(source);
    }

    /**
     * As {@link #look}, for a folder of the host: a NetBoot set or a sparse bundle.
     *
     * @return null if it is neither
     */
    public static OpenedImage lookInFolder(Path folder, BlockCache cache, Choice choice) throws IOException {
        Path info = folder.resolve(NetBootSet.INFO);
        if (Files.isRegularFile(info)) {
            String root;
            try (BlockSource plist = FileSource.open(info)) {
                root = NetBootSet.read(plist, cache).rootPath();
            }
            Path image = folder.resolve(root);
            if (!Files.isRegularFile(image)) {
                throw new BadImageException(
                        info.toString(), 0, "RootPath names " + root + ", there is no such file in the set");
            }
            BlockSource source = FileSource.open(image);
            try {
                return look(source, cache, choice, Neighbours.of(image))
                        .saying("took " + root + ", the root of the NetBoot set");
            } catch (IOException | RuntimeException | Error e) {
                source.close();
                throw e;
            }
        }
        return SparseBundle.isBundle(folder) ? new Opening(cache).open(SparseBundle.open(folder), choice, 0) : null;
    }

    /** What {@code source} is, as far as its bytes tell without opening it. */
    public static ImageFormat probe(BlockSource source, BlockCache cache) throws IOException {
        try (Probe probe = Probe.of(source, cache)) {
            return probe.find().format();
        }
    }
}
