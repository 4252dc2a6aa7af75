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
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code install-boot} writes, judged by those who read it. */
@InNamespace
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

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"linux", "netbsd", "rc.cdrom"})
    void systemd_takes_the_unit(String preset) {
        Host.needs("systemd-analyze");
        Path unit = installed("systemd", preset).resolve("etc/systemd/system/liveroot-cover.service");
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

    /** {@link SystemdBootTest} has such a line, and what becomes of it. */
    @Test
    void a_line_of_fstab_that_systemd_will_pass_over_is_told() {
        String said = Command.bash(
                        """
                        mkdir "$2/etc"; printf '%s\\n' '# disk /tmp ext4' 'disk /var/log ext4 defaults' 'disk /home ext4 defaults 0 2' > "$2/etc/fstab"
                        "$1" install-boot --init systemd --preset linux --root "$2" 2>&1 > "$2/said" | grep fstab
                        """,
                        Liveroot.SCRIPT, Workspace.directory("system"))
                .ok();
        assertTrue(said.matches("liveroot: /.*/etc/fstab has a line for /home, which preset linux covers.*\n"), said);
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

    /** Lines of fstab, for covers and images, become units of systemd's by its own generator. */
    @Test
    void systemd_takes_the_lines_of_fstab() {
        Path generator = Path.of("/usr/lib/systemd/system-generators/systemd-fstab-generator");
        Host.needs("systemd-analyze");
        if (!Files.exists(generator)) {
            Host.skip("no " + generator + " on this machine");
        }
        String said = Command.bash(
                        """
                        cd "$1"; mkdir out
                        printf '%s\n' 'liveroot /var/db fuse.liveroot size=512k,nosuid,nofail 0 0' \
                          '/root.sqfs /mnt/root fuse.liveroot preset=linux,cache=64m,x-systemd.device-timeout=9 0 0' > fstab
                        SYSTEMD_FSTAB=$PWD/fstab "$2" "$PWD/out" "$PWD/out" "$PWD/out" 2> log
                        systemd-analyze verify --man=no out/*.mount 2>&1 | grep "$PWD" || true
                        cd out; grep -hE '^(What|Where|Type|Options)=' var-db.mount mnt-root.mount
                        """,
                        Workspace.directory("fstab"), generator)
                .ok();
        assertEquals(
                """
                What=liveroot
                Where=/var/db
                Type=fuse.liveroot
                Options=size=512k,nosuid,nofail
                What=/root.sqfs
                Where=/mnt/root
                Type=fuse.liveroot
                Options=preset=linux,cache=64m
                """,
                said);
    }

    /** insserv(8) puts scripts of sysv in an order by their headers. */
    @Test
    void sysv_starts_the_script_before_file_systems_are_mounted() {
        Host.needs("insserv");
        Path root = installed("sysv", "linux");
        String said = Command.bash(
                        """
                        cd "$1/etc"; rm -r rcS.d; mkdir rc{S,0,1,2,3,4,5,6}.d; : > insserv.conf
                        header() { printf '#!/bin/sh\n### BEGIN INIT INFO\n# Provides: %s\n# Required-Start: %s\n# Required-Stop:\n' "$1" "$2" > init.d/$1
                          printf '# Default-Start: S\n# Default-Stop:\n# Short-Description: %s\n# Description: x\n### END INIT INFO\n' "$1" >> init.d/$1; chmod 755 init.d/$1; }
                        header mountdevsubfs ''; header mountall mountdevsubfs; header urandom mountdevsubfs; header hostname ''
                        PATH=$PATH:/sbin:/usr/sbin insserv -c "$PWD/insserv.conf" -i "$PWD/init.d" -p "$PWD/init.d" mountall urandom hostname mountdevsubfs liveroot-cover
                        place() { ls rcS.d | grep "S[0-9]*$1\\$" | cut -c2-3; }
                        [ "$(place mountdevsubfs)" -lt "$(place liveroot-cover)" ] && echo after mountdevsubfs
                        for other in mountall urandom hostname; do [ "$(place liveroot-cover)" -lt "$(place $other)" ] && echo before $other; done
                        """,
                        root)
                .ok();
        assertEquals("after mountdevsubfs\nbefore mountall\nbefore urandom\nbefore hostname\n", said);
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

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"systemd", "sysv", "rc.d", "launchd"})
    void what_a_dry_run_prints_is_what_is_written(String init) {
        Host.needs(Served.PYTHON);
        Path root = installed(init, "netbsd");
        Path dry = Workspace.path("dry-run");
        Command.bash("\"$1\" install-boot --init \"$2\" --preset netbsd --dry-run > \"$3\"", Liveroot.SCRIPT, init, dry)
                .ok();
        String script =
                """
                import os, re, sys
                root, dry = sys.argv[1:]
                pieces = re.split(r"^==> (\\S+) (?:\\(mode (\\d+)\\)|-> (\\S+))\\n", open(dry).read(), flags=re.M)
                assert pieces[0] == "" and len(pieces) > 4, pieces
                paths = set()
                for path, mode, target, content in zip(*[iter(pieces[1:])] * 4):
                    paths.add(path)
                    if target:
                        assert os.readlink(root + path) == target, path
                    else:
                        assert "%o" % (os.stat(root + path).st_mode & 0o7777) == mode and open(root + path).read() + "\\n" == content, path
                assert paths == {os.path.join(d, f)[len(root):] for d, _, files in os.walk(root) for f in files}, paths
                """;
        Command.of(Served.PYTHON, "-c", script, root.toString(), dry.toString()).ok();
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
        Command.Result noted = Liveroot.command(
                        "install-boot", "--init", "sysv", "--preset", "linux", "--root", root, "--dry-run")
                .run();
        assertTrue(noted.err().contains("/bin/java is not there, which the files name"), noted::toString);

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
    void the_script_of_sysv_takes_down_no_more_than_it_has_covered() {
        String said = CoverRootTest.ok(
                """
                mkdir "$W/sys" "$W/other"; "$L" install-boot --init sysv --preset rc.cdrom --root "$W/sys" > "$W/said" 2> "$W/noted"
                script=$W/sys/etc/init.d/liveroot-cover; spared=/run/sendsigs.omit.d/liveroot-cover
                covers() { awk -v w="$W/" '$3 == "fuse.liveroot" && ($2 == "/var/tmp" || index($2, w) == 1) { print $2 }' /proc/self/mounts | sed "s#$W##" | sort; }
                "$L" cover "$W/other=1m"; mkdir -p /var/tmp
                "$script" start 2> "$W/noted"; covers; wc -l < $spared
                "$script" stop; covers; ls $spared 2> /dev/null || echo forgotten
                "$script" stop; covers
                """);
        assertEquals("/other\n/var/tmp\n1\n/other\nforgotten\n/other\n", said);
    }

    @Test
    void mount_says_which_line_is_wrong_and_how() {
        Path image = Images.of(SquashfsRecipe.LZ4, Images.tree("union-cases.sh"));
        String said = CoverRootTest.ok(
                """
                mkdir -p "$W/sys" "$W/mnt" "$W/a,b=c" "$W/var/db"; "$L" install-boot --init systemd --preset linux --root "$W/sys" > "$W/said" 2> "$W/noted"
                "$L" cover /usr/sbin=1m; cp "$W/sys/sbin/mount.fuse.liveroot" /usr/sbin
                try() { status=0; mount -t fuse.liveroot "$@" 2> "$W/err" || status=$?; echo "$status $(sed "s#$W##g; s/: known are.*//" "$W/err" | head -1)"; }
                try liveroot "$W/mnt" -o size=1m,rubbish
                try "$1" "$W/mnt" -o nosuid
                try "$1" "$W/mnt" -o rubbish
                try "$1" "$W/mnt" -o ro,noatime,defaults,_netdev,nofail,x-a=b,cache=16m; ls -d "$W/mnt/outside" | sed "s#$W##"
                try liveroot "$W/a,b=c" -o size=1m; df -k --output=size "$W/a,b=c" | tail -1 | tr -d ' '
                try liveroot "$W/var/db" -o size=1m; try liveroot "$W/var" -o size=1m
                """,
                image);
        assertEquals(
                """
                1 liveroot: cover /mnt: unknown option 'rubbish'
                1 mount.fuse.liveroot: /mnt: 'nosuid' cannot be kept to for an image (user, owner and group bring it along, see mount(8)); a file of unions= has options for each union
                1 mount.fuse.liveroot: /mnt: 'rubbish' is not known for images
                0\s
                /mnt/outside
                0\s
                1024
                0\s
                32 liveroot: cover: /var: liveroot has /var/db mounted below it already: cover both in one command, or umount that first (in an fstab the line of /var has to come before)
                """,
                said);
    }

    @Test
    void mount_reads_lines_of_fstab_and_mounts_all_of_them() {
        Path image = Images.of(SquashfsRecipe.LZ4, Images.tree("union-cases.sh"));
        String said = CoverRootTest.ok(
                """
                mkdir "$W/sys"; "$L" install-boot --init systemd --preset linux --root "$W/sys" > "$W/said" 2> "$W/noted"
                grep -q "/bin/java is not there" "$W/noted"
                blank=$W/$'with blank,\\\\ and\nnewline'; mkdir -p "$blank" "$W/image" "$W/no"; echo lower > "$blank/file"
                # Where mount(8) looks for its helpers.
                "$L" cover /usr/sbin=1m; cp "$W/sys/sbin/mount.fuse.liveroot" /usr/sbin
                cat > "$W/fstab" << END
                # comment
                liveroot ${W}/with\\\\040blank,\\\\134\\\\040and\\\\012newline fuse.liveroot size=2m,nosuid,nofail,mkdir=of\\\\040mine:700 0 0
                $1 $W/image fuse.liveroot cache=32m,preset=rc.cdrom,defaults 0 0
                liveroot $W/no fuse.liveroot noauto,size=1m 0 0
                END
                mount -a -T "$W/fstab" 2> "$W/notes"
                grep -o '/Volumes: *there.*\\|image has no directory /Volumes, left out' "$W/notes"
                cat "$blank/file"; echo new > "$blank/file"; cat "$W/image/outside/file"; stat -c '%a' "$blank/of mine"
                df -k --output=size "$blank" | tail -1 | tr -d ' '
                grep -c "^liveroot .*nosuid.*" /proc/self/mounts; mountpoint -q "$W/no" || echo not asked for
                mount -a -T "$W/fstab"; mount -o remount,ro "$blank"
                { echo x > "$blank/file" || true; } 2>&1 | grep -o Read-only
                mount -t fuse.liveroot liveroot "$W/no" -o size=1x 2> "$W/err" || echo "status $?"; grep -o "size '1x'" "$W/err"
                """,
                image);
        assertEquals(
                """
                image has no directory /Volumes, left out
                lower
                outside
                700
                2048
                1
                not asked for
                Read-only
                status 1
                size '1x'
                """,
                said);
    }
}
