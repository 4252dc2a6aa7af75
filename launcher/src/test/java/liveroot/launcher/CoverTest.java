package liveroot.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import liveroot.cache.BlockCache;
import liveroot.fs.Errno;
import liveroot.fs.FsException;
import liveroot.fs.image.Choice;
import liveroot.fs.image.ImagePath;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Paths of unions in the sample root, where /var leads to private/var as on Darwin. */
final class CoverTest {

    private static final long RAM = 4L << 30;

    private static Image image;

    @BeforeAll
    static void open(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("sample.sqfs");
        Sample.write(file);
        image = Image.open(file, BlockCache.SMALLEST_BUDGET, Choice.ANY);
    }

    @AfterAll
    static void close() throws Exception {
        image.close();
    }

    private static Cover.Plan plan(String... unions) throws Refusal {
        List<Union> list = new ArrayList<>();
        for (String union : unions) {
            list.add(Union.parse(union, RAM));
        }
        return Cover.plan(image.tree(), list);
    }

    private static List<String> paths(Cover.Plan plan) {
        return plan.covers().stream().map(cover -> cover.path().toString()).toList();
    }

    @ParameterizedTest
    @CsvSource({
        "/, /",
        "/Volumes, /Volumes",
        "/var/db, /private/var/db",
        "/var/db/, /private/var/db",
        "//var//./db, /private/var/db",
        "/../../var/db, /private/var/db",
        "/Volumes/../var, /private/var",
        "/etc, /private/etc"
    })
    void pathsAreResolvedInsideTheImage(String given, String found) throws Exception {
        assertEquals(found, ImagePath.resolve(image.tree(), given, true).toString());
    }

    @Test
    void aSymlinkAtTheEndIsFollowedOnlyIfAsked() throws Exception {
        assertEquals("/var", ImagePath.resolve(image.tree(), "/var", false).toString());
    }

    @Test
    void whatIsMissingOrNoDirectoryHasItsErrno() {
        assertEquals(Errno.ENOENT, errno("/nope"));
        assertEquals(Errno.ENOENT, errno("/var/nope/db"));
        assertEquals(Errno.ENOTDIR, errno("/etc/motd/x"));
        assertEquals(Errno.ENAMETOOLONG, errno("/" + "x".repeat(256)));
    }

    private static Errno errno(String path) {
        return assertThrows(FsException.class, () -> ImagePath.resolve(image.tree(), path, true))
                .errno();
    }

    @Test
    void parentsComeBeforeWhatLiesBelowThem() throws Refusal {
        assertEquals(List.of("/", "/private/var", "/private/var/db"), paths(plan("/var/db=1m", "/var=1m", "/=1m")));
    }

    @Test
    void aPathThatTheImageLacksIsRefused() {
        Refusal refusal = assertThrows(Refusal.class, () -> plan("/Volumes=1m", "/nope=1m"));
        assertEquals(Refusal.NO_INPUT, refusal.code());
        assertEquals("--union: the image has no directory /nope", refusal.getMessage());
        assertEquals(
                "--union: /etc/motd is not a directory in the image",
                assertThrows(Refusal.class, () -> plan("/etc/motd=1m")).getMessage());
    }

    @Test
    void twoWaysToTheSameDirectoryAreRefused() {
        Refusal refusal = assertThrows(Refusal.class, () -> plan("/var=1m", "/private/var=1m"));
        assertTrue(refusal.getMessage().contains("same directory"), refusal.getMessage());
    }

    @Test
    void thePresetOfRcCdromFitsTheSample() throws Refusal {
        Cover.Plan plan = Cover.plan(image.tree(), Preset.RC_CDROM.unions(RAM));
        assertEquals(List.of(), plan.notes());
        assertEquals(
                List.of(
                        "/Volumes",
                        "/Library/Preferences",
                        "/private/var/tmp",
                        "/private/var/run",
                        "/private/var/db",
                        "/Library/ColorSync/Profiles/Displays"),
                paths(plan));
        assertEquals(
                List.of(1024, 1024, 1024, 1024, 1024, 2048),
                plan.covers().stream()
                        .map(cover -> (int) (cover.union().size() / 512))
                        .toList());
    }

    @Test
    void aPresetLeavesOutWhatTheImageLacksAndSaysSo() throws Refusal {
        Cover.Plan plan = Cover.plan(image.tree(), Preset.of("netbsd").unions(RAM));
        assertEquals(List.of("/private/tmp", "/private/var", "/private/etc"), paths(plan));
        assertEquals(
                List.of(
                        "preset netbsd: the image has no directory /home, left out",
                        "preset netbsd: the image has no directory /root, left out"),
                plan.notes());
    }

    @Test
    void whatTheCommandLineSaysOfAPathGoesBeforeAPreset() throws Refusal {
        List<Union> merged = MountCommand.merge(
                List.of(List.of(Union.parse("/var/db/=64m", RAM)), List.of(), Preset.RC_CDROM.unions(RAM)));
        assertEquals(6, merged.size());
        assertEquals(64 << 20, merged.get(0).size());
        assertThrows(
                Refusal.class,
                () -> MountCommand.merge(List.of(List.of(Union.parse("/a", RAM), Union.parse("/a=1m", RAM)))));
    }
}
