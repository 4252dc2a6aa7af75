package liveroot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Work that goes on and on, by programs that look at what they read. {@code -Dliveroot.test.seconds=600} for the long
 * form, which prints how the daemon's memory goes meanwhile.
 */
class UnionEnduranceTest {

    private static final int SECONDS = Integer.getInteger("liveroot.test.seconds", 3);

    private static Path image;

    @BeforeAll
    static void makeImage() {
        Host.needsRoot("an image with foreign owners and device nodes");
        Host.needs(Served.PYTHON, "fio", "git", "rsync", "sqlite3");
        image = Images.of(SquashfsRecipe.LZ4, Images.tree("union-cases.sh"));
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(value = Served.class, mode = EnumSource.Mode.EXCLUDE, names = "COVER")
    void random_input_and_output_on_a_file_of_the_image_reads_what_was_written(Served served) {
        try (Mounted mounted = served.mount(image, "--union", "/cases=16m")) {
            Command.of(
                            Served.PYTHON,
                            Images.file("fsx.py").toString(),
                            "big",
                            "--seconds",
                            Integer.toString(SECONDS),
                            "--seed",
                            Integer.toString(SECONDS))
                    .in(mounted.directory("cases/01"))
                    .within(Duration.ofSeconds(SECONDS).plusMinutes(2))
                    .ok();
        }
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(value = Served.class, mode = EnumSource.Mode.EXCLUDE, names = "COVER")
    void eight_clients_at_once_come_to_no_harm(Served served) {
        try (Mounted mounted = served.mount(image, "--union", "/cases=256m");
                Command.Running clients = start(mounted)) {
            List<Long> resident = new ArrayList<>();
            while (SECONDS >= 60 && clients.isAlive()) {
                Command.of("sleep", "15").ok();
                resident.add(residentKib(mounted));
            }
            Command.Result result = clients.await();
            assertEquals(0, result.status(), result::text);
            if (!resident.isEmpty()) {
                System.out.println(served + ": daemon's resident KiB every 15 s: " + resident + "\n" + result.text());
                long middle = resident.subList(resident.size() / 4, resident.size() / 2).stream()
                        .mapToLong(Long::longValue)
                        .max()
                        .orElseThrow();
                long last = resident.get(resident.size() - 1);
                assertTrue(last < middle + middle / 4, "the daemon grows: " + resident);
            }
        }
    }

    private static Command.Running start(Mounted mounted) {
        return Command.of(
                        "bash",
                        Images.file("clients.sh").toString(),
                        Integer.toString(SECONDS),
                        Images.file("fsx.py").getParent().toString(),
                        Images.tree("source-tree.sh").toString())
                .in(mounted.directory("cases/02"))
                .within(Duration.ofSeconds(SECONDS).plusMinutes(3))
                .start();
    }

    private static long residentKib(Mounted mounted) {
        return Long.parseLong(Command.bash("awk '/VmRSS/ { print $2 }' /proc/" + mounted.daemon() + "/status")
                .ok()
                .strip());
    }
}
