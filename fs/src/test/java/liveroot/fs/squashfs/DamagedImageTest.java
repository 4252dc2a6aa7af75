package liveroot.fs.squashfs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import liveroot.fs.DamagedImages;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever the bytes of an image are: it is refused, or its damaged parts are EIO, and no memory is lost. */
@Timeout(120)
final class DamagedImageTest {

    private static final int CUTS = 200;
    private static final int FLIPS = 500;

    @BeforeAll
    static void needTools() throws IOException {
        SampleImages.assumeTools();
    }

    /** A small tree that still has an extended directory with an index, fragments, blocks, holes and xattrs. */
    private static byte[] image(String options) throws IOException {
        Path directory = SampleImages.directory();
        synchronized (DamagedImageTest.class) {
            if (!Files.exists(directory.resolve("little"))) {
                Commands.sh(
                        directory,
                        """
                        set -e
                        mkdir -p little.new/many little.new/d; cp -a src/etc/. little.new/d
                        i=0; while [ $i -lt 300 ]; do : > little.new/many/a_file_with_a_long_name_$i; i=$((i+1)); done
                        head -c 20000 src/usr/bin/text > little.new/text; head -c 10000 src/usr/bin/random > little.new/random
                        truncate -s 30000 little.new/random
                        setfattr -n user.big -v "$(printf 'v%.0s' $(seq 3000))" little.new/text
                        setfattr -n user.big -v "$(printf 'v%.0s' $(seq 3000))" little.new/random
                        mv little.new little
                        """);
            }
            Commands.sh(
                    directory,
                    "rm -f little.sqfs; mksquashfs little little.sqfs -noappend -quiet -no-progress -b 4096 "
                            + options);
        }
        return Files.readAllBytes(directory.resolve("little.sqfs"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "lzma", "lzo", "xz", "lz4", "zstd"})
    void imagesCutShortAreRefusedWithThePlace(String compressor) throws IOException {
        byte[] image = image("-nopad -comp " + compressor);
        new DamagedImages(image, 2, SquashFs::open).cut(CUTS, image.length);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "lz4"})
    void aMediumThatCannotBeReadFromSomePlaceOnIsAnErrorAndNoMore(String compressor) throws IOException {
        byte[] image = image("-comp " + compressor);
        new DamagedImages(image, 3, SquashFs::open).scratch(CUTS);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-comp gzip",
                "-comp lzma",
                "-comp lzo",
                "-comp xz",
                "-comp lz4",
                "-comp zstd",
                "-noI -noD -noF -noX -noId"
            })
    void changedBytesHarmNothingButThemselves(String options) throws IOException {
        byte[] image = image(options);
        int tables = (int)
                ByteBuffer.wrap(image).order(java.nio.ByteOrder.LITTLE_ENDIAN).getLong(64);
        Random random = new Random(4);
        new DamagedImages(image, 4, SquashFs::open).flip(FLIPS, i -> switch (i % 4) {
            case 0 -> random.nextInt(Superblock.SIZE);
            case 1 -> random.nextInt(image.length);
            default -> tables + random.nextInt(image.length - tables);
        });
    }
}
