package liveroot.fs.image;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import liveroot.fs.BufferSink;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Mode;
import liveroot.fs.Name;

/** Where live media keep the images of their root, and which of them their boot lays over which. */
final class LiveMedium {

    private static final String SQUASHFS = ".squashfs";

    /**
     * What live-boot looks for (components/9990-overlay.sh), files or directories. Directories and two of the formats cannot be
     * layers here: a root without such a layer would be another than boots, so that it is refused.
     */
    private static final List<String> OF_LIVE_BOOT =
            List.of(SQUASHFS, ".ext2", ".ext3", ".ext4", ".xfs", ".jffs2", ".dir");

    /** What casper looks for, in this order. */
    private static final List<String> OF_CASPER = List.of(".ext2", SQUASHFS, ".dir");

    /** Fedora: by what is in its squashfs.img, or without that. */
    private static final List<String> OF_FEDORA =
            List.of("LiveOS/squashfs.img", "LiveOS/rootfs.img", "LiveOS/ext3fs.img");

    /** archiso and its kind have them in a directory of any name. */
    private static final List<String> ARCHITECTURES = List.of("x86_64", "i686", "aarch64");

    /** The hook miso of Manjaro and its kind, the uppermost first; a medium need not have all of them. */
    private static final List<String> OF_MANJARO = List.of("livefs.sfs", "mhwdfs.sfs", "desktopfs.sfs", "rootfs.sfs");

    /** antiX and MX; Gentoo. */
    private static final List<String> OTHERS = List.of("antiX/linuxfs", "image.squashfs");

    /** Slackware, whose root it is; others have what only boots in it. */
    private static final String INITRD = "isolinux/initrd.img";

    /** casper's option on the kernel's command line, in a line that is no comment: the uppermost layer. */
    private static final Pattern LAYERFS_PATH =
            Pattern.compile("^[^#\\n]*?(?<![^\\s\"'])layerfs-path=([^\\s\"']+)", Pattern.MULTILINE);

    private static final Pattern NUMBER = Pattern.compile("^\\d{1,18}");

    /** Entries of a directory that are looked at. */
    private static final int MOST_ENTRIES = 10_000;

    /** Bytes of a text file that are looked at. */
    private static final int MOST_TEXT = 1 << 16;

    private static final List<Integer> FILE = List.of(Mode.S_IFREG);
    private static final List<Integer> FILE_OR_DIRECTORY = List.of(Mode.S_IFREG, Mode.S_IFDIR);

    private final FileTree tree;

    LiveMedium(FileTree tree) {
        this.tree = tree;
    }

    /** The roots that it carries, what boots first: paths of images, or of folders that name one, the uppermost first. */
    List<List<String>> roots() {
        List<String> directories = names("", name -> true, List.of(Mode.S_IFDIR));
        List<List<String>> found = new ArrayList<>();
        found.add(liveBoot());
        directories.stream()
                .filter(name -> name.equals("casper") || name.startsWith("casper_"))
                .forEach(name -> found.add(casper(name)));
        OF_FEDORA.forEach(path -> found.add(existing(path)));
        for (String directory : directories) {
            for (String architecture : ARCHITECTURES) {
                String path = directory + "/" + architecture + "/";
                found.add(existing(path + "airootfs.sfs"));
                found.add(existing(path + "airootfs.erofs"));
                if (isFile(path + "rootfs.sfs")) {
                    found.add(existing(OF_MANJARO.stream().map(name -> path + name)));
                }
            }
        }
        found.add(bundles("slax", "slax/modules"));
        found.add(modules(".xzm", "porteus/base", "porteus/modules"));
        found.add(modules(".sxz", "liveslak/system", "liveslak/addons"));
        OTHERS.forEach(path -> found.add(existing(path)));
        directories.stream()
                .filter(name -> name.toLowerCase(Locale.ROOT).endsWith(".nbi"))
                .forEach(name -> found.add(List.of(name)));
        found.add(existing(INITRD));
        names("", name -> name.toLowerCase(Locale.ROOT).endsWith(".dmg") && !name.startsWith("._"), FILE)
                .forEach(name -> found.add(List.of(name)));
        found.removeIf(List::isEmpty);
        return found;
    }

    /**
     * As live-boot does: the images that filesystem.module names, but for those that are not there, or all in order; what
     * comes later lies above.
     */
    private List<String> liveBoot() {
        String named = text("live/filesystem.module");
        if (named == null) {
            return uppermostFirst(
                    paths("live", name -> OF_LIVE_BOOT.stream().anyMatch(name::endsWith), FILE_OR_DIRECTORY));
        }
        List<String> paths = Arrays.stream(named.trim().split("\\s+"))
                .filter(name -> !name.isEmpty())
                .map(name -> "live/" + name)
                .toList();
        List<String> existing = existing(paths.stream());
        return uppermostFirst(existing.isEmpty() ? paths : existing);
    }

    /**
     * As casper does: the layer of layerfs-path, a.b.c.squashfs, over a.b.squashfs over a.squashfs; without that all in
     * order, what comes later above. Ubuntu has layerfs-path in the command line or in its initrd, for which its names stand
     * here: those that livecd-rootfs gives to the layers that it writes this into.
     */
    private List<String> casper(String directory) {
        String top = uppermost(names(directory, name -> name.endsWith(SQUASHFS), FILE));
        List<String> paths = new ArrayList<>();
        if (top == null) {
            OF_CASPER.forEach(
                    suffix -> paths.addAll(paths(directory, name -> name.endsWith(suffix), FILE_OR_DIRECTORY)));
            return uppermostFirst(paths);
        }
        String stem = stem(top);
        for (int end = stem.length(); end > 0; end = stem.lastIndexOf('.', end - 1)) {
            paths.add(directory + "/" + stem.substring(0, end) + SQUASHFS);
        }
        return paths;
    }

    /** @return null if there is none that all others are left out for */
    private String uppermost(List<String> layers) {
        String commands = text("boot/grub/grub.cfg");
        Matcher option = commands == null ? null : LAYERFS_PATH.matcher(commands);
        if (option != null && option.find() && option.group(1).endsWith(SQUASHFS) && !layers.isEmpty()) {
            // One that is missing is missed when it boots, too.
            return option.group(1).replaceFirst("^.*/", "");
        }
        return Stream.concat(
                        layers.stream().filter(name -> stem(name).endsWith(".live")),
                        // One for each kernel: that without a word behind it is the usual one.
                        layers.stream()
                                .filter(name -> stem(name).contains(".installer."))
                                .sorted(Comparator.comparing(LiveMedium::stem)))
                .findFirst()
                .orElse(null);
    }

    private static String stem(String layer) {
        return layer.substring(0, layer.length() - SQUASHFS.length());
    }

    /**
     * As the Linux Live Kit does: the bundles of two directories by number and name, whichever they lie in, the later ones
     * above; of one name the second directory's.
     */
    private List<String> bundles(String... directories) {
        Map<String, String> paths =
                new TreeMap<>(Comparator.comparingLong(LiveMedium::number).thenComparing(Comparator.naturalOrder()));
        for (String directory : directories) {
            names(directory, name -> name.endsWith(".sb"), FILE)
                    .forEach(name -> paths.put(name, directory + "/" + name));
        }
        return uppermostFirst(new ArrayList<>(paths.values()));
    }

    /** As Porteus and liveslak do: the modules of one directory in the order of their names, those of the next above. */
    private List<String> modules(String suffix, String... directories) {
        List<String> paths = new ArrayList<>();
        for (String directory : directories) {
            paths.addAll(paths(directory, name -> name.endsWith(suffix), FILE));
        }
        return uppermostFirst(paths);
    }

    private static long number(String name) {
        Matcher number = NUMBER.matcher(name);
        return number.find() ? Long.parseLong(number.group()) : 0;
    }

    private static List<String> uppermostFirst(List<String> later) {
        List<String> paths = new ArrayList<>(later);
        Collections.reverse(paths);
        return paths;
    }

    private List<String> existing(String path) {
        return existing(Stream.of(path));
    }

    private List<String> existing(Stream<String> paths) {
        return paths.filter(this::isFile).toList();
    }

    private boolean isFile(String path) {
        return Contents.has(tree, path, Mode.S_IFREG);
    }

    private List<String> paths(String directory, Predicate<String> wanted, List<Integer> types) {
        return names(directory, wanted, types).stream()
                .map(name -> directory + "/" + name)
                .toList();
    }

    /**
     * Names in a directory that are wanted and lead to what has one of these types, in the order of their bytes; and those that
     * are not UTF-8, which then are not found, as a root without that layer would be another.
     */
    private List<String> names(String directory, Predicate<String> wanted, List<Integer> types) {
        List<String> names = new ArrayList<>();
        Set<String> unnameable = new HashSet<>();
        try {
            long id = ImagePath.resolve(tree, directory, true).node().id();
            int[] seen = {0};
            tree.readdir(id, 0, (name, child, ino, entryType, next) -> {
                String text = name.toString();
                if ((types.contains(entryType) || entryType == Mode.S_IFLNK) && wanted.test(text)) {
                    names.add(text);
                    if (!Name.of(text).equals(name)) {
                        unnameable.add(text);
                    }
                }
                return ++seen[0] < MOST_ENTRIES;
            });
        } catch (FsException e) {
            // There is no such directory; or it is damaged, of which who lists it is told.
        }
        names.removeIf(name -> !unnameable.contains(name)
                && (name.equals(".")
                        || name.equals("..")
                        || types.stream().noneMatch(type -> Contents.has(tree, directory + "/" + name, type))));
        names.sort(null);
        return names;
    }

    /** The beginning of a text file; null if it cannot be read. */
    private String text(String path) {
        try {
            ImagePath file = ImagePath.resolve(tree, path, true);
            if (!file.node().attributes().isRegular()) {
                return null;
            }
            int length = (int) Math.min(MOST_TEXT, file.node().attributes().size());
            ByteBuffer bytes = ByteBuffer.allocateDirect(length);
            if (length > 0) {
                tree.read(file.node().id(), 0, 0, length, new BufferSink(bytes));
            }
            return StandardCharsets.UTF_8.decode(bytes.flip()).toString();
        } catch (FsException e) {
            return null;
        }
    }
}
