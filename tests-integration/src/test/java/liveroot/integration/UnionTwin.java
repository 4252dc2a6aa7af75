package liveroot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/**
 * A union, and a tmpfs with the same files. What a program does in one must look the same in the other: what it prints,
 * its exit status, and the tree that it leaves.
 *
 * <p>The files are in 100 directories that are alike. Each case works in one of its own, so that all share one mount. What
 * is to be expected of a script is found out once, and serves for every union.
 */
final class UnionTwin implements AutoCloseable {

    /** Where the files that a case begins with are: in the image, or all of them written to a union over nothing. */
    enum Files {
        IN_THE_IMAGE("/cases"),
        IN_THE_UNION("/empty");

        private final String union;

        Files(String union) {
            this.union = union;
        }

        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
        }
    }

    /** What a script has left in the tmpfs, and when it was begun there. */
    private record Expected(Command.Result result, TreeListing left, Instant start) {}

    /** What is to be compared again, and when it was begun in the union. */
    private record Done(String script, Instant start) {}

    private static final String SIZE = SystemCallTest.LARGE ? "=256m,nr_inodes=250000" : "=256m";
    private static final Path TREE = Images.tree("union-cases.sh");
    private static final Map<String, Expected> EXPECTED = new ConcurrentHashMap<>();

    private final Files files;
    private final Mounted mounted;
    private final KernelMount tmpfs;
    private final Map<String, Done> done = new TreeMap<>();
    private int used;

    private UnionTwin(Files files, Mounted mounted, KernelMount tmpfs) {
        this.files = files;
        this.mounted = mounted;
        this.tmpfs = tmpfs;
    }

    /** The parameters of a class of cases. The fronts differ in what they carry, not in where a file came from. */
    static Stream<Arguments> unions() {
        return Stream.of(
                Arguments.of(Served.KERNEL_TMPFS, Files.IN_THE_IMAGE),
                Arguments.of(Served.KERNEL_TMPFS, Files.IN_THE_UNION),
                Arguments.of(Served.KERNEL_MEMORY, Files.IN_THE_IMAGE),
                Arguments.of(Served.KERNEL_MEMORY, Files.IN_THE_UNION),
                Arguments.of(Served.JNR_FUSE, Files.IN_THE_IMAGE),
                Arguments.of(Served.COVER, Files.IN_THE_IMAGE));
    }

    static UnionTwin open(Served served, Files files) {
        Host.needsRoot("unions are compared with a tmpfs, by device nodes and foreign owners too");
        Host.needs("setfattr", "perl");
        KernelMount tmpfs = KernelMount.tmpfs("size=256m");
        if (!Command.bash(
                        "echo > \"$1/probe\"; setfattr -n user.a -v b \"$1/probe\"; rm \"$1/probe\"", tmpfs.directory())
                .succeeds()) {
            tmpfs.close();
            Host.skip(
                    "this kernel's tmpfs has no user xattrs (it needs 6.6), so there is nothing to compare unions with");
        }
        try {
            Path image = Images.of(SquashfsRecipe.LZ4, TREE);
            return new UnionTwin(files, served.mount(image, "--union", files.union + SIZE), tmpfs);
        } catch (RuntimeException | Error e) {
            tmpfs.close();
            throw e;
        }
    }

    /** A directory for one more case. */
    private String next() {
        String number = String.format("%02d", used++);
        if (files == Files.IN_THE_UNION) {
            copy(number, mounted.directory(files.union.substring(1)));
        }
        return number;
    }

    private static void copy(String number, Path to) {
        Command.of("cp", "-a", TREE.resolve("cases").resolve(number).toString(), to.toString())
                .ok();
    }

    /** Runs a bash script in both, and compares. @return what it printed */
    String same(String script) {
        return same(script, Duration.ofSeconds(60));
    }

    String same(String script, Duration limit) {
        String number = next();
        Expected expected = EXPECTED.computeIfAbsent(script, s -> {
            Instant start = Instant.now();
            copy(number, tmpfs.directory());
            Path directory = tmpfs.directory().resolve(number);
            Command.Result result = run(script, directory, limit);
            assertEquals(0, result.status(), () -> "the script itself is wrong: " + result);
            return new Expected(result, TreeListing.of(directory), start);
        });
        done.put(number, new Done(script, Instant.now()));
        Command.Result found = run(script, inUnion(number), limit);
        assertEquals(said(expected.result), said(found), () -> "in the union, other than in a tmpfs:\n" + script);
        compare(number, TreeListing.of(inUnion(number)));
        return found.out();
    }

    private static String said(Command.Result result) {
        return result.out() + result.err() + "exit status " + result.status();
    }

    private static Command.Result run(String script, Path directory, Duration limit) {
        return Command.bash(script)
                .in(directory)
                .with("SYS", Images.file("sys.pl").toString())
                .with("PYTHONPATH", Images.file("calls.py").getParent().toString())
                .with("PYTHONDONTWRITEBYTECODE", "1")
                .within(limit)
                .run();
    }

    private Path inUnion(String number) {
        return mounted.directory(files.union.substring(1)).resolve(number);
    }

    private void compare(String number, TreeListing found) {
        Done one = done.get(number);
        Expected expected = EXPECTED.get(one.script);
        found.agedFrom(one.start).assertSameAs(expected.left.agedFrom(expected.start));
    }

    /**
     * Looks at every case again, with nothing left in the kernel's caches: what the daemon knows, not what the kernel does.
     * The kernel drops what it has of a file system that is remounted (reconfigure_super() in its fs/super.c); by
     * /proc/sys/vm/drop_caches it would drop what other tests count on.
     */
    void compareAllWithColdCaches() {
        String remount =
                """
                import ctypes, os, sys
                path, MS_REMOUNT = sys.argv[1], 32
                while not os.path.ismount(path):
                    path = os.path.dirname(path)
                os.sync()
                libc = ctypes.CDLL(None, use_errno=True)
                if libc.mount(None, os.fsencode(path), None, MS_REMOUNT, None) != 0:
                    sys.exit(os.strerror(ctypes.get_errno()))
                """;
        Command.of("python3", "-c", remount, inUnion("").toString()).ok();
        TreeListing all = TreeListing.of(inUnion(""));
        done.keySet().forEach(number -> compare(number, all.below(number)));
    }

    /** Runs a script in the union only. @return what it printed */
    String inUnion(String script, Duration limit) {
        Command.Result result = run(script, inUnion(next()), limit);
        assertEquals(0, result.status(), result::toString);
        return result.out();
    }

    Mounted mounted() {
        return mounted;
    }

    @Override
    public void close() {
        try (tmpfs) {
            mounted.close();
        }
    }
}
