package liveroot.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where {@code install-boot} writes in another system's root. */
final class InstallBootCommandTest {

    private Path root;
    private Path outside;
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeEach
    void makeRoot(@TempDir Path directory) throws IOException {
        Path real = directory.toRealPath();
        root = Files.createDirectory(real.resolve("root"));
        outside = Files.createDirectory(real.resolve("outside"));
    }

    private int install(String init, String... more) {
        List<String> words = new ArrayList<>(
                List.of("install-boot", "--init", init, "--preset", "linux", "--root", root.toString()));
        words.addAll(List.of(more));
        return Liveroot.run(words, print(said), print(err));
    }

    private static PrintStream print(ByteArrayOutputStream to) {
        return new PrintStream(to, true, StandardCharsets.UTF_8);
    }

    private List<String> tree(Path top) throws IOException {
        try (Stream<Path> all = Files.walk(top)) {
            return all.filter(path -> !path.equals(top))
                    .map(path -> top.relativize(path).toString())
                    .sorted()
                    .toList();
        }
    }

    @Test
    void aSymlinkLeadsWhereItLeadsInThatRoot() throws IOException {
        Files.createDirectories(root.resolve("private/etc"));
        Files.createSymbolicLink(root.resolve("etc"), Path.of("/private/etc"));
        assertEquals(0, install("rc.d"), err::toString);
        assertEquals(root + "/private/etc/rc.d/liveroot_cover\n", said.toString(StandardCharsets.UTF_8));
        assertTrue(Files.isExecutable(root.resolve("private/etc/rc.d/liveroot_cover")));
    }

    @Test
    void noSymlinkLeadsOutOfIt() throws IOException {
        Files.createSymbolicLink(root.resolve("etc"), outside);
        Files.createSymbolicLink(root.resolve("sbin"), Path.of("../outside"));
        assertEquals(0, install("systemd"), err::toString);
        assertEquals(List.of(), tree(outside));
        assertTrue(Files.exists(Path.of(root + "/" + outside + "/systemd/system/liveroot-cover.service")));
        assertTrue(Files.exists(root.resolve("outside/mount.fuse.liveroot")));
    }

    @Test
    void symlinksThatLeadInACircleAreNamed() throws IOException {
        Files.createSymbolicLink(root.resolve("etc"), Path.of("/etc"));
        assertEquals(Refusal.CANNOT_CREATE, install("rc.d"));
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("too many symlinks in " + root), err::toString);
    }

    @Test
    void ifOneFileCannotBeWrittenNoneIs() throws IOException {
        Files.createDirectory(root.resolve("etc"));
        Files.writeString(root.resolve("sbin"), "");
        assertEquals(Refusal.CANNOT_CREATE, install("systemd"));
        assertEquals(List.of("etc", "sbin"), tree(root));
        assertTrue(
                err.toString(StandardCharsets.UTF_8)
                        .matches("liveroot: " + root + "/sbin/mount.fuse.liveroot cannot be written: [^\n]*"
                                + "ot a directory; nothing has been written\n"),
                err::toString);
    }

    @Test
    void aDryRunEndsAsTheRunWouldIfAnotherFileIsThere() throws IOException {
        Path other = root.resolve("etc/rc.d/liveroot_cover");
        Files.createDirectories(other.getParent());
        Files.writeString(other, "another\n");
        assertEquals(Refusal.CANNOT_CREATE, install("rc.d", "--dry-run"));
        assertTrue(said.toString(StandardCharsets.UTF_8).startsWith("==> /etc/rc.d/liveroot_cover"), said::toString);
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("another content: remove it first"), err::toString);
    }

    @Test
    void aSymlinkInPlaceOfAFileIsNotFollowed() throws IOException {
        assertEquals(0, install("rc.d"), err::toString);
        Path place = root.resolve("etc/rc.d/liveroot_cover");
        Files.move(place, outside.resolve("same"));
        Files.createSymbolicLink(place, outside.resolve("same"));
        assertEquals(Refusal.CANNOT_CREATE, install("rc.d"));
        assertTrue(Files.exists(place, LinkOption.NOFOLLOW_LINKS));
    }
}
