package liveroot.integration;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** A mount by {@code liveroot mount}, taken down at the end whatever happened to it. */
final class Mounted implements AutoCloseable {

    /** Marks the daemon's environment, so that it can be found and ended even if it no longer answers. */
    private static final String MARK = "LIVEROOT_TESTS_MOUNT";

    private final Path directory;
    private final String mark;

    /** The covered root, null if the image is mounted by liveroot itself. */
    private final KernelMount below;

    private Mounted(Path directory, String mark, KernelMount below) {
        this.directory = directory;
        this.mark = mark;
        this.below = below;
    }

    /** Mounts {@code image} at a new directory; {@code options} are those of the command, "--union", "/var=1m" ... */
    static Mounted of(Path image, Front front, String... options) {
        return of(image, front, null, options);
    }

    /** @param java the JVM's program, null for the one that is found */
    static Mounted of(Path image, Front front, String java, String[] options) {
        return at(Workspace.directory("liveroot"), List.of(image), front, java, options);
    }

    static Mounted at(Path directory, Path image, Front front, String... options) {
        return at(directory, List.of(image), front, null, options);
    }

    /** Mounts images as layers of one root, the uppermost first. */
    static Mounted layers(List<Path> images, Front front, String... options) {
        return at(Workspace.directory("liveroot"), images, front, null, options);
    }

    private static Mounted at(Path directory, List<Path> images, Front front, String java, String[] options) {
        front.need();
        KernelMount below = front == Front.COVER ? KernelMount.squashfs(images.get(0), directory) : null;
        Mounted mounted = new Mounted(directory, directory + "@" + System.nanoTime(), below);
        Command command = mounted.command(images, front, options);
        Command.Result result = (java == null ? command : command.with("LIVEROOT_JAVA", java)).run();
        if (result.status() != 0 || !result.out().isEmpty() || !result.err().isEmpty()) {
            AssertionError error = new AssertionError("mount is to succeed and print nothing: " + result);
            try {
                mounted.tearDown();
            } catch (AssertionError e) {
                error.addSuppressed(e);
            }
            throw error;
        }
        return mounted;
    }

    private Command command(List<Path> images, Front front, String... options) {
        List<String> words = new ArrayList<>();
        if (front == Front.COVER) {
            words.addAll(List.of("cover", "--root", directory.toString()));
            Stream.of(options).filter(option -> !option.equals("--union")).forEach(words::add);
        } else {
            words.add("mount");
            images.forEach(image -> words.add(image.toString()));
            words.add(directory.toString());
            words.addAll(Arrays.asList(options));
        }
        words.addAll(List.of("--front", front.option()));
        return Liveroot.command(words.toArray()).with(MARK, mark);
    }

    Path directory() {
        return directory;
    }

    Path directory(String path) {
        return directory.resolve(path);
    }

    /** Process ids of the daemon (one), found by the mark in its environment. */
    List<Long> daemons() {
        return Command.bash("grep -lzsxF \"$1\" /proc/[0-9]*/environ | cut -d/ -f3 || true", MARK + "=" + mark)
                .ok()
                .lines()
                .map(Long::valueOf)
                .toList();
    }

    long daemon() {
        List<Long> all = daemons();
        if (all.size() != 1) {
            throw new AssertionError("one daemon expected for " + directory + ", found " + all);
        }
        return all.get(0);
    }

    /** What {@code status --json} says. */
    JsonNode status() {
        return status(directory);
    }

    /** Asked for by a mounted directory: the root's, or that of a cover. */
    JsonNode status(Path at) {
        String json = Liveroot.command("status", at, "--json").ok();
        try {
            return new ObjectMapper().readTree(json).get(0);
        } catch (JsonProcessingException e) {
            throw new AssertionError("status --json is no JSON: " + json, e);
        }
    }

    /** kill -9: the mount stays behind and answers ENOTCONN. */
    void kill() {
        long pid = daemon();
        Command.of("kill", "-9", Long.toString(pid)).ok();
        awaitEnd(pid);
    }

    /** Of the daemon, which has been told to end. */
    void awaitEnd(long pid) {
        for (int i = 0; !daemons().isEmpty(); i++) {
            if (i == 100) {
                throw new AssertionError("daemon " + pid + " lives on after 10 s");
            }
            Command.of("sleep", "0.1").ok();
        }
    }

    /** Unmounts by the command and insists that nothing is left. */
    @Override
    public void close() {
        Command.Result result = (below == null ? Liveroot.command("umount", directory) : umountCovers())
                .within(Duration.ofSeconds(60))
                .run();
        if (below != null && result.status() == 0) {
            below.close();
        }
        String left = left();
        if (result.status() != 0 || !left.isEmpty()) {
            String state = Command.bash(
                            "for p in \"$@\"; do for t in /proc/$p/task/*; do cat $t/comm $t/wchan 2>/dev/null; echo;"
                                    + " done; done; grep -F '" + directory + "' /proc/self/mounts || true",
                            daemons().toArray())
                    .run()
                    .out();
            tearDown();
            throw new AssertionError(
                    "umount is to succeed and leave nothing: " + result + "left: " + left + "\n" + state);
        }
    }

    /** Each that does not lie in another. */
    private static final String UMOUNT_COVERS =
            """
            last=/none
            awk -v d="$2" '$3 == "fuse.liveroot" && ($2 == d || index($2, d "/") == 1) { print $2 }' /proc/self/mounts |
              sort | while read -r m; do
                case $m/ in "$last"/*) continue;; esac
                last=$m
                "$1" umount "$m"
              done
            """;

    private Command umountCovers() {
        return Command.bash(UMOUNT_COVERS, Liveroot.SCRIPT, directory);
    }

    /** Mounts and daemons that are there, in words; empty if none. */
    private String left() {
        String mounts = mounts();
        List<Long> daemons = daemons();
        return mounts + (daemons.isEmpty() ? "" : "daemon " + daemons);
    }

    /** The lines of /proc/self/mounts at or below the directory. */
    String mounts() {
        return Command.bash(
                        "awk -v d=\"$1\" '$2 == d || index($2, d \"/\") == 1' /proc/self/mounts", directory.toString())
                .ok();
    }

    /** The last resort. */
    private void tearDown() {
        Command.bash(
                        """
                        awk -v d="$1" '$2 == d || index($2, d "/") == 1 { print $2 }' /proc/self/mounts | tac |
                          while read -r m; do umount -l "$m" || true; done
                        shift
                        if [ $# != 0 ]; then kill -9 "$@" || true; fi
                        """,
                        arguments())
                .within(Duration.ofSeconds(20))
                .ok();
    }

    private Object[] arguments() {
        List<Object> all = new ArrayList<>(List.of(directory));
        all.addAll(daemons());
        return all.toArray();
    }
}
