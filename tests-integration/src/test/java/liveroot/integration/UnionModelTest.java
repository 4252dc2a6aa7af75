package liveroot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random system calls on a union over an image and on a tmpfs with the same files must agree: see model.py. Where the
 * union has too few pages or inodes, what it answers with ENOSPC must have changed nothing. A run that does not agree is
 * shrunk to the few calls that make the difference, which are printed.
 *
 * <p>Longer runs: {@code -Dliveroot.test.model.operations=100000} for each way of serving,
 * {@code -Dliveroot.test.model.seed=N} for others than usual.
 */
class UnionModelTest {

    private static final int OPERATIONS = Integer.getInteger("liveroot.test.model.operations", 4000);

    /** Of those in a union that is full now and then. */
    private static final int TIGHT = OPERATIONS / 4;

    private static final int SEED = Integer.getInteger("liveroot.test.model.seed", 1);

    /** As many as replays may be needed to shrink a run. */
    private static final String DIRECTORIES = "200";

    @ParameterizedTest(name = "{0}")
    @EnumSource(Served.class)
    void random_calls_do_the_same_in_a_union_and_in_a_tmpfs(Served served) {
        Host.needsRoot("foreign owners, device nodes, trusted attributes and dropping of the kernel's caches");
        Host.needs("setfattr", "perl", Served.PYTHON);
        Path tree = Images.tree("model-tree.sh", DIRECTORIES);
        String[] unions = {"--union", "/cases=1g,noatime", "--union", "/tight=256k,nr_inodes=60,noatime"};
        try (KernelMount tmpfs = KernelMount.tmpfs("noatime,size=1g");
                Mounted mounted = served.mount(Images.of(SquashfsRecipe.LZ4, tree), unions)) {
            run(served, mounted, tmpfs, tree, "cases", OPERATIONS - TIGHT);
            run(served, mounted, tmpfs, tree, "tight", TIGHT, "--tight");
        }
    }

    private static void run(
            Served served,
            Mounted mounted,
            KernelMount tmpfs,
            Path tree,
            String union,
            int operations,
            String... options) {
        Path log = Workspace.path("calls");
        List<String> command = new ArrayList<>(List.of(
                Served.PYTHON,
                Images.file("model.py").toString(),
                mounted.directory(union).toString(),
                tmpfs.directory().toString(),
                tree.resolve(union).toString(),
                "--seed",
                Integer.toString(SEED),
                "--operations",
                Integer.toString(operations),
                "--log",
                log.toString(),
                "--without",
                // An inode for each name has its own locks and pages; the rest libfuse 2 does not carry.
                served.isKernel() ? "nothing" : "link,linkat,rename-flags,tmpfile,setacl,orphan"));
        command.addAll(List.of(options));
        Command.Result result;
        try {
            result = Command.of(command)
                    .within(Duration.ofMinutes(5).plusMillis(5L * operations))
                    .run();
        } catch (AssertionError e) {
            throw new AssertionError("the last calls were " + lastLines(log), e);
        }
        assertEquals(0, result.status(), result::text);
        if (OPERATIONS > 10_000) {
            System.out.println(served + ", " + union + ": " + result.text());
        }
    }

    private static List<String> lastLines(Path file) {
        try {
            List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
            return lines.subList(Math.max(0, lines.size() - 20), lines.size());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
