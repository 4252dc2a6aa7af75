package liveroot.fs.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class MountTableTest {

    @Test
    void fieldsAreFoundBehindAnyNumberOfOptionalOnes() {
        assertEquals(
                List.of(
                        new MountTable.Entry(36, "98:0", Path.of("/mnt1"), "ext3", "/dev/root", "rw,errors=continue"),
                        new MountTable.Entry(37, "0:41", Path.of("/mnt2"), "fuse.liveroot", "a,b", "ro,user_id=0")),
                MountTable.parse(
                        """
                        36 35 98:0 /mnt1 /mnt1 rw,noatime master:1 shared:2 - ext3 /dev/root rw,errors=continue
                        37 35 0:41 / /mnt2 ro - fuse.liveroot a,b ro,user_id=0
                        """));
    }

    @Test
    void escapedNamesAreRead() {
        MountTable.Entry entry = MountTable.parse("1 0 0:1 / /a\\040b\\134c rw - tmpfs none\\012 rw")
                .get(0);
        assertEquals(Path.of("/a b\\c"), entry.directory());
        assertEquals("none\n", entry.source());
    }

    @Test
    void aMountWhoseNameIsNoPathDoesNotHideTheOthers() {
        assertEquals(
                List.of(new MountTable.Entry(2, "0:2", Path.of("/good"), "tmpfs", "x", "rw")),
                MountTable.parse("1 0 0:1 / /bad\\000 rw - tmpfs x rw\n2 0 0:2 / /good rw - tmpfs x rw\n"));
    }

    @Test
    void aFuseMountTellsWhoseItIs() {
        MountTable.Entry entry = MountTable.parse("1 0 0:1 / /a rw - fuse.x x rw,user_id=1000,group_id=7")
                .get(0);
        assertEquals("user 1000", entry.owner());
    }

    @Test
    void theMountThatADirectoryBelongsToIsTheDeepestAndOfThoseTheLast() {
        List<MountTable.Entry> entries = MountTable.parse(
                """
                1 0 0:1 / / rw - ext4 x rw
                2 1 0:2 / /a/b rw - tmpfs x rw
                3 2 0:3 / /a/b rw - sysfs x rw
                4 1 0:4 / /a rw - tmpfs x rw
                """);
        assertEquals("sysfs", MountTable.holding(Path.of("/a/b/c"), entries).type());
        assertEquals("ext4", MountTable.holding(Path.of("/ab"), entries).type());
    }

    @Test
    void linesThatAreCutShortAreLeftOut() {
        assertEquals(List.of(), MountTable.parse("1 0 0:1 / /cut rw - tmpfs\n\n12 "));
    }
}
