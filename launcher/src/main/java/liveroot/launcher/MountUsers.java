package liveroot.launcher;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Who uses a mount, as far as /proc tells: links are read, nothing is followed, so a mount that hangs does not hang us.
 */
final class MountUsers {

    private static final int MOST_NAMED = 3;

    private MountUsers() {}

    /** "bash (1234) has its working directory in it" for the first few; empty if none is found. */
    static String of(Path directory) {
        return of(directory, Path.of("/proc"));
    }

    static String of(Path directory, Path proc) {
        return list(proc, process -> use(process, directory));
    }

    /**
     * That a mount is in use, and by whom.
     *
     * @param e why it could not be unmounted, said if no user is found
     */
    static Refusal busy(Path directory, IOException e) {
        String users = of(directory);
        return new Refusal(Refusal.BUSY, users.isEmpty() ? e.getMessage() : directory + " is busy: " + users);
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

    private static String use(Path process, Path directory) {
        if (leadsInto(process.resolve("cwd"), directory)) {
            return "has its working directory in it";
        } else if (leadsInto(process.resolve("root"), directory)) {
            return "has its root in it";
        } else if (leadsInto(process.resolve("exe"), directory)) {
            return "runs from it";
        }
        try (DirectoryStream<Path> open = Files.newDirectoryStream(process.resolve("fd"))) {
            for (Path file : open) {
                if (leadsInto(file, directory)) {
                    return "has a file open in it";
                }
            }
        } catch (IOException | RuntimeException e) {
            // Another user's, or it has ended.
        }
        return maps(process, directory) ? "has a file mapped from it" : null;
    }

    private static boolean leadsInto(Path link, Path directory) {
        try {
            return Files.readSymbolicLink(link).startsWith(directory);
        } catch (IOException | RuntimeException e) {
            return false;
        }
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

    private static boolean maps(Path process, Path directory) {
        String prefix = directory.toString().equals("/") ? "/" : directory + "/";
        try {
            for (String line : Files.readAllLines(process.resolve("maps"), StandardCharsets.UTF_8)) {
                int path = line.indexOf('/');
                if (path >= 0 && line.startsWith(prefix, path)) {
                    return true;
                }
            }
        } catch (IOException e) {
            // As above.
        }
        return false;
    }
}
