package liveroot.fs.image;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import liveroot.fs.BadImageException;
import liveroot.fs.Checksum;
import liveroot.fs.ImageTree;

/** An image with all that it is wrapped in. */
public final class OpenedImage implements Closeable {

    private final List<Layer> layers;
    private final List<String> choices;
    private final List<Closeable> owned;
    private final ImageTree tree;
    private final BadImageException refusal;
    private final int rank;

    /**
     * One wrapping, or the tree.
     *
     * @param format in a few words
     * @param facts by name
     * @param unchecked checksums that cannot be checked, in words
     */
    public record Layer(String format, Map<String, String> facts, List<Checksum> checksums, List<String> unchecked) {}

    /**
     * @param owned to be closed, the innermost first
     * @param tree null if there is none that can be read
     * @param refusal why not, or why it is not the image in it that boots; null if there is nothing to say of that
     * @param rank how much it looks like what boots, see {@link Contents}
     */
    OpenedImage(
            List<Layer> layers,
            List<String> choices,
            List<Closeable> owned,
            ImageTree tree,
            BadImageException refusal,
            int rank) {
        this.layers = List.copyOf(layers);
        this.choices = List.copyOf(choices);
        this.owned = List.copyOf(owned);
        this.tree = tree;
        this.refusal = refusal;
        this.rank = rank;
    }

    /** This image as it was found in {@code outer}. */
    OpenedImage within(Layer outer, String choice, Closeable outerOwned) {
        List<Layer> chain = new ArrayList<>();
        chain.add(outer);
        chain.addAll(layers);
        List<String> said = new ArrayList<>();
        if (choice != null) {
            said.add(choice);
        }
        said.addAll(choices);
        List<Closeable> all = new ArrayList<>(owned);
        all.add(outerOwned);
        return new OpenedImage(chain, said, all, tree, refusal, rank);
    }

    /** With one more choice said, before the others. */
    OpenedImage saying(String choice) {
        return sayingAll(List.of(choice));
    }

    OpenedImage sayingAll(List<String> more) {
        List<String> said = new ArrayList<>(more);
        said.addAll(choices);
        return new OpenedImage(layers, said, owned, tree, refusal, rank);
    }

    /** Taken because what boots cannot be read, which {@code damage} tells; null if there is no such image after all. */
    OpenedImage insteadOf(BadImageException damage) {
        return new OpenedImage(layers, choices, owned, tree, damage, rank);
    }

    /** Owns {@code outermost} too. */
    OpenedImage owning(Closeable outermost) {
        List<Closeable> all = new ArrayList<>(owned);
        all.add(outermost);
        return new OpenedImage(layers, choices, all, tree, refusal, rank);
    }

    /** From the outermost to the innermost. */
    public List<Layer> layers() {
        return layers;
    }

    /** The chain: "UDIF, zlib, 24.6 MiB > Apple partition map, 2048-byte blocks, 5 entries > HFS+ 'Macintosh'". */
    public String format() {
        List<String> words = new ArrayList<>();
        for (Layer layer : layers) {
            words.add(layer.format());
        }
        return String.join(" > ", words);
    }

    /** What was taken where there was a choice, and how to take something else; what a tree warns of. A line each. */
    public List<String> choices() {
        return choices;
    }

    /** The innermost tree; null if there is none that can be read, see {@link #refusal}. */
    public ImageTree tree() {
        return tree;
    }

    /** What cannot be read: the reason why there is no tree, or not that of the image which boots. Null if there is none. */
    public BadImageException refusal() {
        return refusal;
    }

    int rank() {
        return rank;
    }

    @Override
    public void close() throws IOException {
        IOException failed = null;
        for (Closeable one : owned) {
            try {
                one.close();
            } catch (IOException e) {
                failed = e;
            }
        }
        if (failed != null) {
            throw failed;
        }
    }
}
