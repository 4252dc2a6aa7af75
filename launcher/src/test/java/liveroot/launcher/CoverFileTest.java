package liveroot.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Lines of an fstab, and arguments, that ask for covers. */
final class CoverFileTest {

    private static final long RAM = 4L << 30;

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "swap /var mfs rw,-s=262144,noatime 0 0               | /var    | 134217728",
                "swap /dev mfs rw,noatime,union,-s=12000 0 0          | /dev    | 6144000",
                "tmpfs /tmp tmpfs rw,nosuid,size=25%,mode=1777 0 0    | /tmp    | 1073741824",
                "tmpfs /tmp tmpfs relatime,huge=never,inode64 0 0     | /tmp    | 0",
                "tmpfs /tmp tmpfs                                     | /tmp    | 0",
                "liveroot /var/db union size=512k 0 0                 | /var/db | 524288",
                "liveroot /var/db fuse.liveroot size=512k 0 0         | /var/db | 524288",
                "liveroot /a\\040b fuse.liveroot size=1m 0 0          | /a b    | 1048576"
            })
    void aLineDeclaresACover(String line, String path, long size) throws Refusal {
        Union union = CoverFile.parse(line, "fstab:1", RAM);
        assertEquals(path, union.path());
        assertEquals(size, union.size());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "# swap /var mfs rw 0 0",
                "/dev/cd0a / cd9660 ro 1 1",
                "proc /proc proc",
                "/root.sqfs /mnt fuse.liveroot"
            })
    void otherLinesAreLeftAlone(String line) throws Refusal {
        assertNull(CoverFile.parse(line, "fstab:1", RAM));
    }

    @Test
    void aLineThatCannotBeReadIsNamed() {
        Refusal refusal = assertThrows(
                Refusal.class, () -> CoverFile.parse("tmpfs /tmp tmpfs size=lots 0 0", "/etc/fstab:7", RAM));
        assertEquals(Refusal.USAGE, refusal.code());
        assertTrue(refusal.getMessage().startsWith("/etc/fstab:7: "), refusal.getMessage());
    }

    @Test
    void anArgumentHasAPathASizeAndOptions() throws Refusal {
        Union union = CoverFile.argument("/var/d b=512k,nosuid,noexec,mkdir=mds:1777", RAM);
        assertEquals("/var/d b", union.path());
        assertEquals(512 << 10, union.size());
        assertTrue(union.options().has(Union.Flag.NOSUID)
                && union.options().has(Union.Flag.NOEXEC)
                && !union.options().has(Union.Flag.NODEV));
        assertEquals(01777, union.directories().get(0).mode());
        assertEquals("/var", CoverFile.argument("/var,ro", RAM).path());
        assertThrows(Refusal.class, () -> CoverFile.argument("var=1m", RAM));
        assertThrows(Refusal.class, () -> CoverFile.argument("/var=", RAM));
    }
}
