package liveroot.fs.ext;

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
 * Whatever the bytes of an image are: it is refused, or its damaged parts are EIO, and no memory is lost. Most images have
 * no checksums, as with them every change would be found by these alone. {@code -Dliveroot.flips=N} changes more bytes
 * than the usual 300.
 */
@Timeout(300)
final class DamagedExtTest {

    private static final int FLIPS = Integer.getInteger("liveroot.flips", 300);

    @BeforeAll
    static void needTools() throws IOException {
        ExtImages.assumeTools();
    }

    /** A small tree that still has an indexed directory, a journal to replay, indirect blocks, xattrs and lists. */
    private static byte[] image(String options) throws IOException {
        Path directory = SampleImages.directory();
        Commands.sh(
                directory, "rm -f little-ext.*; mke2fs -q -F -m 0 -N 256 -J size=1 " + options + " little-ext.new 3M");
        Path point = Files.createTempDirectory(directory, "mount");
        Commands.sh(point, "mount -t ext4 -o loop,commit=300 ../little-ext.new " + point);
        try {
            Commands.sh(
                    point,
                    """
                    mkdir many; for i in $(seq 100); do : > many/a_file_with_a_long_name_$i; done
                    cp ../src/etc/hello.txt .; head -c 20000 ../src/usr/bin/text > text; ln -s hello.txt link
                    ln -s $(printf 's%.0s' $(seq 80)) slow; setfacl -m u:1:r text; setfattr -n user.a -v value text
                    for i in 1 2 3 4 5 6 7 8 9; do echo part | dd of=sparse bs=1 seek=${i}0000 conv=notrunc 2>/dev/null; done
                    truncate -s 300000 sparse; mkfifo fifo; sync .; mkdir dir; rm fifo; echo more >> text; sync .
                    cp ../little-ext.new ../little-ext.dirty
                    """);
        } finally {
            Commands.sh(Path.of("/"), "umount " + point);
        }
        return Files.readAllBytes(directory.resolve("little-ext.dirty"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-t ext3 -b 1024",
                "-t ext4 -b 1024 -O ^metadata_csum",
                "-t ext4 -b 1024 -I 256 -O ^metadata_csum,inline_data",
                "-t ext4 -b 1024 -O metadata_csum"
            })
    void damageHarmsNothingButItself(String options) throws IOException {
        byte[] image = image(options);
        Random random = new Random(5);
        // What is in use, and not file data for the most part.
        int[] used = random.ints(20L * FLIPS, 1024, image.length)
                .filter(at -> image[at] != 0)
                .limit(FLIPS)
                .toArray();
        DamagedImages images = new DamagedImages(image, 6, Ext::open);
        images.cut(20, image.length);
        images.scratch(20);
        images.flip(used.length, i -> i % 4 == 0 ? 1024 + random.nextInt(0x180) : used[i]);
    }
}
