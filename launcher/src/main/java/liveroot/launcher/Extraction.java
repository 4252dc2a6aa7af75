package liveroot.launcher;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import liveroot.fs.Attributes;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Mode;
import liveroot.fs.Name;
import liveroot.fs.image.ImagePath;
import liveroot.fs.sys.Libc;
import liveroot.fs.sys.TargetDirectory;

/**
 * {@code inspect --extract}: copies a directory or a file of an image to the host. What cannot be copied is said, a line
 * each, and the rest goes on; attributes that the host does not keep are counted. As another user than root owners stay the
 * user's, programs lose set-user-id and set-group-id, which would be of another owner then, and devices are left out.
 */
final class Extraction {

    private static final int PIECE = 1 << 20;

    /** A directory costs a descriptor and a frame of the stack for each level. */
    private static final int DEEPEST = 200;

    private static final int MOST_LISTED = 1000;

    /** Directories that are copied once more under another name, of all together: in a damaged image they multiply. */
    private static final int MOST_AGAIN = 1000;

    private final FileTree tree;
    private final boolean root = Libc.geteuid() == 0;
    /** Where the first name of a file with several names was made: the path from the top. */
    private final Map<Long, byte[]> linked = new HashMap<>();

    private final Set<Long> directories = new HashSet<>();
    /** Those that are being copied, one in the other. */
    private final Set<Long> around = new HashSet<>();

    /** What goes in front of a path from the top, for messages; for a single file its whole path. */
    private String source;

    private boolean single;
    private Path into;
    private TargetDirectory top;
    private int again;
    private int faults;
    private int devices;
    private int attributesLost;

    Extraction(FileTree tree) {
        this.tree = tree;
    }

    /** @param target absolute; made here */
    void run(ImagePath from, Path target) throws Refusal, FsException, IOException {
        Attributes attributes = from.node().attributes();
        into = target;
        single = !attributes.isDirectory();
        source = from.toString().equals("/") ? "" : from.toString();
        if (target.getFileName() == null) {
            throw new Refusal(Refusal.CANNOT_CREATE, target + ": exists already");
        }
        if (attributes.isDirectory()) {
            try (TargetDirectory made = make(target)) {
                top = made;
                directory(from.node().id(), made, new byte[0], 0);
            }
            // The names of the root's own attributes are taken from outside: "." is no name.
            try (TargetDirectory parent = parent(target)) {
                finish(
                        parent,
                        Name.of(target.getFileName().toString()),
                        from.node().id(),
                        attributes);
            }
        } else {
            try (TargetDirectory parent = parent(target)) {
                top = parent;
                entry(
                        parent,
                        Name.of(target.getFileName().toString()),
                        from.node().id(),
                        new byte[0],
                        0);
            }
        }
        if (devices > 0) {
            System.err.println("liveroot: " + (devices == 1 ? "a device was" : devices + " devices were")
                    + " left out, only root may make them");
        }
        if (attributesLost > 0) {
            System.err.println("liveroot: "
                    + (attributesLost == 1 ? "an extended attribute was" : attributesLost + " extended attributes were")
                    + " left out, " + target + " does not take them"
                    + (Libc.geteuid() == 0 ? "" : " from an ordinary user"));
        }
        if (faults > 0) {
            throw new Refusal(
                    Refusal.DATA,
                    (faults == 1 ? "one file was" : faults + " files were") + " not copied, or not whole; see above");
        }
    }

    private static TargetDirectory make(Path target) throws Refusal {
        try {
            return TargetDirectory.make(target);
        } catch (IOException e) {
            throw new Refusal(Refusal.CANNOT_CREATE, e.getMessage());
        }
    }

    private static TargetDirectory parent(Path target) throws Refusal {
        try {
            return TargetDirectory.open(target.getParent());
        } catch (IOException e) {
            throw new Refusal(Refusal.CANNOT_CREATE, e.getMessage());
        }
    }

    private record Entry(Name name, long id) {}

    private void directory(long id, TargetDirectory target, byte[] path, int depth)
            throws Refusal, FsException, IOException {
        directories.add(id);
        around.add(id);
        try {
            list(id, target, path, depth);
        } finally {
            around.remove(id);
        }
    }

    /** Whether a directory may be copied below {@code depth} others. */
    private void require(long id, int depth) throws IOException {
        if (depth == DEEPEST) {
            throw new IOException("directories more than " + DEEPEST + " deep are not copied");
        }
        if (around.contains(id)) {
            throw new IOException("a directory that is within itself is not copied again");
        }
        if (directories.contains(id) && ++again > MOST_AGAIN) {
            throw new IOException(
                    "directories that have other names too were copied " + MOST_AGAIN + " times already, no more are");
        }
    }

    private void list(long id, TargetDirectory target, byte[] path, int depth)
            throws Refusal, FsException, IOException {
        long[] cookie = {0};
        boolean[] more = {true};
        while (more[0]) {
            List<Entry> entries = new ArrayList<>();
            more[0] = false;
            tree.readdir(id, cookie[0], (name, child, ino, type, next) -> {
                if (entries.size() == MOST_LISTED) {
                    more[0] = true;
                    return false;
                }
                cookie[0] = next;
                if (!name.equals(Name.DOT) && !name.equals(Name.DOT_DOT)) {
                    entries.add(new Entry(name, child));
                }
                return true;
            });
            for (Entry entry : entries) {
                entry(target, entry.name(), entry.id(), path, depth);
            }
        }
    }

    /** Copies one entry; what goes wrong with it is said. @throws Refusal if the same would be so of all that follow */
    private void entry(TargetDirectory target, Name name, long id, byte[] path, int depth) throws Refusal {
        try {
            Attributes attributes = tree.getattr(id);
            byte[] own = join(path, name);
            if (!attributes.isDirectory() && attributes.nlink() > 1) {
                byte[] first = linked.get(id);
                if (first != null) {
                    target.link(top, first, name);
                    return;
                }
            }
            switch (Mode.type(attributes.mode())) {
                case Mode.S_IFDIR -> {
                    require(id, depth + 1);
                    try (TargetDirectory made = target.mkdir(name)) {
                        directory(id, made, own, depth + 1);
                    }
                }
                case Mode.S_IFREG -> file(target, name, id, attributes.size());
                case Mode.S_IFLNK -> target.symlink(tree.readlink(id), name);
                default -> {
                    if (Mode.isDevice(attributes.mode()) && !root) {
                        devices++;
                        return;
                    }
                    target.mknod(name, Mode.type(attributes.mode()) | 0600, attributes.rdev());
                }
            }
            if (!attributes.isDirectory() && attributes.nlink() > 1) {
                linked.put(id, own);
            }
            finish(target, name, id, attributes);
        } catch (FsException | IOException e) {
            if (e instanceof IOException failed && says(failed, Errno.ENOSPC, Errno.EDQUOT, Errno.EROFS)) {
                throw new Refusal(
                        Refusal.CANNOT_CREATE,
                        printable(path, name) + ": " + e.getMessage() + "; what came before it is in " + into);
            }
            if (single && e instanceof IOException) {
                throw new Refusal(Refusal.CANNOT_CREATE, e.getMessage());
            }
            faults++;
            System.err.println("liveroot: " + printable(path, name) + ": " + e.getMessage());
        }
    }

    private static byte[] join(byte[] path, Name name) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        joined.writeBytes(path);
        if (path.length > 0) {
            joined.write('/');
        }
        joined.writeBytes(name.bytes());
        return joined.toByteArray();
    }

    /** Whether a call of the host failed with one of these. */
    private static boolean says(IOException e, Errno... errors) {
        String message = String.valueOf(e.getMessage());
        return Stream.of(errors).anyMatch(errno -> message.endsWith(Libc.error(errno.number())));
    }

    private String printable(byte[] path, Name name) {
        return Name.printable(single ? source : source + "/" + Name.of(join(path, name)));
    }

    private void file(TargetDirectory target, Name name, long id, long size) throws FsException, IOException {
        try (FileChannel out = target.create(name, size)) {
            long at = 0;
            while (at < size) {
                long data = seek(id, at, FileTree.SEEK_DATA);
                if (data < 0) {
                    break;
                }
                long end = seek(id, data, FileTree.SEEK_HOLE);
                out.position(data);
                copy(id, data, end < 0 ? size : end, out);
                at = end < 0 ? size : end;
            }
        }
    }

    /** @return -1 if there is none */
    private long seek(long id, long from, int whence) throws FsException {
        try {
            return tree.lseek(id, 0, from, whence);
        } catch (FsException e) {
            if (e.errno() == Errno.ENXIO) {
                return -1;
            }
            throw e;
        }
    }

    private void copy(long id, long from, long to, FileChannel out) throws FsException, IOException {
        for (long at = from; at < to; ) {
            try (ChannelSink sink = new ChannelSink()) {
                tree.read(id, 0, at, (int) Math.min(PIECE, to - at), sink);
                long written = sink.writeTo(out);
                if (written == 0) {
                    throw new FsException(Errno.EIO, "ends at byte " + at + ", it is said to go on to " + to);
                }
                at += written;
            }
        }
    }

    /** What is set when the content is there. A change of owner clears set-user-id and capabilities, so it comes first. */
    private void finish(TargetDirectory target, Name name, long id, Attributes a) throws FsException, IOException {
        if (root) {
            target.chown(name, a.uid(), a.gid());
        }
        IOException failed = null;
        for (Name attribute : tree.listxattr(id)) {
            byte[] value = tree.getxattr(id, attribute);
            try {
                target.setxattr(name, attribute, value);
            } catch (IOException e) {
                // Another user than root may set those of "user." only, and this system knows no other system's names.
                if (says(e, Errno.EOPNOTSUPP, Errno.EPERM)) {
                    attributesLost++;
                } else {
                    failed = e;
                }
            }
        }
        if (!a.isSymlink()) {
            target.chmod(name, root ? a.mode() : a.mode() & ~(Mode.S_ISUID | Mode.S_ISGID));
        }
        target.setTimes(name, a.atime(), a.atimeNanos(), a.mtime(), a.mtimeNanos());
        if (failed != null) {
            throw failed;
        }
    }
}
