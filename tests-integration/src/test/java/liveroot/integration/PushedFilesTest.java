package liveroot.integration;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Files that go to the kernel's page cache before they are read, under a union over the root. {@code
 * -Dliveroot.test.seconds=600} for the long form, which races on new mounts until then.
 */
class PushedFilesTest {

    private static final int FILES = 1200;
    private static final int SECONDS = Integer.getInteger("liveroot.test.seconds", 0);

    private static Path image;

    @BeforeAll
    static void makeImage() {
        Host.needs(Served.PYTHON, "mksquashfs");
        Path tree = Workspace.directory("ahead");
        image = Workspace.path("ahead.sqfs");
        Command.bash(
                        "\"$1\" \"$2\" make \"$3\"; mksquashfs \"$3\" \"$4\" -comp gzip -b 16k -no-progress > /dev/null",
                        Served.PYTHON,
                        Images.file("ahead.py"),
                        tree,
                        image)
                .ok();
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(
            value = Served.class,
            names = {"KERNEL_TMPFS", "KERNEL_MEMORY"})
    void files_ahead_of_a_reader_are_read_without_a_request(Served served) {
        try (Mounted mounted = served.mount(image, "--union", "/=64m")) {
            ahead(mounted, "read", 0);
            long reads = mounted.status().get("requests").path("READ").asLong();
            // How many, is for the scheduler to say.
            assertTrue(reads < FILES, reads + " READs of " + FILES + " files");
        }
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(
            value = Served.class,
            names = {"KERNEL_TMPFS", "KERNEL_MEMORY"})
    void what_is_written_to_a_file_is_never_overwritten_by_what_the_image_holds(Served served) {
        long end = System.nanoTime() + Duration.ofSeconds(SECONDS).toNanos();
        int seed = 0;
        do {
            try (Mounted mounted = served.mount(image, "--union", "/=64m")) {
                ahead(mounted, "race", ++seed);
            }
        } while (System.nanoTime() < end);
    }

    private static void ahead(Mounted mounted, String work, int seed) {
        Command.of(
                        Served.PYTHON,
                        Images.file("ahead.py").toString(),
                        work,
                        mounted.directory().toString(),
                        "--seed",
                        Integer.toString(seed))
                .within(Duration.ofMinutes(2))
                .ok();
    }
}
