package liveroot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** kill -9 of the daemon, then life goes on. */
class CrashTest {

    @ParameterizedTest(name = "{0} front")
    @EnumSource(value = Front.class, mode = EnumSource.Mode.EXCLUDE, names = "COVER")
    void after_a_kill_during_load_the_same_place_can_be_mounted_again(Front front) {
        Path tree = Images.tree("union-cases.sh");
        Path image = Images.of(SquashfsRecipe.LZ4, tree);
        TreeListing expected = TreeListing.of(tree.resolve("cases/03"));
        Path directory = Workspace.directory("crash");
        List<Command.Running> load = new ArrayList<>();
        try (Mounted mounted =
                Mounted.at(directory, image, front, "--union", "/cases/00=64m", "--union", "/covered=64m")) {
            String reader = "while cat */*/big > /dev/null; do ls -lR . > /dev/null; done";
            String writer = "for ((i = 0; ; i++)); do head -c 100000 /dev/urandom > w$1-$((i % 50)); done";
            for (int i = 0; i < 3; i++) {
                load.add(Command.bash(reader).in(directory).start());
                load.add(Command.bash(writer, i)
                        .in(mounted.directory(i == 0 ? "covered" : "cases/00"))
                        .start());
            }
            Command.of("sleep", "1").ok();
            mounted.kill();
            for (Command.Running running : load) {
                // Requests that were under way fail; the programs end, or go on failing until they are ended here.
                running.close();
                assertTrue(!running.isAlive(), "a program hangs in a mount whose daemon has gone");
            }
            Command.Result dead = Command.of("stat", "-f", directory.toString())
                    .within(Duration.ofSeconds(20))
                    .run();
            assertTrue(dead.err().contains("not connected"), dead::toString);
            try (Mounted again =
                    Mounted.at(directory, image, front, "--union", "/cases/00=64m", "--union", "/covered=64m")) {
                TreeListing.of(again.directory("cases/03")).assertSameAs(expected);
                assertEquals(3, again.mounts().lines().count(), again::mounts);
                assertEquals(
                        "covered\n",
                        Command.of("cat", "sub/file")
                                .in(again.directory("covered"))
                                .ok());
                Command.bash("test ! -e w0-0; echo works > new; grep works new")
                        .in(again.directory("covered"))
                        .ok();
            }
            Mounted.at(directory, image, front);
        } finally {
            load.forEach(Command.Running::close);
        }
    }

    @Test
    void umount_clears_what_a_killed_daemon_left() {
        Path image = Images.of(SquashfsRecipe.LZ4, Images.tree("union-cases.sh"));
        try (Mounted mounted = Mounted.of(image, Front.KERNEL, "--union", "/covered=1m")) {
            mounted.kill();
            assertEquals(2, mounted.mounts().lines().count());
        }
    }

    /** The report of the JVM must not go to a file, which might lie in a union that waits for it. */
    @Test
    void a_crash_leaves_its_report_in_the_log() {
        Path image = Images.of(SquashfsRecipe.LZ4, Images.tree("union-cases.sh"));
        try (Mounted mounted = Mounted.of(image, Front.KERNEL, "--union", "/covered=1m")) {
            long pid = mounted.daemon();
            String log = mounted.status().get("log").asText();
            Command.of("kill", "-SEGV", Long.toString(pid)).ok();
            mounted.awaitEnd(pid);
            Command.bash("grep -q SIGSEGV \"$1\"; test ! -e /hs_err_pid$2.log -a ! -e /tmp/hs_err_pid$2.log", log, pid)
                    .ok();
        }
    }
}
