package liveroot.fs.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.cache.FileSource;
import liveroot.fs.Tools;
import liveroot.fs.squashfs.ArraySource;
import liveroot.fs.squashfs.Commands;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is taken of discs that can be read in more than one way, and that it is said. */
final class TakenTest {

    @TempDir
    static Path directory;

    @BeforeAll
    static void makeTrees() throws IOException {
        Tools.need("xorriso, genisoimage, e2fsprogs, squashfs-tools", "xorriso", "genisoimage", "mke2fs", "mksquashfs");
        Commands.sh(
                directory,
                """
                mkdir -p root/etc over/usr; echo hello > root/etc/hello; echo over > over/usr/file
                mksquashfs root root.sqfs -quiet -no-progress > /dev/null
                mksquashfs over over.sqfs -quiet -no-progress > /dev/null
                """);
    }

    /** @param refusal null if there is none */
    private record Taken(String format, List<String> choices, String refusal) {}

    private static Taken look(byte[] image) throws IOException {
        return taken(new ArraySource(image));
    }

    private static Taken look(String image) throws IOException {
        return taken(FileSource.open(directory.resolve(image)));
    }

    private static Taken taken(BlockSource source) throws IOException {
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                OpenedImage image = Images.look(source, cache, Choice.ANY, Neighbours.NONE)) {
            return new Taken(
                    image.format(),
                    image.choices(),
                    image.refusal() == null ? null : image.refusal().getMessage());
        }
    }

    private static void make(String commands) throws IOException {
        Commands.sh(directory, "{ " + commands + "; } >&2");
    }

    @Test
    void aPartitionAppendedToADiscIsSaid() throws IOException {
        make("mke2fs -q -F -t ext4 -b 4096 part 4M;"
                + " xorriso -as mkisofs -quiet -R -V APPENDED -append_partition 3 0x83 part -o appended.iso root");
        assertEquals(
                List.of("a hybrid disc: took ISO 9660; --partition N takes a partition of its PC partition table:"
                        + " 3 Linux (0x83)"),
                look("appended.iso").choices());
    }

    @Test
    void anOrdinaryDiscHasNothingToSay() throws IOException {
        make("head -c 1M /dev/zero > efi; mkfs.vfat efi 2> /dev/null || true;"
                + " xorriso -as mkisofs -quiet -R -V PLAIN -append_partition 2 0xef efi -o plain.iso root");
        assertEquals(List.of(), look("plain.iso").choices());
    }

    @Test
    void theClassicHfsOfAHybridDiscIsSaidNotToBeRead() throws IOException {
        make("genisoimage -quiet -R -hfs -part -V HYBRID -o hfs.iso root");
        List<String> said = look("hfs.iso").choices();
        assertTrue(
                said.size() == 1
                        && said.get(0)
                                .startsWith(
                                        "a hybrid disc: took ISO 9660; nothing in its Apple partition map can be read: ")
                        && said.get(0).contains("a classic HFS volume"),
                said::toString);
    }

    @Test
    void theHfsPlusOfAHybridDiscThatIsCutIsSaidNotToBeRead() throws IOException {
        make("xorriso -as mkisofs -quiet -R -V HYBRID -hfsplus -apm-block-size 2048 -o hybrid.iso root");
        byte[] whole = Files.readAllBytes(directory.resolve("hybrid.iso"));
        // 150 blocks at the end are padding; the ISO 9660 view comes before the volume.
        Taken taken = look(Arrays.copyOf(whole, whole.length - 152 * 2048));
        assertTrue(taken.format().startsWith("ISO 9660"), taken::toString);
        assertTrue(
                taken.choices()
                        .get(0)
                        .startsWith("a hybrid disc: took ISO 9660; nothing in its Apple partition map can be read: "),
                taken::toString);
    }

    @Test
    void aUdfBridgeDiscIsSaidToBeTakenAsIso9660() throws IOException {
        make("genisoimage -quiet -R -udf -V BRIDGE -o bridge.iso root");
        assertEquals(
                List.of("a bridge disc: took ISO 9660; its UDF file system is not read"),
                look("bridge.iso").choices());
    }

    @Test
    void aDiscThatIsCutShortWarns() throws IOException {
        make("xorriso -as mkisofs -quiet -R -V SHORT -o whole.iso root");
        byte[] whole = Files.readAllBytes(directory.resolve("whole.iso"));
        assertEquals(List.of(), look(whole).choices());
        assertEquals(
                List.of("the image is cut short: it ends at byte " + (whole.length - 2048) + ", its volume at "
                        + whole.length + "; what lies behind cannot be read (EIO)"),
                look(Arrays.copyOf(whole, whole.length - 2048)).choices());
    }

    @Test
    void aSymlinkToTheImageThatBootsIsFollowed() throws IOException {
        make("mkdir -p linked/live linked/images; cp root.sqfs linked/images; "
                + "ln -s ../images/root.sqfs linked/live/filesystem.squashfs;"
                + " xorriso -as mkisofs -quiet -R -V LINKED -o linked.iso linked");
        Taken taken = look("linked.iso");
        assertTrue(taken.format().contains(" > SquashFS 4.0"), taken::toString);
        assertTrue(taken.choices().get(0).startsWith("took live/filesystem.squashfs in the ISO 9660"), taken::toString);
    }

    @Test
    void ofTheLayersOfUbuntuTheLowestIsTakenAndTheOthersAreSaid() throws IOException {
        make("mkdir -p layered/casper; cp root.sqfs layered/casper/minimal.squashfs;"
                + " for layer in standard standard.live; do cp over.sqfs layered/casper/minimal.$layer.squashfs; done;"
                + " xorriso -as mkisofs -quiet -R -V LAYERED -o layered.iso layered");
        Taken taken = look("layered.iso");
        assertTrue(taken.format().contains(" > SquashFS 4.0"), taken::toString);
        assertEquals(
                List.of("took casper/minimal.squashfs in the ISO 9660 'LAYERED', Rock Ridge, without the layers that a"
                        + " boot lays over it (casper/minimal.standard.live.squashfs, casper/minimal.standard.squashfs),"
                        + " which can be extracted and mounted together, the uppermost first; --inside PATH takes"
                        + " another, --inside / takes what holds it"),
                taken.choices());
    }

    @Test
    void anImageThatBootsAndCannotBeReadIsARefusalOfTheMediumToo() throws IOException {
        make("mkdir -p damaged/live; { printf hsqs; head -c 9000 /dev/zero; } > damaged/live/filesystem.squashfs;"
                + " xorriso -as mkisofs -quiet -R -V DAMAGED -o damaged.iso damaged");
        Taken taken = look("damaged.iso");
        assertTrue(
                taken.choices().get(0).startsWith("took the ISO 9660 'DAMAGED', Rock Ridge itself: "), taken::toString);
        assertTrue(
                taken.refusal().startsWith("ISO 9660 'DAMAGED', Rock Ridge /live/filesystem.squashfs: at byte "),
                taken::toString);
    }
}
