package liveroot.fs.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.cache.FileSource;
import liveroot.fs.Tools;
import liveroot.fs.squashfs.ArraySource;
import liveroot.fs.squashfs.Commands;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

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
    void aNameInALiveMediumIsFoundInUtf8AndItsControlCharactersAreNotSaid() throws IOException {
        make("mkdir -p named/live; name=$(printf 'gr\\303\\266\\033c.squashfs'); cp root.sqfs \"named/live/$name\";"
                + " cp over.sqfs named/live/a.squashfs; echo \"a.squashfs $name\" > named/live/filesystem.module;"
                + " xorriso -as mkisofs -quiet -R -V NAMED -o named.iso named");
        Taken taken = look("named.iso");
        assertTrue(
                taken.choices().get(0).startsWith("took live/gr\u00f6?c.squashfs over live/a.squashfs in the"),
                taken::toString);
    }

    @Test
    void aLayerThatTheCommandLineOfTheBootNamesAndThatIsMissingIsMissed() throws IOException {
        make("mkdir -p gone/casper gone/boot/grub; cp root.sqfs gone/casper/minimal.squashfs;"
                + " cp over.sqfs gone/casper/minimal.live.squashfs;"
                + " echo 'linux layerfs-path=/cdrom/casper/minimal.other.squashfs' > gone/boot/grub/grub.cfg;"
                + " xorriso -as mkisofs -quiet -R -V GONE -o gone.iso gone");
        Taken taken = look("gone.iso");
        assertTrue(
                String.valueOf(taken.refusal()).contains("/casper/minimal.other.squashfs: there is no such file in it"),
                taken::toString);
    }

    @Test
    void aLayerThatCannotBeReadIsNotLeftOut() throws IOException {
        make("mkdir -p unread/live; cp root.sqfs unread/live/filesystem.squashfs;"
                + " (printf XFSB; head -c 8188 /dev/zero) > unread/live/local.xfs;"
                + " xorriso -as mkisofs -quiet -R -V UNREAD -o unread.iso unread");
        Taken taken = look("unread.iso");
        assertTrue(String.valueOf(taken.refusal()).contains("/live/local.xfs: "), taken::toString);
        assertTrue(String.valueOf(taken.refusal()).contains("XFS"), taken::toString);
    }

    @Test
    void aDirectoryThatLiveBootLaysOverAnImageIsNotLeftOut() throws IOException {
        for (String name : List.of("z.dir", "z.squashfs")) {
            make("rm -rf folder; mkdir -p folder/live/" + name + "/etc; cp root.sqfs folder/live/filesystem.squashfs;"
                    + " xorriso -as mkisofs -quiet -R -V FOLDER -o folder.iso folder");
            Taken taken = look("folder.iso");
            assertTrue(String.valueOf(taken.refusal()).contains("/live/" + name + ": "), taken::toString);
        }
    }

    @Test
    void aLayerWhoseNameIsNotUtf8IsNotLeftOut() throws IOException {
        make("mkdir -p bytes/live; cp root.sqfs bytes/live/filesystem.squashfs;"
                + " cp over.sqfs \"bytes/live/$(printf 'z\\351.squashfs')\";"
                + " xorriso -as mkisofs -quiet -R -V BYTES -o bytes.iso bytes");
        Taken taken = look("bytes.iso");
        assertTrue(
                String.valueOf(taken.refusal()).contains("/live/z\ufffd.squashfs: there is no such file in it"),
                taken::toString);
    }

    @Test
    void caspersImagesOfExtLieBelow() throws IOException {
        make("mkdir -p ext/casper; mke2fs -q -t ext4 -d root ext/casper/x.ext2 1M;"
                + " cp over.sqfs ext/casper/filesystem.squashfs;"
                + " xorriso -as mkisofs -quiet -R -V EXT -o ext.iso ext");
        Taken taken = look("ext.iso");
        assertTrue(
                taken.choices().get(0).startsWith("took casper/filesystem.squashfs over casper/x.ext2 in the"),
                taken::toString);
    }

    @Test
    void aListOfModulesThatAreAllMissingIsNotPassedOver() throws IOException {
        make("mkdir -p none/live; cp root.sqfs none/live/filesystem.squashfs;"
                + " echo 'a.squashfs b.squashfs' > none/live/filesystem.module;"
                + " xorriso -as mkisofs -quiet -R -V NONE -o none.iso none");
        Taken taken = look("none.iso");
        assertTrue(
                String.valueOf(taken.refusal())
                        .contains("a layer is missing: ISO 9660 'NONE', Rock Ridge /live/b.squashfs"),
                taken::toString);
    }

    @Test
    void moreLayersThanCanBeStackedAreRefusedInAShortLine() throws IOException {
        make("mkdir -p many/live; for i in $(seq 100 164); do cp root.sqfs many/live/$i.squashfs; done;"
                + " xorriso -as mkisofs -quiet -R -V MANY -o many.iso many");
        Taken taken = look("many.iso");
        assertEquals("ISO 9660 'MANY', Rock Ridge: at byte 0: 65 layers, at most 64 can be stacked", taken.refusal());
        assertTrue(taken.choices().get(0).contains(" over live/157.squashfs over 57 more cannot be"), taken::toString);
    }

    /**
     * Media whose boot lays images over one another.
     *
     * @param files of the medium, each an image
     * @param text a file of it that the boot reads, and what is in it; null if there is none
     * @param taken paths, the uppermost first
     */
    @ParameterizedTest
    @MethodSource
    void theImagesThatABootLaysOverOneAnotherAreTakenTogether(List<String> files, String text, List<String> taken)
            throws IOException {
        StringBuilder commands = new StringBuilder("rm -rf medium medium.iso; mkdir medium; ");
        for (String file : files) {
            commands.append("mkdir -p medium/$(dirname ").append(file).append("); cp ");
            commands.append(file.equals(taken.get(taken.size() - 1)) ? "root" : "over");
            commands.append(".sqfs medium/").append(file).append("; ");
        }
        if (text != null) {
            String[] words = text.split("=", 2);
            commands.append("mkdir -p medium/$(dirname ").append(words[0]).append("); echo '");
            commands.append(words[1]).append("' > medium/").append(words[0]).append("; ");
        }
        make(commands + "xorriso -as mkisofs -quiet -R -V MEDIUM -o medium.iso medium");
        Taken result = look("medium.iso");
        assertEquals(
                "took " + String.join(" over ", taken) + " in the ISO 9660 'MEDIUM', Rock Ridge; --inside FILE takes"
                        + " another, --inside / takes what holds it",
                String.join("; ", result.choices()));
        String squashFs = "SquashFS 4.0, gzip";
        assertEquals(
                "ISO 9660 'MEDIUM', Rock Ridge > " + String.join(" over ", Collections.nCopies(taken.size(), squashFs)),
                result.format());
    }

    static Stream<Arguments> theImagesThatABootLaysOverOneAnotherAreTakenTogether() {
        String casper = "casper/minimal";
        List<String> desktop = List.of(
                casper + ".squashfs",
                casper + ".de.squashfs",
                casper + ".standard.squashfs",
                casper + ".standard.live.squashfs",
                casper + ".standard.zh.squashfs");
        String server = "casper/ubuntu-server-minimal";
        return Stream.of(
                Arguments.of(
                        desktop,
                        null,
                        List.of(
                                casper + ".standard.live.squashfs",
                                casper + ".standard.squashfs",
                                casper + ".squashfs")),
                Arguments.of(
                        desktop,
                        "boot/grub/grub.cfg=linux /casper/vmlinuz layerfs-path=minimal.standard.zh.squashfs --- quiet",
                        List.of(casper + ".standard.zh.squashfs", casper + ".standard.squashfs", casper + ".squashfs")),
                Arguments.of(
                        desktop,
                        "boot/grub/grub.cfg=# layerfs-path=minimal.squashfs\nlinux x-layerfs-path=minimal.squashfs"
                                + " layerfs-path=minimal.de.squashfs",
                        List.of(casper + ".de.squashfs", casper + ".squashfs")),
                Arguments.of(
                        List.of(
                                server + ".squashfs",
                                server + ".ubuntu-server.squashfs",
                                server + ".ubuntu-server.installer.squashfs",
                                server + ".ubuntu-server.installer.generic-hwe.squashfs",
                                server + ".ubuntu-server.installer.generic.squashfs"),
                        null,
                        List.of(
                                server + ".ubuntu-server.installer.generic.squashfs",
                                server + ".ubuntu-server.installer.squashfs",
                                server + ".ubuntu-server.squashfs",
                                server + ".squashfs")),
                Arguments.of(
                        List.of("casper/filesystem.squashfs", "casper/installer.squashfs"),
                        null,
                        List.of("casper/installer.squashfs", "casper/filesystem.squashfs")),
                Arguments.of(
                        List.of("casper_pop-os_22.04/filesystem.squashfs"),
                        null,
                        List.of("casper_pop-os_22.04/filesystem.squashfs")),
                Arguments.of(
                        List.of("live/filesystem.squashfs", "live/local.squashfs", "live/z.ext4"),
                        null,
                        List.of("live/z.ext4", "live/local.squashfs", "live/filesystem.squashfs")),
                Arguments.of(
                        List.of("live/a.squashfs", "live/b.squashfs", "live/c.squashfs"),
                        "live/filesystem.module=c.squashfs b.squashfs",
                        List.of("live/b.squashfs", "live/c.squashfs")),
                Arguments.of(
                        List.of("slax/01-core.sb", "slax/9-x.sb", "slax/10-y.sb", "slax/modules/02-own.sb"),
                        null,
                        List.of("slax/10-y.sb", "slax/9-x.sb", "slax/modules/02-own.sb", "slax/01-core.sb")),
                Arguments.of(
                        List.of("slax/01-core.sb", "slax/02-x.sb", "slax/modules/02-x.sb"),
                        null,
                        List.of("slax/modules/02-x.sb", "slax/01-core.sb")),
                Arguments.of(
                        List.of("porteus/base/001-core.xzm", "porteus/base/003-xfce.xzm", "porteus/modules/a.xzm"),
                        null,
                        List.of("porteus/modules/a.xzm", "porteus/base/003-xfce.xzm", "porteus/base/001-core.xzm")),
                Arguments.of(
                        List.of("liveslak/system/0010-a.sxz", "liveslak/system/0099-b.sxz", "liveslak/addons/c.sxz"),
                        null,
                        List.of("liveslak/addons/c.sxz", "liveslak/system/0099-b.sxz", "liveslak/system/0010-a.sxz")),
                Arguments.of(
                        List.of("porteus/base/9-x.xzm", "porteus/base/10-y.xzm"),
                        null,
                        List.of("porteus/base/9-x.xzm", "porteus/base/10-y.xzm")),
                Arguments.of(
                        List.of(
                                "manjaro/x86_64/rootfs.sfs",
                                "manjaro/x86_64/livefs.sfs",
                                "manjaro/x86_64/desktopfs.sfs"),
                        null,
                        List.of(
                                "manjaro/x86_64/livefs.sfs",
                                "manjaro/x86_64/desktopfs.sfs",
                                "manjaro/x86_64/rootfs.sfs")),
                Arguments.of(List.of("sysresccd/x86_64/airootfs.sfs"), null, List.of("sysresccd/x86_64/airootfs.sfs")),
                Arguments.of(List.of("antiX/linuxfs"), null, List.of("antiX/linuxfs")),
                Arguments.of(List.of("image.squashfs"), null, List.of("image.squashfs")));
    }

    @Test
    void aRootOfWhichALayerIsMissingIsRefused() throws IOException {
        make("mkdir -p missing/casper; cp root.sqfs missing/casper/minimal.squashfs;"
                + " cp over.sqfs missing/casper/minimal.standard.live.squashfs;"
                + " xorriso -as mkisofs -quiet -R -V MISSING -o missing.iso missing");
        Taken taken = look("missing.iso");
        assertTrue(
                taken.refusal()
                        .contains("a layer is missing: ISO 9660 'MISSING', Rock Ridge"
                                + " /casper/minimal.standard.squashfs: there is no such file in it"),
                taken::toString);
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
