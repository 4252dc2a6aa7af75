package liveroot.fs.erofs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import liveroot.fs.DamagedImages;
import liveroot.fs.squashfs.Commands;
import liveroot.fs.squashfs.SampleImages;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever the bytes of an image are: it is refused, or its damaged parts are EIO, and no memory is lost. {@code
 * -Dliveroot.flips=N} changes more bytes than the usual 300.
 */
@Timeout(300)
final class DamagedErofsTest {

    private static final int FLIPS = Integer.getInteger("liveroot.flips", 300);

    @BeforeAll
    static void needTools() throws IOException {
        ErofsImages.assumeTools();
    }

    private static byte[] image(String options) throws IOException {
        ErofsImages.image("plain");
        Path directory = SampleImages.directory();
        Commands.sh(
                directory,
                """
                set -e
                rm -rf little.erofs*; mkdir little.erofs.src; cd little.erofs.src; cp -a ../erofs/etc .
                mkdir many; for i in $(seq 300); do : > many/a_file_with_a_long_name_$i; done
                cp -a ../erofs/alike/tail* ../erofs/alike/four .; head -c 60000 ../erofs/alike/text > text
                head -c 50000 text > text2; truncate -s 40000 hole; cd ..
                mkfs.erofs --quiet %s little.erofs little.erofs.src >&2
                """
                        .formatted(options));
        return Files.readAllBytes(directory.resolve("little.erofs"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "--chunksize=4096",
                "-zlz4",
                "-zlz4 -Elegacy-compress",
                "-zlz4hc -C65536 -Eztailpacking",
                "-zlz4hc -C16384 -Efragments,dedupe"
            })
    void damageHarmsNothingButItself(String options) throws IOException {
        byte[] image = image(options);
        Random random = new Random(5);
        // What is in use, and not file data for the most part: metadata comes first.
        int[] used = random.ints(40L * FLIPS, 1024, image.length)
                .filter(at -> image[at] != 0)
                .limit(FLIPS)
                .toArray();
        // The superblock's checksum would find every change of its block.
        image[1024 + 8] &= ~1;
        DamagedImages images = new DamagedImages(image, 6, Erofs::open);
        images.cut(30, image.length);
        images.scratch(30);
        images.flip(used.length, i -> i % 8 == 0 ? 1024 + random.nextInt(Superblock.SIZE) : used[i]);
    }
}
