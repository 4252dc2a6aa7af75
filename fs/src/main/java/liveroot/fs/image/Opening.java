package liveroot.fs.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.Attributes;
import liveroot.fs.BadImageException;
import liveroot.fs.Errno;
import liveroot.fs.FsException;
import liveroot.fs.ImageContainer;
import liveroot.fs.ImagePart;
import liveroot.fs.ImageTree;
import liveroot.fs.Name;
import liveroot.fs.Node;
import liveroot.fs.squashfs.SquashFs;

/** The way from the outermost bytes to the tree, layer by layer. One is used for one image, by one thread. */
final class Opening {

    /** An ISO > squashfs > partitioned disk > ext, in a segmented UDIF on a partition, is six. */
    private static final int DEEPEST = 8;

    /** What is looked at altogether: a hostile image may hold a hundred partitions that hold a hundred each. */
    private static final int MOST_LOOKS = 100;

    private static final int MAGIC = 4;
    private static final int SHOWN = 8;

    /** Characters of why partitions cannot be read: each may hold a map of partitions that cannot be. */
    private static final int LONGEST_REASONS = 400;

    private static final String NO_IMAGE = "neither a file nor a NetBoot set (a folder with " + NetBootSet.INFO + ")";

    private final BlockCache cache;
    private int looks;

    /** Disk images and file trees around what is being opened: what was chosen reaches through the former alone. */
    private int disksAround;

    private int treesAround;

    Opening(BlockCache cache) {
        this.cache = cache;
    }

    /**
     * Opens what begins here.
     *
     * @param source closed by the result if it has a tree on it, else the caller's
     * @throws IOException if the medium cannot be read, or a format that can be read is damaged
     */
    OpenedImage open(BlockSource source, Choice choice, Neighbours neighbours, int depth) throws IOException {
        if (depth == DEEPEST || ++looks > MOST_LOOKS) {
            return refused(
                    source,
                    0,
                    depth == DEEPEST
                            ? "this lies in " + DEEPEST + " layers already, more are not followed"
                            : "this image holds more than " + MOST_LOOKS + " things that may be images; name one");
        }
        ImageFormat format = choice.as();
        ImageFormat map = null;
        boolean hasUdf = false;
        Probe.Found found = null;
        Choice rest = choice.withoutFormat();
        if (format == null && isSquashFs(source)) {
            format = ImageFormat.SQUASHFS;
        } else if (format == null) {
            try (Probe probe = Probe.of(source, cache)) {
                found = probe.find();
                format = found.format();
                map = format == ImageFormat.ISO_9660 ? partitionMap(probe) : null;
                hasUdf = format == ImageFormat.ISO_9660 && probe.hasUdf();
            }
        } else if (!format.isDiskImage()) {
            ImageFormat outer = Images.probe(source, cache);
            if (outer.isDiskImage()) {
                format = outer;
                rest = choice;
            }
        }
        if (map != null && choice.partition() > 0) {
            return opened(map, source, rest, neighbours, depth);
        } else if (map == ImageFormat.APPLE_PARTITION_MAP) {
            return hybrid(source, rest, neighbours, depth);
        }
        OpenedImage opened;
        try {
            opened = opened(format, source, rest, neighbours, depth);
        } catch (BadImageException e) {
            throw CutDiskImage.begins(format) && CutDiskImage.isLikely(source, cache) ? e.with(CutDiskImage.HINT) : e;
        }
        if (opened == null) {
            return refused(source, found == null ? 0 : found.position(), unread(format, source));
        }
        if (map != null) {
            opened = opened.sayingAll(partitionsBeside(map, source, neighbours));
        }
        return hasUdf ? opened.saying("a bridge disc: took ISO 9660; its UDF file system is not read") : opened;
    }

    /** What a boot sector or GPT of an ISO 9660 image leads to that could have been taken; a line, or none. */
    private List<String> partitionsBeside(ImageFormat map, BlockSource source, Neighbours neighbours) {
        try (ImageContainer container = Readers.container(map, source, cache, neighbours)) {
            // The image may be a partition itself, and be seen to begin within it.
            List<ImagePart> parts = partsOf(
                    container,
                    format -> format.option() != null && format != ImageFormat.ISO_9660 && format != ImageFormat.MBR);
            return parts.isEmpty()
                    ? List.of()
                    : List.of("a hybrid disc: took ISO 9660; --partition N takes a partition of its "
                            + container.format().replaceFirst(",.*", "") + ": " + listed(parts));
        } catch (IOException e) {
            // Most boot sectors of discs have no partitions; and that one cannot be looked at is no fault of the disc.
            return List.of();
        }
    }

    /** The first few partitions that begin as one of {@code formats} does. */
    private List<ImagePart> partsOf(ImageContainer container, Predicate<ImageFormat> formats) throws IOException {
        List<ImagePart> found = new ArrayList<>();
        for (ImagePart part : container.parts()) {
            if (part.holdsFiles()
                    && ++looks <= MOST_LOOKS
                    && found.size() < SHOWN
                    && formats.test(Images.probe(part.source(), cache))) {
                found.add(part);
            }
        }
        return found;
    }

    /** As {@link #open}. @return null if the format is none that can be read */
    private OpenedImage opened(ImageFormat format, BlockSource source, Choice choice, Neighbours neighbours, int depth)
            throws IOException {
        ImageContainer container = Readers.container(format, source, cache, neighbours);
        if (container != null) {
            return open(container, choice, depth);
        }
        ImageTree tree = Readers.tree(format, source, cache);
        return tree == null ? null : treeOrInside(format, tree, choice, depth);
    }

    /** Opens what a container holds; it is closed by the result, or if this fails. */
    OpenedImage open(ImageContainer container, Choice choice, int depth) throws IOException {
        boolean isDisk = container.parts().stream().anyMatch(part -> part.number() == 0);
        disksAround += isDisk ? 1 : 0;
        try {
            return partOf(container, choice, depth).within(layer(container), container.warning(), container);
        } catch (IOException | RuntimeException | Error e) {
            container.close();
            throw e;
        } finally {
            disksAround -= isDisk ? 1 : 0;
        }
    }

    /** The first of a hybrid disc's two views that is more like a root: with ISO 9660, if they are alike. */
    private OpenedImage hybrid(BlockSource whole, Choice choice, Neighbours neighbours, int depth) throws IOException {
        // A tree closes its source; the view that is not taken must not close it under the other.
        BlockSource source = new Shared(whole);
        OpenedImage iso = attempt(ImageFormat.ISO_9660, source, choice, neighbours, depth);
        OpenedImage disk;
        try {
            disk = attempt(ImageFormat.APPLE_PARTITION_MAP, source, choice, neighbours, depth);
        } catch (IOException | RuntimeException | Error e) {
            iso.close();
            throw e;
        }
        boolean takeDisk = disk.rank() > iso.rank();
        OpenedImage other = takeDisk ? iso : disk;
        other.close();
        if (other.rank() == Contents.NOTHING) {
            OpenedImage taken = takeDisk ? disk : iso;
            if (!taken.hasTree() || (other == disk && !hasMoreThanFirmware(source, neighbours))) {
                return taken;
            }
            return taken.saying("a hybrid disc: took "
                    + (takeDisk
                            ? "its Apple partition map; its ISO 9660 view cannot be read: "
                            : "ISO 9660; nothing in its Apple partition map can be read: ")
                    + other.refusal().getMessage());
        }
        boolean canChoose = depth == disksAround;
        return takeDisk
                ? disk.saying("a hybrid disc: took its Apple partition map"
                        + (canChoose ? "; --as iso takes ISO 9660" : ", not ISO 9660"))
                : iso.saying("a hybrid disc: took ISO 9660"
                        + (canChoose ? "; --as apm takes its Apple partition map" : ", not its Apple partition map"));
    }

    /** Whether an Apple partition map has anything but the FAT file systems that EFI starts from. */
    private boolean hasMoreThanFirmware(BlockSource source, Neighbours neighbours) {
        try (ImageContainer container = Readers.container(ImageFormat.APPLE_PARTITION_MAP, source, cache, neighbours)) {
            return !partsOf(container, format -> format != ImageFormat.FAT).isEmpty();
        } catch (IOException e) {
            return true;
        }
    }

    /** As {@link #opened}, with every fault that is not the medium's as a refusal. */
    private OpenedImage attempt(ImageFormat format, BlockSource source, Choice choice, Neighbours neighbours, int depth)
            throws IOException {
        try {
            OpenedImage opened = opened(format, source, choice, neighbours, depth);
            return opened == null ? refused(source, 0, unread(format, source)) : opened;
        } catch (BadImageException e) {
            return new OpenedImage(List.of(), List.of(), List.of(), List.of(), e, Contents.NOTHING);
        }
    }

    private static ImageFormat partitionMap(Probe probe) {
        for (ImageFormat map : new ImageFormat[] {ImageFormat.APPLE_PARTITION_MAP, ImageFormat.GPT, ImageFormat.MBR}) {
            if (probe.fits(map)) {
                return map;
            }
        }
        return null;
    }

    private static OpenedImage.Layer layer(ImageContainer container) {
        return new OpenedImage.Layer(
                container.format(), container.facts(), container.checksums(), container.unchecked());
    }

    /** The part that was chosen, or the one that looks most like what boots. */
    private OpenedImage partOf(ImageContainer container, Choice choice, int depth) throws IOException {
        List<ImagePart> parts = container.parts();
        if (parts.isEmpty()) {
            return new OpenedImage(
                    List.of(),
                    List.of(),
                    List.of(),
                    List.of(),
                    new BadImageException(container.format(), 0, "nothing is in it"),
                    Contents.NOTHING);
        }
        boolean numbered = parts.get(0).number() > 0;
        if (!numbered && parts.size() == 1) {
            return open(parts.get(0).source(), choice, Neighbours.NONE, depth + 1);
        }
        if (choice.partition() > 0) {
            for (ImagePart part : parts) {
                if (part.number() == choice.partition()) {
                    return open(part.source(), choice.withoutPartition(), Neighbours.NONE, depth + 1);
                }
            }
            throw new NotInImageException(
                    "there is no partition " + choice.partition() + ", but " + listed(parts, true));
        }
        OpenedImage best = null;
        ImagePart taken = null;
        int candidates = 0;
        NotInImageException missing = null;
        List<String> unread = new ArrayList<>();
        for (ImagePart part : parts) {
            if (!part.holdsFiles() || (best != null && best.rank() >= Contents.ROOT)) {
                candidates += part.holdsFiles() ? 1 : 0;
                continue;
            }
            candidates++;
            OpenedImage opened;
            try {
                opened = open(part.source(), choice, Neighbours.NONE, depth + 1);
            } catch (IOException e) {
                missing = e instanceof NotInImageException absent ? absent : missing;
                unread.add("partition " + part.number() + ": " + e.getMessage());
                continue;
            }
            if (!opened.hasTree()) {
                unread.add(
                        "partition " + part.number() + ": " + opened.refusal().getMessage());
            }
            if (best == null || opened.rank() > best.rank()) {
                if (best != null) {
                    best.close();
                }
                best = opened;
                taken = part;
            } else {
                opened.close();
            }
        }
        if (best == null || !best.hasTree()) {
            if (best != null && candidates == 1) {
                return best;
            }
            if (best != null) {
                best.close();
            } else if (missing != null && candidates == 1) {
                throw missing;
            }
            return refused(
                    parts.get(0).source(),
                    0,
                    unread.isEmpty()
                            ? "no partition holds files: " + listed(parts)
                            : "no partition can be read: " + reasons(unread));
        }
        return candidates == 1
                ? best
                : best.saying("took partition " + taken.number() + " (" + taken.words() + ") of " + candidates
                        + " that may hold files; --partition N takes another: " + listed(parts));
    }

    /** The first few in a line that people read. */
    private static String reasons(List<String> all) {
        StringBuilder text = new StringBuilder(all.get(0));
        if (text.length() > LONGEST_REASONS) {
            text.replace(LONGEST_REASONS, text.length(), "...");
        }
        int named = 1;
        while (named < all.size() && text.length() + all.get(named).length() <= LONGEST_REASONS) {
            text.append("; ").append(all.get(named++));
        }
        return named == all.size() ? text.toString() : text + "; and " + (all.size() - named) + " more";
    }

    private static String listed(List<ImagePart> parts) {
        return listed(parts, false);
    }

    /** @param all also those that hold no files */
    private static String listed(List<ImagePart> parts, boolean all) {
        StringBuilder text = new StringBuilder();
        int shown = 0;
        for (ImagePart part : parts) {
            if ((all || part.holdsFiles()) && shown++ < SHOWN) {
                text.append(text.isEmpty() ? "" : ", ")
                        .append(part.number())
                        .append(' ')
                        .append(part.words());
            }
        }
        return text.isEmpty() ? "none that may hold files" : text.toString();
    }

    private OpenedImage treeOrInside(ImageFormat format, ImageTree tree, Choice choice, int depth) throws IOException {
        String warning = tree.warning();
        OpenedImage opened = rootOrInside(format, tree, choice, depth);
        return warning == null ? opened : opened.saying(warning);
    }

    private OpenedImage rootOrInside(ImageFormat format, ImageTree tree, Choice choice, int depth) throws IOException {
        try {
            OpenedImage.Layer layer = new OpenedImage.Layer(tree.format(), tree.facts(), tree.checksums(), List.of());
            Contents contents = new Contents(tree);
            boolean isRoot = contents.isRoot();
            int rank = !isRoot
                    ? Contents.FILES
                    : format == ImageFormat.HFS_PLUS && contents.isDarwin() ? Contents.DARWIN : Contents.ROOT;
            OpenedImage plain = new OpenedImage(List.of(layer), List.of(), List.of(tree), List.of(tree), null, rank);
            if (choice.inside() != null) {
                return isSlashes(choice.inside())
                        ? unlessPartition(plain, choice)
                        : inside(tree, choice.inside(), choice.withoutInside(), depth)
                                .within(layer, null, tree);
            }
            if (isRoot) {
                return unlessPartition(plain, choice);
            }
            List<List<String>> roots = new LiveMedium(tree).roots();
            List<String> failures = new ArrayList<>();
            BadImageException damage = null;
            for (List<String> paths : roots) {
                String words = words(paths);
                OpenedImage opened;
                try {
                    opened = inside(tree, paths, choice, depth);
                } catch (IOException e) {
                    failures.add(words + " cannot be read: " + e.getMessage());
                    damage = e instanceof NotInImageException
                            ? damage
                            : e instanceof BadImageException bad
                                    ? bad
                                    : new BadImageException(tree.format() + " /" + words, 0, e.getMessage());
                    continue;
                }
                if (opened.hasTree()) {
                    return opened.within(
                            layer,
                            "took " + words + " in the " + tree.format() + others(roots) + failed(failures),
                            tree);
                }
                failures.add(words + " cannot be read: " + opened.refusal().getMessage());
                damage = opened.refusal();
                opened.close();
            }
            if (failures.isEmpty() || choice.partition() > 0) {
                return unlessPartition(plain, choice);
            }
            return plain.saying("took the " + tree.format() + " itself: " + String.join("; ", failures))
                    .insteadOf(damage);
        } catch (IOException | RuntimeException | Error e) {
            tree.close();
            throw e;
        }
    }

    private String others(List<List<String>> roots) {
        String words = roots.size() == 1
                ? ""
                : " (there are "
                        + String.join(", ", roots.stream().map(Opening::words).toList())
                        + ")";
        return words + (treesAround > 0 ? "" : "; --inside FILE takes another, --inside / takes what holds it");
    }

    /** For one line, on a terminal: names of a medium may be long, many, and have control characters. */
    private static String words(List<String> paths) {
        boolean all = paths.size() <= OpenedImage.MOST_TREES;
        String words = String.join(" over ", all ? paths : paths.subList(0, SHOWN));
        return Name.printable(words) + (all ? "" : " over " + (paths.size() - SHOWN) + " more");
    }

    private static String failed(List<String> failures) {
        return failures.isEmpty() ? "" : "; " + String.join("; ", failures);
    }

    /** The tree that was come to, if nobody waits for a partition, which a map that was passed would have had. */
    private static OpenedImage unlessPartition(OpenedImage found, Choice choice) throws NotInImageException {
        if (choice.partition() > 0) {
            throw new NotInImageException("there is no partition " + choice.partition() + ": the way to the "
                    + found.trees().get(0).format() + " goes through no partition map");
        }
        return found;
    }

    private static boolean isSlashes(String path) {
        return path.chars().allMatch(c -> c == '/');
    }

    /** As {@link #inside(ImageTree, String, Choice, int)}, of several images, the uppermost first; all or none. */
    private OpenedImage inside(ImageTree tree, List<String> paths, Choice choice, int depth) throws IOException {
        if (paths.size() > OpenedImage.MOST_TREES) {
            throw new BadImageException(
                    tree.format(), 0, paths.size() + " layers, at most " + OpenedImage.MOST_TREES + " can be stacked");
        }
        OpenedImage stack = null;
        try {
            for (String path : paths) {
                OpenedImage layer = inside(tree, path, choice, depth);
                if (!layer.hasTree()) {
                    close(stack);
                    return layer;
                }
                stack = stack == null ? layer : stack.over(layer);
            }
            return stack;
        } catch (NotInImageException e) {
            close(stack);
            throw paths.size() == 1 || choice.partition() > 0
                    ? e
                    : new BadImageException(tree.format(), 0, "a layer is missing: " + e.getMessage());
        } catch (IOException | RuntimeException | Error e) {
            close(stack);
            throw e;
        }
    }

    private static void close(OpenedImage image) throws IOException {
        if (image != null) {
            image.close();
        }
    }

    /** The image in a file of {@code tree}, or in a NetBoot set there, which names a file in it and no other set. */
    private OpenedImage inside(ImageTree tree, String path, Choice choice, int depth) throws IOException {
        String where = tree.format() + " /" + Name.printable(path.replaceFirst("^/+", ""));
        ImagePath found;
        try {
            found = ImagePath.resolve(tree, path, true);
            if (found.node().attributes().isDirectory()) {
                return insideSet(tree, found, where, choice, depth);
            }
        } catch (FsException e) {
            throw notFound(where, e);
        }
        if (!found.node().attributes().isRegular()) {
            throw new NotInImageException(where + ": " + NO_IMAGE);
        }
        return inFile(tree, found, where, choice, depth);
    }

    private OpenedImage insideSet(ImageTree tree, ImagePath set, String where, Choice choice, int depth)
            throws IOException, FsException {
        String root;
        try {
            root = set + "/" + rootPath(tree, set + "/" + NetBootSet.INFO, where);
        } catch (FsException e) {
            if (e.errno() == Errno.ENOENT) {
                throw new NotInImageException(where + ": " + NO_IMAGE);
            }
            throw e;
        }
        String image = tree.format() + " " + root;
        ImagePath found;
        try {
            found = ImagePath.resolve(tree, root, true);
        } catch (FsException e) {
            throw new BadImageException(
                    image, 0, "the set names it by RootPath, and it cannot be found: " + e.getMessage());
        }
        if (!found.node().attributes().isRegular()) {
            throw new BadImageException(image, 0, "the set names it by RootPath: " + NO_IMAGE);
        }
        return inFile(tree, found, image, choice, depth);
    }

    private OpenedImage inFile(ImageTree tree, ImagePath file, String where, Choice choice, int depth)
            throws IOException {
        long size = file.node().attributes().size();
        FileInTree source = new FileInTree(tree, file.node().id(), where, size);
        treesAround++;
        try {
            return open(source, choice, neighbours(tree, file, where), depth + 1);
        } finally {
            treesAround--;
        }
    }

    private static IOException notFound(String where, FsException e) {
        return switch (e.errno()) {
            case ENOENT -> new NotInImageException(where + ": there is no such file in it");
            case ENOTDIR -> new NotInImageException(where + ": a name before the last is not that of a directory");
            case ELOOP -> new NotInImageException(where + ": too many symbolic links");
            default -> new BadImageException(where, 0, e.getMessage());
        };
    }

    private String rootPath(ImageTree tree, String path, String set) throws IOException, FsException {
        Node info = ImagePath.resolve(tree, path, true).node();
        String name = set + "/" + NetBootSet.INFO;
        return NetBootSet.read(
                        new FileInTree(tree, info.id(), name, info.attributes().size()), cache)
                .rootPath();
    }

    private static Neighbours neighbours(ImageTree tree, ImagePath file, String where) {
        StringBuilder directory = new StringBuilder("/");
        for (Name name : file.names().subList(0, file.names().size() - 1)) {
            directory.append(name).append('/');
        }
        return name -> {
            try {
                ImagePath found = ImagePath.resolve(tree, directory + name, true);
                Attributes attributes = found.node().attributes();
                return attributes.isRegular()
                        ? new FileInTree(tree, found.node().id(), where + " and " + name, attributes.size())
                        : null;
            } catch (FsException e) {
                if (e.errno() == Errno.ENOENT) {
                    return null;
                }
                throw new IOException(where + ": " + name + " cannot be found: " + e.getMessage(), e);
            }
        };
    }

    /** The ordinary case needs no more than four bytes. */
    private boolean isSquashFs(BlockSource source) throws IOException {
        if (source.size() < MAGIC) {
            return false;
        }
        Block memory = cache.take(MAGIC);
        try {
            source.read(0, memory.slice(0, MAGIC));
            return SquashFs.isMagic(memory.memory().getInt(0));
        } finally {
            memory.release();
        }
    }

    private static OpenedImage refused(BlockSource source, long position, String why) {
        return new OpenedImage(
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                new BadImageException(source.name(), position, why),
                Contents.NOTHING);
    }

    private String unread(ImageFormat format, BlockSource source) throws IOException {
        StringBuilder text = new StringBuilder("not an image that liveroot can read, but ").append(format);
        if (format == ImageFormat.UNKNOWN) {
            beginning(source, text);
            if (CutDiskImage.isLikely(source, cache)) {
                text.append(CutDiskImage.HINT);
            }
        } else if (format.advice() != null) {
            text.append("; ").append(format.advice());
        }
        return text.toString();
    }

    private void beginning(BlockSource source, StringBuilder text) throws IOException {
        int length = (int) Math.min(SHOWN, source.size());
        text.append(", which begins with the bytes");
        Block memory = cache.take(length);
        try {
            ByteBuffer first = memory.slice(0, length);
            source.read(0, first);
            for (int i = 0; i < length; i++) {
                text.append(' ')
                        .append(Character.forDigit(first.get(i) >> 4 & 15, 16))
                        .append(Character.forDigit(first.get(i) & 15, 16));
            }
        } finally {
            memory.release();
        }
        if (source.size() < Probe.HEAD) {
            text.append(" (it has only ").append(source.size()).append(" bytes)");
        }
    }

    /** A source that stays open. */
    private record Shared(BlockSource source) implements BlockSource {

        @Override
        public String name() {
            return source.name();
        }

        @Override
        public long size() {
            return source.size();
        }

        @Override
        public void read(long position, ByteBuffer dst) throws IOException {
            source.read(position, dst);
        }

        @Override
        public void close() {}
    }
}
