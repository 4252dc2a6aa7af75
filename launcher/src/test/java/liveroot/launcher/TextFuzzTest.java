package liveroot.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import liveroot.cache.BadPlaylistException;
import liveroot.cache.Playlist;

/**
 * What is read of text files: it is understood, or refused in one line. How to search, and where inputs are kept, is said in
 * the package comment of {@code liveroot.fs} in the tests of that module.
 */
final class TextFuzzTest {

    private static final long RAM = 1L << 30;
    private static final Path FILE = file();

    private static Path file() {
        try {
            Path file = Files.createTempFile("liveroot-text", null);
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @FuzzTest(maxDuration = "1h")
    void playlist(byte[] text) throws IOException {
        Files.write(FILE, text);
        try {
            Playlist playlist = Playlist.read(FILE);
            playlist.write(FILE);
            assertEquals(playlist, Playlist.read(FILE));
        } catch (BadPlaylistException e) {
            assertTrue(e.getMessage().indexOf('\n') < 0, e.getMessage());
        }
    }

    /** The lines of an fstab, for mounts and for covers, and the arguments of {@code --union} and {@code cover}. */
    @FuzzTest(maxDuration = "1h")
    void unions(byte[] text) {
        for (String line : new String(text, StandardCharsets.UTF_8).split("\n", -1)) {
            attempt(() -> UnionsFile.parse(line, "fstab:1", RAM));
            attempt(() -> CoverFile.parse(line, "fstab:1", RAM));
            attempt(() -> Union.parse(line, RAM));
            attempt(() -> CoverFile.argument(line, RAM));
            attempt(() -> Size.parse("size", line, RAM));
        }
    }

    private interface Parser {
        Object parse() throws Refusal;
    }

    private static void attempt(Parser parser) {
        try {
            if (parser.parse() instanceof Union union) {
                assertTrue(union.path().startsWith("/"), union.path());
                assertTrue(union.size() >= 0 && union.inodes() >= 0, union.toString());
            }
        } catch (Refusal e) {
            assertEquals(Refusal.USAGE, e.code());
            assertTrue(e.getMessage().indexOf('\n') < 0, e.getMessage());
        }
    }
}
