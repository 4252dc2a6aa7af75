package liveroot.fs.udif;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import liveroot.fs.udif.UdifWriter.Codec;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The images that the other tests read are ones that dmg2img and 7-Zip read too, to the same bytes. */
final class UdifJudgesTest {

    @TempDir
    Path directory;

    private static byte[] disk() {
        byte[] disk = new byte[1 << 20];
        Random random = new Random(3);
        for (int i = 0; i < 700_000; i++) {
            disk[i] = (byte) (i % 5000 < 3000 ? 'a' + i / 999 % 20 : random.nextInt());
        }
        return disk;
    }

    private String run(String program, String line) throws Exception {
        assumeTrue(
                new ProcessBuilder("sh", "-c", "command -v " + program).start().waitFor() == 0,
                "no program " + program + " on this machine");
        Path log = directory.resolve("log");
        Process process = new ProcessBuilder("sh", "-c", line)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), line);
        assertEquals(0, process.exitValue(), Files.readString(log));
        return Files.readString(log);
    }

    private void write(UdifWriter writer) throws IOException {
        writer.write(UdifWriter.of(disk()), directory.resolve("image.dmg"));
    }

    /** dmg2img 1.6 knows neither LZFSE nor LZMA. */
    @ParameterizedTest
    @EnumSource(
            value = Codec.class,
            names = {"RAW", "ADC", "ZLIB", "BZIP2"})
    void dmg2imgUnpacksTheSameDisk(Codec codec) throws Exception {
        write(new UdifWriter(codec));
        run("dmg2img", "dmg2img -i image.dmg -o plain");
        assertArrayEquals(disk(), Files.readAllBytes(directory.resolve("plain")));
    }

    @ParameterizedTest
    @EnumSource(Codec.class)
    void sevenZipUnpacksTheSameDiskAndFindsTheChecksumsGood(Codec codec) throws Exception {
        write(new UdifWriter(codec));
        assertTrue(run("7z", "7z t -tdmg image.dmg").contains("Everything is Ok"));
        run("7z", "7z e -tdmg -so image.dmg > plain");
        byte[] plain = Files.readAllBytes(directory.resolve("plain"));
        assertArrayEquals(disk(), plain);
    }
}
