package liveroot.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import liveroot.cache.BlockCache;
import liveroot.overlay.UnionUse;
import org.junit.jupiter.api.Test;

final class StatusTest {

    private static Status status(List<Status.Union> unions) {
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET)) {
            return new Status(
                    "/images/a\"b\n\\.sqfs",
                    "SquashFS 4.0, zstd",
                    "/mnt",
                    42,
                    Instant.parse("2026-01-02T03:04:05Z"),
                    "kernel",
                    true,
                    cache.stats(),
                    null,
                    Playlists.Stats.NONE,
                    Map.of("LOOKUP", 3L),
                    unions,
                    null);
        }
    }

    private static final Status.Union UNION = new Status.Union(
            "/private/var/db",
            524288,
            4096,
            8192,
            1024,
            2,
            3,
            "memory",
            "libfuse 2 knows no passthrough",
            null,
            null,
            true);

    @Test
    void jsonEscapesWhatItMust() {
        String json = status(List.of()).json();
        assertTrue(json.contains("\"image\":\"/images/a\\\"b\\u000a\\\\.sqfs\""), json);
        assertTrue(json.contains("\"log\":null"), json);
        assertTrue(json.endsWith("\"requests\":{\"LOOKUP\":3},\"unions\":[]}"), json);
    }

    @Test
    void aUnionHasAllItsKeys() {
        String json = status(List.of(UNION, UNION)).json();
        String union = "{\"path\":\"/private/var/db\",\"size\":524288,\"used\":4096,\"free\":520192,\"most_used\":8192,"
                + "\"inodes\":1024,\"inodes_used\":2,\"most_inodes\":3,\"store\":\"memory\",\"no_better_store\":\"libfuse 2"
                + " knows no passthrough\",\"no_passthrough\":null,\"compression\":null,\"mounted\":true}";
        assertTrue(json.endsWith("\"unions\":[" + union + "," + union + "]}"), json);
    }

    @Test
    void aDaemonThatDoesNotAnswerHasAPlaceAmongTheOthers() {
        Path directory = Path.of("/mnt");
        assertEquals("/mnt (process 7): asleep\n", StatusCommand.fault(directory, 7, "asleep", false));
        assertEquals("/mnt: killed\n", StatusCommand.fault(directory, 0, "killed", false));
        assertEquals(
                "{\"directory\":\"/mnt\",\"pid\":7,\"fault\":\"asleep\"}",
                StatusCommand.fault(directory, 7, "asleep", true));
    }

    @Test
    void theTableShowsEachUnionOnALine() {
        List<String> lines = status(List.of(UNION)).text().lines().toList();
        assertEquals("/mnt", lines.get(0));
        assertTrue(
                lines.get(lines.size() - 2)
                        .matches("  /private/var/db +512 KiB +4 KiB +508 KiB +8 KiB +2 of 1024, most 3  memory"),
                lines::toString);
        assertEquals("  why memory: libfuse 2 knows no passthrough", lines.get(lines.size() - 1));
    }

    @Test
    void whatTheKernelRefusedAndWhatIsCompressedIsSaidForTheUnion() {
        Status status = status(List.of(new Status.Union(
                "/tmp",
                8192,
                8192,
                8192,
                9,
                2,
                3,
                "memory",
                null,
                "not today",
                new UnionUse.Compression(12288, 4096),
                true)));
        List<String> lines = status.text().lines().toList();
        assertEquals("  /tmp: no passthrough: not today", lines.get(lines.size() - 2));
        assertEquals(
                "  /tmp: holds 16 KiB in 8 KiB: 12 KiB that nobody has touched for a while are compressed into 4 KiB",
                lines.get(lines.size() - 1));
        assertTrue(
                status.json().contains("\"compression\":{\"holds\":16384,\"compressed\":12288,\"into\":4096}"),
                status.json());
    }
}
