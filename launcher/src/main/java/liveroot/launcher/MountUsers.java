package liveroot.launcher;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import liveroot.fs.Errno;
import liveroot.fs.sys.Libc;

/**
 * Who uses a mount, as far as /proc tells: links are read, nothing is followed, so a mount that hangs does not hang us.
 */
final class MountUsers {

    private static final int MOST_NAMED = 3;

    private static final Path PROC = Path.of("/proc");

    private static final String UNSEEN =
            " (/proc shows nobody: a socket that is bound there by a relative name, a swap file"
                    + " or a loop device may keep it)";

    /** A mount, without the others that lie on it. */
    private record Place(Path directory, List<Path> others) {

        static Place of(Path directory, List<Path> mounts) {
            return new Place(
                    directory,
                    mounts.stream()
                            .filter(other -> other.startsWith(directory) && !other.equals(directory))
                            .toList());
        }

        boolean has(Path path) {
            return path.startsWith(directory) && others.stream().noneMatch(path::startsWith);
        }
    }

    private MountUsers() {}

    /** "bash (1234) has its working directory in it" for the first few; empty if none is found. */
    static String of(Path directory, Path proc) {
        return of(Place.of(directory, List.of()), proc);
    }

    private static String of(Place place, Path proc) {
        String users = list(proc, process -> use(process, place));
        // A server that was there before the mount has its socket at the same path and does no harm, so these come
        // last.
        return users.isEmpty() ? servers(place, proc) : users;
    }

    /**
     * That mounts are in use, and by whom.
     *
     * @param mounts that are there still, the first is the one that could not be unmounted
     * @param e why not, said if no user of it is found
     */
    static Refusal busy(List<Path> mounts, IOException e) {
        return new Refusal(Refusal.BUSY, busy(mounts, e.getMessage(), PROC));
    }

    static String busy(List<Path> mounts, String fault, Path proc) {
        List<String> busy = new ArrayList<>();
        for (Path mount : mounts) {
            String users = of(Place.of(mount, mounts), proc);
            if (!users.isEmpty()) {
                busy.add(mount + " is busy: " + users);
            } else if (mount.equals(mounts.get(0))) {
                busy.add(fault.contains(Libc.error(Errno.EBUSY.number())) ? fault + UNSEEN : fault);
            }
        }
        return String.join("; ", busy);
    }

    /**
     * Where a mount lives on that was unmounted at its own place: a bind mount, or other mount namespaces.
     *
     * @param devices its "major:minor", and those of what was mounted on it
     */
    static String elsewhere(Set<String> devices, Path proc) {
        Path self = proc.resolve("self");
        String here = mounts(self, devices)
                .map(line -> line.split(" ", 6)[4])
                .distinct()
                .collect(Collectors.joining(", "));
        if (!here.isEmpty()) {
            return "it is mounted on " + here + " too";
        }
        Path ours = namespace(self);
        return list(
                proc,
                process -> !namespace(process).equals(ours)
                                && mounts(process, devices).findAny().isPresent()
                        ? "has it in another mount namespace"
                        : null);
    }

    /** Whether a process is known to be in another mount namespace than this one. */
    static boolean isElsewhere(long pid, Path proc) {
        Path theirs = namespace(proc.resolve(String.valueOf(pid)));
        Path ours = namespace(proc.resolve("self"));
        return !theirs.startsWith(proc) && !ours.startsWith(proc) && !theirs.equals(ours);
    }

    private static String list(Path proc, Function<Path, String> useOf) {
        List<String> users = new ArrayList<>();
        int more = 0;
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[0-9]*")) {
            for (Path process : processes) {
                String use = useOf.apply(process);
                if (use != null && users.size() < MOST_NAMED) {
                    users.add(command(process) + " (" + process.getFileName() + ") " + use);
                } else if (use != null) {
                    more++;
                }
            }
        } catch (IOException | RuntimeException e) {
            // What is known so far is better than nothing.
        }
        return String.join(", ", users) + (more > 0 ? " and " + more + " more" : "");
    }

    private static String command(Path process) {
        try {
            return Files.readString(process.resolve("comm"), StandardCharsets.UTF_8)
                    .strip();
        } catch (IOException e) {
            return "a process";
        }
    }

    private static String use(Path process, Place place) {
        if (leads(process.resolve("cwd"), place::has)) {
            return "has its working directory in it";
        } else if (leads(process.resolve("root"), place::has)) {
            return "has its root in it";
        } else if (leads(process.resolve("exe"), place::has)) {
            return "runs from it";
        } else if (isOpen(process, place::has)) {
            return "has a file open in it";
        }
        return maps(process, place) ? "has a file mapped from it" : null;
    }

    private static boolean leads(Path link, Predicate<Path> where) {
        try {
            return where.test(Files.readSymbolicLink(link));
        } catch (IOException | RuntimeException e) {
            return false;
        }
    }

    /** Whether one of its descriptors leads there. */
    private static boolean isOpen(Path process, Predicate<Path> where) {
        try (DirectoryStream<Path> open = Files.newDirectoryStream(process.resolve("fd"))) {
            for (Path file : open) {
                if (leads(file, where)) {
                    return true;
                }
            }
        } catch (IOException | RuntimeException e) {
            // Another user's, or it has ended.
        }
        return false;
    }

    /** Who has sockets with names in it: such a name keeps a mount busy, and is no open file. */
    private static String servers(Place place, Path proc) {
        Map<Path, Path> sockets = sockets(place, proc);
        String users = list(proc, process -> {
            for (Map.Entry<Path, Path> socket : sockets.entrySet()) {
                if (isOpen(process, socket.getKey()::equals)) {
                    return "has the socket " + socket.getValue() + " bound in it";
                }
            }
            return null;
        });
        return users.isEmpty() && !sockets.isEmpty()
                ? "the socket " + sockets.values().iterator().next() + " is bound in it"
                : users;
    }

    /** Names of sockets that were bound by absolute paths, by what descriptors of them lead to: "socket:[NUMBER]". */
    private static Map<Path, Path> sockets(Place place, Path proc) {
        Map<Path, Path> sockets = new LinkedHashMap<>();
        try {
            String table = new String(Files.readAllBytes(proc.resolve("net/unix")), StandardCharsets.UTF_8);
            for (String line : table.split("\n", -1)) {
                // Num RefCount Protocol Flags Type St Inode Path
                String[] fields = line.split(" +", 8);
                if (fields.length == 8 && fields[7].startsWith("/") && place.has(Path.of(fields[7]))) {
                    sockets.put(Path.of("socket:[" + fields[6] + "]"), Path.of(fields[7]));
                }
            }
        } catch (IOException | RuntimeException e) {
            // As above.
        }
        return sockets;
    }

    /** Lines of the mount table of a process that are of these devices, see proc(5). */
    private static Stream<String> mounts(Path process, Set<String> devices) {
        try {
            return Files.readAllLines(process.resolve("mountinfo"), StandardCharsets.ISO_8859_1).stream()
                    .filter(line -> devices.contains(line.split(" ", 4)[2]));
        } catch (IOException e) {
            // As above.
            return Stream.empty();
        }
    }

    /** Its name, or the process itself if that may not be known. */
    private static Path namespace(Path process) {
        try {
            return Files.readSymbolicLink(process.resolve("ns/mnt"));
        } catch (IOException e) {
            return process;
        }
    }

    private static boolean maps(Path process, Place place) {
        try {
            for (String line : Files.readAllLines(process.resolve("maps"), StandardCharsets.UTF_8)) {
                int path = line.indexOf('/');
                if (path >= 0 && place.has(Path.of(line.substring(path)))) {
                    return true;
                }
            }
        } catch (IOException | RuntimeException e) {
            // As above.
        }
        return false;
    }
}
