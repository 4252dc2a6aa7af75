package liveroot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/**
 * A union over a directory of an image, and a tmpfs that was filled with the same files. What a program does in one must
 * look the same in the other: what it prints, its exit status, and the tree that it leaves.
 *
 * <p>The image has 100 directories that are alike. Each case works in one of its own, so that all share one mount.
 */
final class UnionTwin implements AutoCloseable {

    private static final Path TREE = Images.tree("union-cases.sh");

    private final Front front;
    private final Mounted mounted;
    private final KernelMount tmpfs;
    private final Map<String, Instant> compared = new TreeMap<>();
    private int used;

    private UnionTwin(Front front, Mounted mounted, KernelMount tmpfs) {
        this.front = front;
        this.mounted = mounted;
        this.tmpfs = tmpfs;
    }

    static UnionTwin open(Front front) {
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
            Mounted mounted = Mounted.of(Images.of(SquashfsRecipe.LZ4, TREE), front, "--union", "/cases=256m");
            return new UnionTwin(front, mounted, tmpfs);
        } catch (RuntimeException | Error e) {
            tmpfs.close();
            throw e;
        }
    }

    Front front() {
        return front;
    }

    /** A directory for one more case. */
    private String next() {
        return String.format("%02d", used++);
    }

    /** Runs a bash script in both, and compares. @return what it printed */
    String same(String script) {
        return same(script, Duration.ofSeconds(60));
    }

    String same(String script, Duration limit) {
        String number = next();
        Command.of(
                        "cp",
                        "-a",
                        TREE.resolve("cases").resolve(number).toString(),
                        tmpfs.directory().toString())
                .ok();
        compared.put(number, Instant.now());
        Command.Result expected = run(script, tmpfs.directory().resolve(number), limit);
        assertEquals(0, expected.status(), () -> "the script itself is wrong: " + expected);
        Command.Result found = run(script, inUnion(number), limit);
        assertEquals(said(expected), said(found), () -> "in the union, other than in a tmpfs:\n" + script);
        compare(number);
        return found.out();
    }

    private static String said(Command.Result result) {
        return result.out() + result.err() + "exit status " + result.status();
    }

    private static Command.Result run(String script, Path directory, Duration limit) {
        return Command.bash(script)
                .in(directory)
                .with("SYS", Images.file("sys.pl").toString())
                .within(limit)
                .run();
    }

    private Path inUnion(String number) {
        return mounted.directory("cases").resolve(number);
    }

    private void compare(String number) {
        Instant start = compared.get(number);
        TreeListing expected = TreeListing.of(tmpfs.directory().resolve(number)).agedFrom(start);
        TreeListing.of(inUnion(number)).agedFrom(start).assertSameAs(expected);
    }

    /** Looks at every case again, with nothing left in the kernel's caches: what the daemon knows, not what the kernel does. */
    void compareAllWithColdCaches() {
        Command.bash("sync; echo 3 > /proc/sys/vm/drop_caches").ok();
        compared.keySet().forEach(this::compare);
    }

    /** Runs a script in the union only. */
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
