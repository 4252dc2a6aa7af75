package liveroot.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LogFileTest {

    @Test
    void aLogNeverTakesMoreThanTwiceItsLargestSize(@TempDir Path directory) throws Exception {
        Path path = directory.resolve("1.log");
        byte[] line = ("x".repeat(999) + "\n").getBytes(StandardCharsets.US_ASCII);
        try (LogFile log = new LogFile(path)) {
            for (int i = 0; i < 2000; i++) {
                log.write(line);
                assertTrue(Files.size(path) <= LogFile.LARGEST);
            }
            log.write("last".getBytes(StandardCharsets.US_ASCII));
        }
        assertTrue(Files.readString(path).endsWith("last"));
        assertTrue(Files.size(directory.resolve("1.log.old")) <= LogFile.LARGEST);
        try (var files = Files.list(directory)) {
            assertEquals(2, files.count());
        }
    }
}
