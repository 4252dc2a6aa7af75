package liveroot.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class UnionsFileTest {

    private static final long RAM = 1L << 30;

    private static Union parse(String line) throws Refusal {
        return UnionsFile.parse(line, "fstab:1", RAM);
    }

    @Test
    void ourOwnLine() throws Refusal {
        Union union = parse("liveroot /var/db union rw,size=512k,mkdir=mds:1777 0 0");
        assertEquals("/var/db", union.path());
        assertEquals(512 << 10, union.size());
        assertEquals(List.of(new Union.NewDirectory("mds", 01777)), union.directories());
        assertEquals(new Union.Options(EnumSet.of(Union.Flag.RW), false), union.options());
        assertEquals(Union.Root.COVERED, union.root());
        assertTrue(union.required());
    }

    @Test
    void everyOption() throws Refusal {
        Union union = parse("liveroot\t/a\\040b\tunion  ro,nosuid,nodev,noexec,noatime,union,size=25%,nr_inodes=77,"
                + "mkdir=x,mkdir=y:z:0700,mode=1777,uid=7,gid=8");
        assertEquals("/a b", union.path());
        assertEquals(RAM / 4, union.size());
        assertEquals(77, union.inodes());
        assertEquals(
                new Union.Options(
                        EnumSet.of(
                                Union.Flag.RO,
                                Union.Flag.NOSUID,
                                Union.Flag.NODEV,
                                Union.Flag.NOEXEC,
                                Union.Flag.NOATIME),
                        false),
                union.options());
        assertEquals(
                List.of(new Union.NewDirectory("x", 0755), new Union.NewDirectory("y:z", 0700)), union.directories());
        assertEquals(new Union.Root(01777, 7, 8), union.root());
    }

    @Test
    void mfsLinesOfANetBsdLiveCdCountSectors() throws Refusal {
        Union var = parse("swap /var mfs rw,-s=262144,noatime 0 0");
        assertEquals(262144L * 512, var.size());
        assertTrue(var.options().has(Union.Flag.NOATIME));
        assertEquals(
                12000L * 512,
                parse("swap /dev mfs rw,noatime,union,-s=12000 0 0").size());
        assertEquals(
                131072L * 512, parse("swap /etc mfs rw,noatime,-s=131072 0 0").size());
        assertEquals(64L << 20, parse("swap /etc mfs rw,-s=64m 0 0").size());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "   ",
                "# liveroot /var union bogus 0 0",
                "/dev/sda1 / ext4 rw,bogus 0 1",
                "tmpfs /tmp tmpfs size=bogus 0 0",
                "union /var union bogus 0 0",
                "proc /proc proc",
                "two fields"
            })
    void otherLinesAreLeftAlone(String line) throws Refusal {
        assertNull(parse(line));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "liveroot /var union rw,bogus 0 0",
                "liveroot /var union rw,,nodev 0 0",
                "liveroot /var union size 0 0",
                "liveroot /var union size=much 0 0",
                "liveroot /var union size= 0 0",
                "liveroot /var union -s=-1 0 0",
                "liveroot /var union nr_inodes=-1 0 0",
                "liveroot /var union nr_inodes=99999999999 0 0",
                "liveroot /var union nr_inodes=2g 0 0",
                "liveroot /var union nr_inodes=k 0 0",
                "liveroot /var union mode=8 0 0",
                "liveroot /var union mode=17777 0 0",
                "liveroot /var union uid=root 0 0",
                "liveroot /var union mkdir=a/b 0 0",
                "liveroot /var union mkdir=..:755 0 0",
                "liveroot /var union mkdir=:755 0 0",
                "liveroot /var union mkdir=mds:999 0 0",
                "liveroot /var union size=1m,size=2m 0 0",
                "liveroot /var union strictatime 0 0",
                "liveroot /var union compress 0 0",
                "liveroot /var union compress=yes 0 0",
                "swap /var mfs -s=8,size=4k 0 0",
                "liveroot /var union mode=700,mode=755 0 0",
                "liveroot /var union nr_inodes=0 0 0",
                "liveroot /var",
                "liveroot",
                "swap /var",
                "/var mfs",
                "liveroot /var tmpfs rw 0 0",
                "liveroot var union rw 0 0",
                "liveroot /v\0r union rw 0 0",
                "liveroot /var union mkdir=a\\057b 0 0",
                "swap none mfs rw 0 0"
            })
    void aLineOfOursThatCannotBeReadIsNamed(String line) {
        Refusal refusal = assertThrows(Refusal.class, () -> parse(line));
        assertEquals(Refusal.USAGE, refusal.code());
        assertTrue(refusal.getMessage().startsWith("fstab:1: "), refusal.getMessage());
    }

    @Test
    void theLastOfAPairCounts() throws Refusal {
        assertEquals(
                EnumSet.of(Union.Flag.RW, Union.Flag.NODEV, Union.Flag.SUID, Union.Flag.EXEC, Union.Flag.NOATIME),
                parse("liveroot /var union ro,rw,dev,nodev,nosuid,suid,noexec,exec,relatime,noatime")
                        .options()
                        .flags());
    }

    @Test
    void theCommandLineTakesTheSameOptionsBehindThePath() throws Refusal {
        Union union = Union.parse("/a=b=64m,nodev,mode=1777,uid=5,nr_inodes=9,compress=on,mkdir=x", RAM);
        assertEquals("/a=b", union.path());
        assertEquals(64 << 20, union.size());
        assertEquals(9, union.inodes());
        assertEquals(new Union.Root(01777, 5, -1), union.root());
        assertEquals(new Union.Options(EnumSet.of(Union.Flag.NODEV), true), union.options());
        assertEquals(List.of(new Union.NewDirectory("x", 0755)), union.directories());
        assertEquals("/a,b", Union.parse("/a\\054b,ro", RAM).path());
        assertEquals(1 << 20, Union.parse("/a,size=1m", RAM).size());
        Refusal twice = assertThrows(Refusal.class, () -> Union.parse("/a=1m,size=2m", RAM));
        assertTrue(twice.getMessage().startsWith("--union /a: 'size=2m' comes after"), twice.getMessage());
        assertThrows(Refusal.class, () -> Union.parse("/a=1m,", RAM));
        assertThrows(Refusal.class, () -> Union.parse("/a=1m,bogus", RAM));
    }

    private static String refused(String text) {
        return assertThrows(Refusal.class, () -> CoverFile.argument(text, RAM)).getMessage();
    }

    @Test
    void whatHasSlippedFromAnArgumentIsTold() {
        assertEquals("cover /x: an option is empty: there is a comma too many", refused("/x=1m,"));
        assertEquals("cover /x: an option is empty: there is a comma too many", refused("/x,,ro"));
        assertEquals(
                "cover: '64m' is no path: a size goes with its path, without a blank, as in /tmp=64m", refused("64m"));
        assertEquals(
                "cover: '' is no path: a size goes with its path, without a blank, as in /tmp=64m", refused("=1m"));
        assertTrue(refused("/a,b=c").endsWith("; a comma that is the path's own is written \\054"), refused("/a,b=c"));
        assertTrue(refused("var").contains("does not begin with '/'"), refused("var"));
    }

    @Test
    void aPathSurvivesTheWayToTheDaemon() {
        for (String path : List.of("/a", "/a b", "/a\nb", "/a\rb", "/a\\012", "/\\134", "/ü\\")) {
            assertEquals(path, UnionsFile.unescape(UnionsFile.escape(path)));
        }
    }

    @Test
    void anyByteOfAPathMayStandAsThreeOctalDigits() throws Refusal {
        assertEquals(
                "/ä b\t#,=\\x",
                parse("liveroot /\\303\\244\\040b\\011\\043\\054\\075\\134x union rw")
                        .path());
        assertEquals(
                List.of(new Union.NewDirectory("a,b c", 0700)),
                parse("liveroot /a union mkdir=a\\054b\\040c:700").directories());
        assertEquals("/a=b", Union.parse("/a\\075b", RAM).path());
        assertEquals(
                "/a\\8\\400\\000\\01",
                parse("liveroot /a\\8\\400\\000\\01 union rw").path());
    }

    @Test
    void inodesAreCountedAsInTmpfs() throws Refusal {
        assertEquals(10 << 10, parse("liveroot /a union nr_inodes=10k").inodes());
        assertEquals(1 << 30, parse("liveroot /a union nr_inodes=1G").inodes());
    }

    @Test
    void whatTellsOtherProgramsWhenToMountIsIgnored() throws Refusal {
        assertEquals(
                parse("liveroot /var union size=1m"),
                parse(
                        "liveroot /var union defaults,noauto,auto,nofail,_netdev,x-systemd.device-timeout=9,x-a,size=1m"));
    }

    @Test
    void aFileGivesItsUnionsInOrderAndItsFaultsByLine(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("fstab");
        Files.writeString(
                file, "# comment\n/dev/cd0a / cd9660 ro 0 0\nswap /var mfs rw,-s=8 0 0\r\nliveroot /ü union rw 0 0");
        assertEquals(
                List.of("/var", "/ü"),
                UnionsFile.read(file, RAM).stream().map(Union::path).toList());

        Files.writeString(file, "\n\nliveroot /var union nope 0 0\n");
        Refusal refusal = assertThrows(Refusal.class, () -> UnionsFile.read(file, RAM));
        assertTrue(refusal.getMessage().startsWith(file + ":3: unknown option 'nope'"), refusal.getMessage());
    }

    @Test
    void aFileThatIsMissingOrNoFileIsRefused(@TempDir Path directory) throws IOException {
        assertEquals(
                Refusal.NO_INPUT,
                assertThrows(Refusal.class, () -> UnionsFile.read(directory.resolve("none"), RAM))
                        .code());
        assertEquals(
                Refusal.NO_INPUT,
                assertThrows(Refusal.class, () -> UnionsFile.read(directory, RAM))
                        .code());
        Path long1 = directory.resolve("long");
        Files.write(long1, new byte[(1 << 20) + 1]);
        assertThrows(Refusal.class, () -> UnionsFile.read(long1, RAM));
    }
}
