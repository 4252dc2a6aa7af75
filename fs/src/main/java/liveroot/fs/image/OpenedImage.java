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

    /** The most trees that are laid over one another. */
    public static final int MOST_TREES = 1 << 6;

    private final List<Layer> layers;
    private final List<String> choices;
    private final List<Closeable> owned;
    private final List<ImageTree> trees;
    private final BadImageException refusal;
    private final int rank;

    /**
     * One wrapping, or the tree.
     *
     * @param format in a few words
     * @param facts by name
     * @param unchecked checksums that cannot be checked, in words
     * @param isBelow whether it does not lie within the layer before it, but below that, and shows through
     */
    public record Layer(
            String format,
            Map<String, String> facts,
            List<Checksum> checksums,
            List<String> unchecked,
            boolean isBelow) {

        Layer(String format, Map<String, String> facts, List<Checksum> checksums, List<String> unchecked) {
            this(format, facts, checksums, unchecked, false);
        }

        private Layer below() {
            return new Layer(format, facts, checksums, unchecked, true);
        }
    }

    /**
     * @param owned to be closed, the innermost first
     * @param trees the uppermost first; none if none can be read
     * @param refusal why not, or why it is not the image in it that boots; null if there is nothing to say of that
     * @param rank how much it looks like what boots, see {@link Contents}
     */
    OpenedImage(
            List<Layer> layers,
            List<String> choices,
            List<Closeable> owned,
            List<ImageTree> trees,
            BadImageException refusal,
            int rank) {
        this.layers = List.copyOf(layers);
        this.choices = List.copyOf(choices);
        this.owned = List.copyOf(owned);
        this.trees = List.copyOf(trees);
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
        return new OpenedImage(chain, said, all, trees, refusal, rank);
    }

    /** This image with another one below it. Both have trees. */
    OpenedImage over(OpenedImage below) {
        List<Layer> chain = new ArrayList<>(layers);
        chain.add(below.layers.get(0).below());
        chain.addAll(below.layers.subList(1, below.layers.size()));
        List<String> said = new ArrayList<>(choices);
        said.addAll(below.choices);
        List<Closeable> all = new ArrayList<>(owned);
        all.addAll(below.owned);
        List<ImageTree> stack = new ArrayList<>(trees);
        stack.addAll(below.trees);
        return new OpenedImage(chain, said, all, stack, refusal, Math.max(rank, below.rank));
    }

    /** With one more choice said, before the others. */
    OpenedImage saying(String choice) {
        return sayingAll(List.of(choice));
    }

    OpenedImage sayingAll(List<String> more) {
        List<String> said = new ArrayList<>(more);
        said.addAll(choices);
        return new OpenedImage(layers, said, owned, trees, refusal, rank);
    }

    /** Taken because what boots cannot be read, which {@code damage} tells; null if there is no such image after all. */
    OpenedImage insteadOf(BadImageException damage) {
        return new OpenedImage(layers, choices, owned, trees, damage, rank);
    }

    /** Owns {@code outermost} too. */
    OpenedImage owning(Closeable outermost) {
        List<Closeable> all = new ArrayList<>(owned);
        all.add(outermost);
        return new OpenedImage(layers, choices, all, trees, refusal, rank);
    }

    /** From the outermost to the innermost. */
    public List<Layer> layers() {
        return layers;
    }

    /**
     * The chain: "UDIF, zlib, 24.6 MiB > Apple partition map, 2048-byte blocks, 5 entries > HFS+ 'Macintosh'", "ISO 9660 'X' >
     * SquashFS 4.0, xz over SquashFS 4.0, xz".
     */
    public String format() {
        StringBuilder words = new StringBuilder();
        for (Layer layer : layers) {
            words.append(words.isEmpty() ? "" : layer.isBelow ? " over " : " > ")
                    .append(layer.format);
        }
        return words.toString();
    }

    /** What was taken where there was a choice, and how to take something else; what a tree warns of. A line each. */
    public List<String> choices() {
        return choices;
    }

    /**
     * The innermost tree; several if a medium's boot lays them over one another, the uppermost first. None if none can be
     * read, see {@link #refusal}.
     */
    public List<ImageTree> trees() {
        return trees;
    }

    boolean hasTree() {
        return !trees.isEmpty();
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
