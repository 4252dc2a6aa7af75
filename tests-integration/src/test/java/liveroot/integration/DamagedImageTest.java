package liveroot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Damaged images are refused or served, with EIO where it must be, within the budget, and never for ever. */
class DamagedImageTest {

    private static Path image(SquashfsRecipe recipe) {
        Host.needs("setfattr", "perl");
        return Images.of(recipe, Images.tree("small-tree.sh"));
    }

    /** 200 cuts and 500 single-byte changes of an image of each recipe, all in one process, which is slow to begin with. */
    @Test
    void damage_never_hangs_crashes_or_takes_more_than_the_budget() {
        String classes = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        List<String> words = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx48m",
                "-XX:MaxDirectMemorySize=24m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classes,
                DamagedImages.class.getName(),
                "200",
                "500"));
        for (SquashfsRecipe recipe : SquashfsRecipe.values()) {
            words.add(image(recipe).toString());
        }
        Command.Result result = Command.of(words).within(Duration.ofMinutes(8)).run();
        assertEquals(0, result.status(), result::text);
    }

    @Test
    void the_command_refuses_with_an_offset_or_serves_what_can_be_had() throws IOException {
        List<String> wrong = new ArrayList<>();
        int refused = 0;
        for (SquashfsRecipe recipe :
                List.of(SquashfsRecipe.GZIP, SquashfsRecipe.XZ, SquashfsRecipe.LZ4, SquashfsRecipe.ZSTD)) {
            byte[] whole = Files.readAllBytes(image(recipe));
            List<DamagedImages.Damage> damages = DamagedImages.damages(whole, 10, 40);
            for (int i = 0; i < damages.size(); i += 10) {
                DamagedImages.Damage damage = damages.get(i);
                Path file = Files.write(Workspace.path("damaged.sqfs"), damage.apply(whole));
                refused += mountAndRead(recipe + ", " + damage, file, wrong) ? 0 : 1;
                Files.delete(file);
            }
        }
        assertEquals(List.of(), wrong);
        assertTrue(refused > 0, "no image was damaged enough to be refused");
    }

    /** @return whether it could be mounted */
    private static boolean mountAndRead(String what, Path image, List<String> wrong) {
        Path directory = Workspace.directory("damaged");
        Command.Result mount = Liveroot.command("mount", image, directory).run();
        if (mount.status() != 0) {
            if (!mount.text().matches("(?s)liveroot: [^\n]*\\bat byte [0-9]+[^\n]*\n")
                    || (mount.status() != 65 && mount.status() != 74)) {
                wrong.add(what + ": " + mount);
            }
            return false;
        }
        // Either outcome is right; hanging is not, and the daemon must be there afterwards.
        Command.bash(
                        "find . -type f -size -2000k -exec cat {} + > /dev/null 2>&1; getfattr -R -d . > /dev/null 2>&1; ls -R > /dev/null 2>&1; true")
                .in(directory)
                .within(Duration.ofSeconds(60))
                .run();
        Command.Result status = Liveroot.command("status", directory).run();
        Command.Result umount = Liveroot.command("umount", directory).run();
        if (status.status() != 0 || umount.status() != 0) {
            wrong.add(what + ": " + status + umount);
        }
        return true;
    }
}
