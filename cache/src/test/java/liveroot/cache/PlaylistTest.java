package liveroot.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PlaylistTest {

    private static final String GOOD =
            """
            liveroot playlist 1
            image 1000000 SquashFS 4.0, zstd
            checksum 00000000000000ff
            # a comment
            10 metadata 900000 8194 8192
            20 data 96 4000 131072
            20 data 300000 4000 131072
            end 3
            """;

    @TempDir
    Path directory;

    private Playlist read(String text) throws IOException {
        return Playlist.read(Files.writeString(directory.resolve("list"), text));
    }

    @Test
    void isWrittenAsItWasRead() throws IOException {
        Playlist playlist = read(GOOD);
        assertEquals(new Playlist.Identity(1000000, "SquashFS 4.0, zstd", 0xff), playlist.image());
        assertEquals(
                new Playlist.Entry(20, "data", 96, 4000, 131072),
                playlist.entries().get(1));
        Path copy = directory.resolve("copy");
        Files.writeString(copy, "what was there before");
        playlist.write(copy);
        assertEquals(playlist, Playlist.read(copy));
        assertFalse(Files.exists(directory.resolve("copy.new")));
    }

    @Test
    void countsTheJumpsOfAHead() throws IOException {
        List<Playlist.Entry> blocks = read(GOOD).entries();
        assertEquals(3, Playlist.seeks(blocks));
        assertEquals(1, Playlist.seeks(List.of(blocks.get(1), new Playlist.Entry(0, "data", 4096, 10, 10))));
    }

    @ParameterizedTest(name = "{1} for {0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "liveroot playlist 1 | liveroot playlist 2 | line 1 ",
                "image 1000000 | image ten | line 2 has 'ten' for the image's size",
                "image 1000000 SquashFS 4.0, zstd | image 1000000 | line 2 ",
                "checksum 00000000000000ff | checksum ff | line 3 ",
                "20 data 96 | 9 data 96 | line 6 goes back in time, from 10 to 9",
                "20 data 96 | -1 data 96 | line 6 has '-1' for the time",
                "20 data 96 | 99999999999999999999 data 96 | line 6 has",
                "20 data 96 | 20 ../data 96 | line 6 names the region",
                "20 data 96 | 20 data 999999 | line 6 is a block of 4000 bytes at 999999",
                "20 data 96 4000 | 20 data 96 0 | line 6 is a block of 0 bytes",
                "20 data 96 4000 | 20 data 96 2000000000 | line 6 has '2000000000' for the stored bytes",
                "20 data 96 4000 131072 | 20 data 96 4000 99999999 | line 6 has",
                "20 data 96 4000 131072 | 20 data 96 4000 | line 6 is",
                "20 data 96 | 20 data 300000 | line 7 names the block at 300000 a second time",
                "end 3 | end 4 | line 8 is 'end 4', but there are 3 blocks before it",
                "end 3 | # | line 9 is missing",
                "end 3 | end 3,, | line 8 is",
            })
    void refusesALineThatCannotBe(String found, String instead, String fault) {
        BadPlaylistException refusal =
                assertThrows(BadPlaylistException.class, () -> read(GOOD.replace(found, instead)));
        assertTrue(refusal.getMessage().startsWith(directory.resolve("list") + ": " + fault), refusal.getMessage());
        assertFalse(refusal.getMessage().contains("\n"), refusal.getMessage());
    }

    @Test
    void refusesWhatIsNoPlaylistAtAll() {
        assertThrows(BadPlaylistException.class, () -> read(""));
        assertThrows(BadPlaylistException.class, () -> read("\0\377\n\n\n"));
        assertThrows(BadPlaylistException.class, () -> read("x".repeat(13 << 20)));
        assertThrows(BadPlaylistException.class, () -> Playlist.read(directory));
        assertThrows(BadPlaylistException.class, () -> read(GOOD + "more\n"));
    }
}
