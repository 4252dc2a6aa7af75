package liveroot.fs.iso;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import liveroot.fs.DamagedBytes;
import liveroot.fs.squashfs.Commands;
import liveroot.fs.squashfs.SampleImages;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever the bytes of an image are: it is refused, or its damaged parts are EIO, and no memory is lost. {@code
 * -Dliveroot.flips=N} changes more bytes than the usual 400.
 */
@Timeout(300)
final class DamagedIsoTest {

    private static final int FLIPS = Integer.getInteger("liveroot.flips", 400);

    @BeforeAll
    static void needTools() throws IOException {
        IsoImages.assumeTools();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "xorriso -outdev stdio:$O -padding 0 -joliet on -xattr any -acl on -hardlinks on -map tiny / -commit",
                "xorriso -outdev stdio:$O -padding 0 -zisofs level=9:block_size=32k:by_magic=off -map tiny /"
                        + " -set_filter_r --zisofs / -- -commit",
                "genisoimage -quiet -no-pad -R -J -o $O tiny",
                "genisoimage -quiet -no-pad -f -J -o $O tiny/etc"
            })
    void damageHarmsNothingButItself(String command) throws IOException {
        IsoImages.image("xorriso-rock-ridge-joliet");
        Path directory = SampleImages.directory();
        Commands.sh(
                directory,
                """
                set -e
                rm -rf tiny tiny.iso; mkdir tiny; cp -a iso/etc iso/deep tiny; head -c 90000 iso/usr/bin/text > tiny/text
                O=tiny.iso; { %s; } >&2
                """
                        .formatted(command));
        byte[] image = Files.readAllBytes(directory.resolve("tiny.iso"));
        ByteBuffer in = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
        int descriptors = 16 * Sectors.SIZE;
        int root = in.getInt(descriptors + 156 + 2) * Sectors.SIZE;
        // Both writers have all directories beside each other, before the data of files.
        int directories = Math.min(image.length, root + 24 * Sectors.SIZE);
        DamagedBytes.cutAndFlip(
                image,
                40,
                FLIPS,
                DamagedBytes.tree(Iso::open),
                new int[] {descriptors, descriptors + 3 * Sectors.SIZE},
                new int[] {root, directories},
                new int[] {root, root + Sectors.SIZE},
                new int[] {root, directories});
    }
}
