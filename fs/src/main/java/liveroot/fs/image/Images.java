package liveroot.fs.image;

import java.io.IOException;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.BadImageException;

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
        if (image.tree() != null) {
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

    /** What {@code source} is, as far as its bytes tell without opening it. */
    public static ImageFormat probe(BlockSource source, BlockCache cache) throws IOException {
        try (Probe probe = Probe.of(source, cache)) {
            return probe.find().format();
        }
    }
}
