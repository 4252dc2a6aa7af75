package liveroot.launcher;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import liveroot.fs.Attributes;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.ImageTree;
import liveroot.fs.Mode;
import liveroot.fs.Name;
import liveroot.fs.image.ImagePath;
import liveroot.fs.image.OpenedImage;

/** {@code liveroot inspect}. */
final class InspectCommand implements Command {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm").withZone(ZoneOffset.UTC);
    private static final int PIECE = 1 << 20;

    @Override
    public Grammar grammar() {
        List<Grammar.Option> options = new ArrayList<>(List.of(
                Grammar.Option.flag(
                        "--ls",
                        "List PATH even if it is a file: mode, links, owner, group, size or device, time in UTC, name."),
                Grammar.Option.flag("--cat", "Print PATH, which must be a file."),
                Grammar.Option.of(
                        "--extract",
                        "TARGET",
                        "Copy PATH, or everything, to TARGET, which must not be there yet: modes, times, hard links, symlinks,"
                                + " extended attributes, holes; as root owners, set-user-id, set-group-id and devices too."),
                Grammar.Option.flag(
                        "--verify",
                        "Check every checksum of what wraps the files, then read all files, by which those beside their data are checked."),
                CacheSize.option()));
        options.addAll(Choices.options());
        return new Grammar(
                "inspect",
                List.of("Tells what IMAGE is, without mounting it. With PATH: lists a directory (mode, links, owner,"
                        + " group, size or device, time in UTC, name), prints a file."),
                List.of(
                        new Grammar.Parameter(
                                "IMAGE",
                                true,
                                "A file or block device that holds the image, a NetBoot set or a sparse bundle."),
                        new Grammar.Parameter("PATH", false, "Inside the image.")),
                options,
                List.of(
                        "Sizes are " + Size.FORMS + ".",
                        "Exit status: 0 told, 64 usage, 65 not an image, damaged, or a checksum is wrong, 66 no such image"
                                + " or path in it, 73 TARGET cannot be made, 74 image unreadable, 77 no permission."));
    }

    @Override
    public int run(Arguments arguments, PrintStream out) throws Refusal, IOException {
        Path path = Paths.absolute(arguments.get("IMAGE", ""));
        String inside = arguments.get("PATH", null);
        String target = arguments.get("--extract", null);
        checkOptions(arguments, inside);
        long budget = CacheSize.of(arguments, HostMemory.total());
        try (Image image = Image.look(path, budget, Choices.of(arguments))) {
            OpenedImage opened = image.layers().get(0);
            if (arguments.has("--verify")) {
                opened.choices().forEach(choice -> out.println("(" + choice + ")"));
                return new Verification(opened, out).run();
            }
            boolean tells = inside == null && target == null;
            if (tells) {
                tell(opened, out);
            }
            if (image.tree() == null) {
                out.flush();
                throw new Refusal(
                        Refusal.DATA,
                        path + ": " + opened.format() + ": " + opened.refusal().getMessage());
            }
            out.flush();
            Image.refuseInstead(path, opened);
            if (target != null) {
                sayWhatIsLeftOut(path, opened);
            }
            if (!tells) {
                show(image.tree(), inside == null ? "/" : inside, arguments, out);
            }
            return 0;
        }
    }

    private static void checkOptions(Arguments arguments, String inside) throws Refusal {
        List<String> given = new ArrayList<>();
        for (String option : List.of("--ls", "--cat", "--extract", "--verify")) {
            if (arguments.has(option)) {
                given.add(option);
            }
        }
        if (given.size() > 1) {
            throw new Refusal(Refusal.USAGE, String.join(" and ", given) + " cannot be done together");
        }
        if (inside == null && (arguments.has("--ls") || arguments.has("--cat"))) {
            throw new Refusal(Refusal.USAGE, given.get(0) + " needs a PATH inside the image, '/' for its root");
        }
        if (inside != null && arguments.has("--verify")) {
            throw new Refusal(Refusal.USAGE, "--verify checks the whole image, not " + inside);
        }
    }

    /** The chain, and what each layer says of itself. */
    private static void tell(OpenedImage image, PrintStream out) {
        if (image.layers().size() > 1) {
            out.println(image.format());
        }
        image.choices().forEach(choice -> out.println("(" + choice + ")"));
        boolean between = image.layers().size() > 1;
        for (OpenedImage.Layer layer : image.layers()) {
            if (between) {
                out.println();
            }
            layer.facts().forEach((name, value) -> out.printf("%-12s %s%n", name, value));
        }
    }

    /** What the archive has and its tree has not, for whoever copies that without a look at the facts. */
    private static void sayWhatIsLeftOut(Path path, OpenedImage image) {
        for (OpenedImage.Layer layer : image.layers()) {
            String files = layer.facts().get(ImageTree.LEFT_OUT);
            if (files != null) {
                System.err.println("liveroot: " + path + ": left out: " + files);
            }
        }
    }

    private static void show(FileTree tree, String path, Arguments arguments, PrintStream out)
            throws Refusal, IOException {
        try {
            ImagePath found = ImagePath.resolve(tree, path, true);
            Attributes attributes = found.node().attributes();
            String target = arguments.get("--extract", null);
            if (target != null) {
                out.flush();
                new Extraction(tree).run(found, Paths.absolute(target));
            } else if (arguments.has("--cat") && !attributes.isRegular()) {
                throw new Refusal(Refusal.NO_INPUT, path + ": not a file");
            } else if (attributes.isDirectory()) {
                list(tree, found.node().id(), out);
            } else if (attributes.isRegular() && !arguments.has("--ls")) {
                out.flush();
                // Not closed: it is the process's own.
                FileChannel channel = new FileOutputStream(FileDescriptor.out).getChannel();
                print(tree, found.node().id(), attributes.size(), channel);
            } else {
                out.println(line(tree, found.node().id(), attributes, Name.of(found.toString())));
            }
        } catch (FsException e) {
            int code = e.errno() == Errno.EIO ? Refusal.DATA : Refusal.NO_INPUT;
            String why =
                    switch (e.errno()) {
                        case ENOENT -> "not in the image";
                        case ENOTDIR -> "not in the image: a name before the last is not that of a directory";
                        case ELOOP -> "too many symbolic links";
                        default -> e.getMessage();
                    };
            throw new Refusal(code, path + ": " + why);
        }
    }

    private static void list(FileTree tree, long directory, PrintStream out) throws FsException {
        record Listed(Name name, long id) {}
        long[] cookie = {0};
        boolean[] more = {true};
        while (more[0]) {
            List<Listed> listed = new ArrayList<>();
            more[0] = false;
            tree.readdir(directory, cookie[0], (name, id, ino, type, next) -> {
                if (listed.size() == 1000) {
                    more[0] = true;
                    return false;
                }
                cookie[0] = next;
                listed.add(new Listed(name, id));
                return true;
            });
            for (Listed entry : listed) {
                if (entry.name().isFileName()) {
                    out.println(line(tree, entry.id(), tree.getattr(entry.id()), entry.name()));
                }
            }
        }
    }

    private static String line(FileTree tree, long id, Attributes a, Name name) throws FsException {
        String size = Mode.isDevice(a.mode())
                ? ((a.rdev() >>> 8) & 0xfff) + ", " + ((a.rdev() & 0xff) | ((a.rdev() >>> 12) & 0xfff00))
                : Long.toString(a.size());
        String text = String.format(
                "%s %3d %5s %5s %10s %s %s",
                mode(a.mode()),
                a.nlink(),
                Integer.toUnsignedString(a.uid()),
                Integer.toUnsignedString(a.gid()),
                size,
                TIME.format(Instant.ofEpochSecond(a.mtime())),
                Name.printable(name.toString()));
        return a.isSymlink()
                ? text + " -> " + Name.printable(Name.of(tree.readlink(id)).toString())
                : text;
    }

    private static String mode(int mode) {
        char type =
                switch (Mode.type(mode)) {
                    case Mode.S_IFDIR -> 'd';
                    case Mode.S_IFLNK -> 'l';
                    case Mode.S_IFCHR -> 'c';
                    case Mode.S_IFBLK -> 'b';
                    case Mode.S_IFIFO -> 'p';
                    case Mode.S_IFSOCK -> 's';
                    default -> '-';
                };
        char[] text = (type + "rwxrwxrwx").toCharArray();
        for (int bit = 0; bit < 9; bit++) {
            if ((mode & (0400 >> bit)) == 0) {
                text[bit + 1] = '-';
            }
        }
        special(text, 3, mode & Mode.S_ISUID, 's');
        special(text, 6, mode & Mode.S_ISGID, 's');
        special(text, 9, mode & Mode.S_ISVTX, 't');
        return new String(text);
    }

    private static void special(char[] text, int at, int bit, char letter) {
        if (bit != 0) {
            text[at] = text[at] == 'x' ? letter : Character.toUpperCase(letter);
        }
    }

    private static void print(FileTree tree, long id, long size, FileChannel out) throws FsException, IOException {
        long at = 0;
        while (at < size) {
            int length = (int) Math.min(PIECE, size - at);
            try (ChannelSink sink = new ChannelSink()) {
                tree.read(id, 0, at, length, sink);
                long written = sink.writeTo(out);
                if (written == 0) {
                    return;
                }
                at += written;
            }
        }
    }
}
