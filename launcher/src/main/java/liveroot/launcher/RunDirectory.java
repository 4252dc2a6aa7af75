package liveroot.launcher;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import liveroot.fs.sys.Libc;
import liveroot.fs.sys.MountTable;

/**
 * Where daemons are found: /run/liveroot for root, $XDG_RUNTIME_DIR/liveroot for others (and for the root of a user
 * namespace, who may not write to /run), /tmp/liveroot-UID where that is not set; UID is what the user is outside of the
 * user namespace, where most are 0. It is its owner's alone. A daemon has
 * three files there, named by its process id: {@code PID.mount} holds the number and the directory of its root mount, or
 * the directories of its covers, with a NUL between them, {@code PID.socket}
 * is where it answers, {@code PID.log} is its log. {@code mounting} is there to be locked.
 */
final class RunDirectory {

    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");

    /** How many logs are kept of daemons that have ended and had something to say. */
    private static final int OLD_LOGS = 8;

    private final Path path;

    RunDirectory(Path path) {
        this.path = path;
    }

    /** That of the user who runs this process; it need not exist. */
    static RunDirectory ours() {
        int uid = Libc.geteuid();
        String session = System.getenv("XDG_RUNTIME_DIR");
        if (uid == 0 && Files.isWritable(Path.of("/run"))) {
            return new RunDirectory(Path.of("/run/liveroot"));
        } else if (session != null && session.startsWith("/") && Files.isWritable(Path.of(session))) {
            return new RunDirectory(Path.of(session, "liveroot"));
        }
        return new RunDirectory(Path.of("/tmp/liveroot-" + outside(uidMap(), uid)));
    }

    private static String uidMap() {
        try {
            return Files.readString(Path.of("/proc/self/uid_map"));
        } catch (IOException e) {
            // No user namespaces on this host.
            return "";
        }
    }

    /**
     * A user's number in the user namespace around this one.
     *
     * @param map lines of the first number inside, the first outside and how many there are, see user_namespaces(7)
     */
    static long outside(String map, long uid) {
        for (String line : map.lines().toList()) {
            String[] fields = line.strip().split(" +", -1);
            long first = Long.parseLong(fields[0]);
            if (uid >= first && uid < first + Long.parseLong(fields[2])) {
                return Long.parseLong(fields[1]) + uid - first;
            }
        }
        return uid;
    }

    Path path() {
        return path;
    }

    /** Makes it if it is missing. @throws Refusal if it is not what it should be: somebody else may have made it */
    void make() throws Refusal {
        try {
            try {
                Files.createDirectory(path, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
            } catch (FileAlreadyExistsException e) {
                // Judged next.
            }
            PosixFileAttributes found =
                    Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            int owner = (Integer) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
            if (!found.isDirectory() || owner != Libc.geteuid()) {
                throw new Refusal(
                        Refusal.CANNOT_CREATE,
                        path + ": should be a directory of user " + Libc.geteuid() + " and is "
                                + (found.isDirectory() ? "one of user " + owner : "none")
                                + ": remove it, or set XDG_RUNTIME_DIR to a directory of your own");
            }
            if (!found.permissions().equals(OWNER_ONLY)) {
                Files.setPosixFilePermissions(path, OWNER_ONLY);
            }
        } catch (IOException e) {
            throw new Refusal(Refusal.CANNOT_CREATE, "no place for the daemon's socket: " + IoErrors.describe(e));
        }
    }

    /**
     * Waits until no other process of this user is mounting at that directory; nor will one until the answer is closed,
     * or this process has ended, in whatever way. It is a lock (fcntl(2)) on one byte of a file, whose position tells the
     * directory.
     *
     * @param directory without symlinks
     */
    Closeable claim(Path directory) throws Refusal, IOException {
        make();
        FileChannel file =
                FileChannel.open(path.resolve("mounting"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            file.lock(position(directory), 1, false);
            return file;
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static long position(Path directory) {
        long hash = 0;
        for (byte b : directory.toString().getBytes(StandardCharsets.UTF_8)) {
            // The multiplier of splitmix64; two directories that met would only wait for one another.
            hash = (hash ^ b) * 0xbf58476d1ce4e5b9L;
            hash ^= hash >>> 29;
        }
        return hash >>> 2;
    }

    /**
     * A daemon, alive or not.
     *
     * @param pid its process
     * @param directories of its root mount, or of its covers, at least one
     * @param mount number and device of its root mount in the mount table, "36 0:50"; empty if that is not known
     */
    record Entry(long pid, List<Path> directories, String mount) {

        Entry(long pid, Path directory, String mount) {
            this(pid, List.of(directory), mount);
        }

        /** The first of them. */
        Path directory() {
            return directories.get(0);
        }

        /** As a file holds it: the mount, if it is known, and behind a newline the directories, which begin with '/'. */
        private String text() {
            return (mount.isEmpty() ? "" : mount + "\n")
                    + directories.stream().map(Path::toString).collect(Collectors.joining("\0"));
        }

        private static Entry of(long pid, String text) {
            int first = text.indexOf('/');
            return new Entry(
                    pid,
                    Stream.of(text.substring(first).split("\0", -1))
                            .map(Path::of)
                            .toList(),
                    text.substring(0, first).strip());
        }
    }

    /** As {@link Entry} has it. A mount that is moved keeps its number, a bind mount has its own. */
    static String mount(MountTable.Entry mount) {
        return mount.id() + " " + mount.device();
    }

    /** Those that are noted here, by process id. */
    List<Entry> entries() throws IOException {
        List<Entry> entries = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(path, "*.mount")) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                String pid = name.substring(0, name.length() - ".mount".length());
                if (isNumber(pid)) {
                    try {
                        entries.add(Entry.of(Long.parseLong(pid), Files.readString(file)));
                    } catch (NoSuchFileException e) {
                        // It has ended meanwhile.
                    }
                }
            }
        } catch (NoSuchFileException e) {
            return List.of();
        }
        entries.sort((a, b) -> Long.compare(a.pid(), b.pid()));
        return entries;
    }

    private static boolean isNumber(String text) {
        return !text.isEmpty() && text.length() <= 10 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    /** Notes a daemon, or that it serves other directories now. */
    void add(Entry entry) throws IOException {
        // Whole or not at all: others may be reading.
        Path draft = path.resolve(entry.pid() + ".draft");
        try {
            Files.write(draft, entry.text().getBytes(StandardCharsets.UTF_8));
        } catch (FileSystemException e) {
            throw e;
        } catch (IOException e) {
            Files.deleteIfExists(draft);
            throw new IOException(draft + " cannot be written: " + IoErrors.describe(e), e);
        }
        Files.move(draft, path.resolve(entry.pid() + ".mount"), StandardCopyOption.REPLACE_EXISTING);
    }

    /** Forgets a daemon; its log stays if it says anything. */
    void remove(long pid) throws IOException {
        Files.deleteIfExists(path.resolve(pid + ".mount"));
        Files.deleteIfExists(socket(pid));
        Path log = log(pid);
        if (Files.exists(log) && Files.size(log) == 0) {
            Files.deleteIfExists(log);
        }
    }

    /** Removes logs of daemons that are gone, but for the last few. */
    void dropOldLogs() throws IOException {
        List<Path> old = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(path, "*.log*")) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (!Files.exists(path.resolve(name.substring(0, name.indexOf('.')) + ".mount"))) {
                    old.add(file);
                }
            }
        }
        old.sort(Comparator.comparing(RunDirectory::lastWritten));
        for (int i = 0; i < old.size() - OLD_LOGS; i++) {
            Files.deleteIfExists(old.get(i));
        }
    }

    static FileTime lastWritten(Path file) {
        try {
            return Files.getLastModifiedTime(file);
        } catch (IOException e) {
            return FileTime.fromMillis(0);
        }
    }

    Path socket(long pid) {
        return path.resolve(pid + ".socket");
    }

    Path log(long pid) {
        return path.resolve(pid + ".log");
    }
}
