package liveroot.launcher;

import java.io.IOException;
import java.io.PrintStream;
import java.util.Locale;
import liveroot.fs.Checksum;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.ImageTree;
import liveroot.fs.image.OpenedImage;
import liveroot.fs.sys.Libc;

/**
 * {@code inspect --verify}: every checksum of every layer, a line each, then all files; on a terminal with a bar that shows
 * how far it is.
 */
final class Verification {

    private static final int BAR = 40;
    private static final long SHORTEST_PAUSE = 100_000_000;

    private final OpenedImage image;
    private final PrintStream out;
    private final boolean shows = Libc.call("isatty", 2) == 1;
    private long all;
    private long done;
    private long shown;

    Verification(OpenedImage image, PrintStream out) {
        this.image = image;
        this.out = out;
    }

    /** @return exit status */
    int run() {
        int wrong = 0;
        for (OpenedImage.Layer layer : image.layers()) {
            for (Checksum checksum : layer.checksums()) {
                all += checksum.bytes();
            }
        }
        for (ImageTree tree : image.trees()) {
            all += capacity(tree);
        }
        for (OpenedImage.Layer layer : image.layers()) {
            for (Checksum checksum : layer.checksums()) {
                wrong += isGood(checksum) ? 0 : 1;
            }
            layer.unchecked().forEach(words -> out.println("not checked  " + words));
        }
        for (ImageTree tree : image.trees()) {
            wrong += areGood(tree) ? 0 : 1;
        }
        if (image.refusal() != null) {
            out.println("BAD   " + image.format() + ": " + image.refusal().getMessage());
            wrong++;
        }
        return wrong == 0 ? 0 : Refusal.DATA;
    }

    /** Bytes of files, roughly, for the bar. */
    private static long capacity(FileTree tree) {
        try {
            return tree.statfs().blocks() * tree.statfs().blockSize();
        } catch (FsException e) {
            return 0;
        }
    }

    private boolean areGood(ImageTree tree) {
        EveryFile files = new EveryFile(tree, out, this::progress);
        int faults = files.read();
        clear();
        out.println(
                (faults == 0 ? "good  " : "BAD   ") + tree.format() + ": " + files.count() + " files and directories, "
                        + files.bytes() + " bytes read, " + (faults == 0 ? "all of them" : faults + " could not be"));
        return faults == 0;
    }

    private boolean isGood(Checksum checksum) {
        String computed;
        try {
            computed = checksum.computed(this::progress);
        } catch (IOException e) {
            clear();
            out.println("BAD   " + checksum.words() + ": " + IoErrors.describe(e));
            return false;
        }
        boolean good = computed.equals(checksum.expected());
        clear();
        out.println(
                good
                        ? "good  " + checksum.words() + ": " + computed
                        : "BAD   " + checksum.words() + ": " + checksum.expected() + " expected, found " + computed);
        return good;
    }

    private void progress(long bytes) {
        done += bytes;
        long now = System.nanoTime();
        if (!shows || now - shown < SHORTEST_PAUSE) {
            return;
        }
        shown = now;
        int filled = (int) (all == 0 ? BAR : Math.min(BAR, done * BAR / all));
        System.err.print(String.format(
                Locale.ROOT,
                "\r[%s%s] %d of %d MiB",
                "#".repeat(filled),
                " ".repeat(BAR - filled),
                done >> 20,
                all >> 20));
        System.err.flush();
    }

    private void clear() {
        if (shown != 0) {
            System.err.print("\r" + " ".repeat(BAR + 30) + "\r");
            System.err.flush();
        }
    }
}
