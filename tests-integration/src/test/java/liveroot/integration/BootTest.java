package liveroot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code install-boot} writes, judged by those who read it. */
class BootTest {

    @BeforeAll
    static void needsMounts() {
        Front.COVER.need();
    }

    private static Path installed(String init, String preset) {
        Path root = Workspace.directory("system");
        Liveroot.command("install-boot", "--init", init, "--preset", preset, "--root", root)
                .ok();
        return root;
    }

    @Test
    void systemd_takes_the_unit() {
        Host.needs("systemd-analyze");
        Path unit = installed("systemd", "linux").resolve("etc/systemd/system/liveroot-cover.service");
        Command.Result verified = Command.of("systemd-analyze", "verify", "--man=no", unit.toString())
                .run();
        assertEquals(0, verified.status(), verified::toString);
        assertTrue(!verified.err().contains("liveroot-cover"), verified::toString);
        assertEquals(
                "../liveroot-cover.service\n",
                Command.of(
                                "readlink",
                                unit.resolveSibling("local-fs.target.wants/liveroot-cover.service")
                                        .toString())
                        .ok());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "sysv, etc/init.d/liveroot-cover",
        "sysv, sbin/mount.fuse.liveroot",
        "rc.d, etc/rc.d/liveroot_cover",
        "launchd, etc/rc.cdrom.liveroot"
    })
    void a_shell_can_read_the_scripts(String init, String path) {
        Path script = installed(init, "rc.cdrom").resolve(path);
        Command.of("sh", "-n", script.toString()).ok();
        assertEquals(
                "", Command.bash("grep -n '@[A-Z]' \"$1\" || true", script).ok(), "a place that was not filled in");
    }

    @Test
    void the_property_list_of_launchd_is_one() {
        Host.needs("python3");
        Path plist = installed("launchd", "rc.cdrom").resolve("System/Library/LaunchDaemons/liveroot.cover.plist");
        String said = Command.of(
                        "python3",
                        "-c",
                        "import plistlib, sys; print(*plistlib.load(open(sys.argv[1], 'rb'))['ProgramArguments'])",
                        plist.toString())
                .ok();
        assertEquals(Liveroot.SCRIPT + " cover --foreground --preset rc.cdrom\n", said);
    }

    @Test
    void a_dry_run_prints_and_writes_nothing_and_what_is_there_already_is_kept() {
        Path root = Workspace.directory("system");
        String said = Liveroot.command(
                        "install-boot", "--init", "sysv", "--preset", "linux", "--root", root, "--dry-run")
                .ok();
        assertTrue(said.startsWith("==> /etc/init.d/liveroot-cover (mode 755)\n#!/bin/sh\n"), said);
        assertTrue(said.contains("==> /etc/rcS.d/S03liveroot-cover -> ../init.d/liveroot-cover\n"), said);
        assertEquals("", Command.of("find", root.toString(), "-mindepth", "1").ok());

        assertEquals(
                root + "/etc/init.d/liveroot-cover\n" + root + "/etc/rcS.d/S03liveroot-cover\n" + root
                        + "/sbin/mount.fuse.liveroot\n",
                Liveroot.command("install-boot", "--init", "sysv", "--preset", "linux", "--root", root)
                        .ok());
        Command.of("chmod", "600", root + "/sbin/mount.fuse.liveroot").ok();
        assertEquals(
                root + "/etc/init.d/liveroot-cover: unchanged\n" + root + "/etc/rcS.d/S03liveroot-cover: unchanged\n"
                        + root + "/sbin/mount.fuse.liveroot\n",
                Liveroot.command("install-boot", "--init", "sysv", "--preset", "linux", "--root", root)
                        .ok());
        Command.of("test", "-x", root + "/sbin/mount.fuse.liveroot").ok();
        Command.Result other = Liveroot.command("install-boot", "--init", "sysv", "--preset", "netbsd", "--root", root)
                .run();
        assertEquals(73, other.status(), other::toString);
        assertTrue(other.err().contains("is there already with another content"), other::toString);

        Path missing = root.resolve("missing");
        Command.Result nowhere = Liveroot.command(
                        "install-boot", "--init", "sysv", "--preset", "linux", "--root", missing)
                .run();
        assertEquals(66, nowhere.status(), nowhere::toString);
        assertFalse(Files.exists(missing), "a root that is not there was made");
    }

    @Test
    void mount_reads_lines_of_fstab_and_mounts_all_of_them() {
        Path image = Images.of(SquashfsRecipe.LZ4, Images.tree("union-cases.sh"));
        String said = CoverRootTest.ok(
                """
                mkdir "$W/sys"; "$L" install-boot --init systemd --preset linux --root "$W/sys" > "$W/said"
                mkdir -p "$W/with blank" "$W/image" "$W/no"; echo lower > "$W/with blank/file"
                # Where mount(8) looks for its helpers.
                "$L" cover /usr/sbin=1m; cp "$W/sys/sbin/mount.fuse.liveroot" /usr/sbin
                cat > "$W/fstab" << END
                # comment
                liveroot ${W}/with\\\\040blank fuse.liveroot size=2m,nosuid,nofail 0 0
                $1 $W/image fuse.liveroot cache=32m,preset=rc.cdrom,defaults 0 0
                liveroot $W/no fuse.liveroot noauto,size=1m 0 0
                END
                mount -a -T "$W/fstab" 2> "$W/notes"
                grep -o '/Volumes: *there.*\\|image has no directory /Volumes, left out' "$W/notes"
                cat "$W/with blank/file"; echo new > "$W/with blank/file"; cat "$W/image/outside/file"
                df -k --output=size "$W/with blank" | tail -1 | tr -d ' '
                grep -c "^liveroot .*nosuid.*" /proc/self/mounts; mountpoint -q "$W/no" || echo not asked for
                mount -a -T "$W/fstab"; mount -o remount,ro "$W/with blank"
                { echo x > "$W/with blank/file" || true; } 2>&1 | grep -o Read-only
                mount -t fuse.liveroot liveroot "$W/no" -o size=1x 2> "$W/err" || echo "status $?"; grep -o "size '1x'" "$W/err"
                """,
                image);
        assertEquals(
                """
                image has no directory /Volumes, left out
                lower
                outside
                2048
                1
                not asked for
                Read-only
                status 32
                size '1x'
                """,
                said);
    }
}
