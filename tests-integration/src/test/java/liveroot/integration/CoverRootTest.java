package liveroot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code liveroot cover} over roots that the kernel has mounted. Each test has a mount namespace and a /run of its own, so
 * that it knows of no other daemon and no other of it.
 */
@InNamespace
class CoverRootTest {

    private static final String PRELUDE =
            """
            L=$1; W=$2; shift 2
            mount --make-rprivate /; mount -t tmpfs tmpfs /run
            trap 'status=$?; cd /; timeout 50 "$L" umount --all || true; exit $status' EXIT
            """;

    @BeforeAll
    static void needsMounts() {
        Front.COVER.need();
        Host.needs("setfattr", "setfacl", "mke2fs", "python3");
    }

    /** Runs a script, which finds the command in L, a directory of its own in W and {@code arguments} in $1, $2 ... */
    static Command.Result run(String script, Object... arguments) {
        Path directory = Workspace.directory("cover");
        Object[] all = new Object[arguments.length + 3];
        all[0] = PRELUDE + script;
        all[1] = Liveroot.SCRIPT;
        all[2] = directory;
        System.arraycopy(arguments, 0, all, 3, arguments.length);
        return Command.bash("s=$1; shift; exec unshare -m bash -euo pipefail -c \"$s\" bash \"$@\"", all)
                .within(Duration.ofMinutes(2))
                .run();
    }

    static String ok(String script, Object... arguments) {
        Command.Result result = run(script, arguments);
        assertEquals(0, result.status(), result::toString);
        assertEquals("", result.err(), result::toString);
        return result.out();
    }

    /** Mounts the tree of {@code darwin-tree.sh} at $W/root, writable and with access times where the type has them. */
    private static final String DARWIN_ROOT =
            """
            mkdir "$W/root" "$W/view"
            case $1 in
            squashfs) mksquashfs "$2" "$W/image" -quiet -no-progress -comp lz4; mount -o loop,ro "$W/image" "$W/root" ;;
            ext4) truncate -s 64M "$W/image"; mke2fs -q -t ext4 -d "$2" "$W/image"; mount -o loop,strictatime "$W/image" "$W/root"
              setfacl -m u:1000:rwx "$W/root/private/var/db/dhcpclient" ;;
            tmpfs) mount -t tmpfs -o strictatime tmpfs "$W/root"; cp -a "$2/." "$W/root"; setfacl -m u:1000:rwx "$W/root/private/var/db/dhcpclient" ;;
            esac
            mount --bind "$W/root" "$W/view"; mount -o remount,bind,noatime,ro "$W/view"
            covered='Volumes private/var/tmp private/var/run private/var/db Library/Preferences Library/ColorSync/Profiles/Displays'
            facts() { (cd "$1"; find $covered -printf "$2" | sort; find $covered -type f -exec md5sum {} + | sort
              getfacl -cnRp $covered; getfattr -R -d -m 'user|trusted' $covered); }
            lower() { facts "$W/view" '%p %i %m %U:%G %n %s %b %A@ %T@ %C@ %l\\n'; }
            """;

    private static Path darwinTree() {
        return Images.tree("darwin-tree.sh");
    }

    @ParameterizedTest(name = "over {0}")
    @ValueSource(strings = {"squashfs", "ext4", "tmpfs"})
    void the_ram_disks_of_rc_cdrom_in_one_command(String type) {
        String said = ok(
                DARWIN_ROOT
                        + """
                        lower > "$W/lower.before"
                        facts "$W/view" '%p %i %m %U:%G %n %s %T@ %l\\n' > "$W/before"
                        "$L" cover --preset rc.cdrom --root "$W/root"
                        cd "$W/root"
                        facts . '%p %i %m %U:%G %n %s %T@ %l\\n' > "$W/after"
                        diff "$W/before" "$W/after" |
                          grep -vE 'var/db/mds|var/db |^[0-9]|^---|^> ((user|group|other)::rwx)?$' || true
                        stat -c '%a %n' var/db/mds
                        df -k --output=size,target Volumes/. var/tmp/. var/run/. var/db/. Library/Preferences/. Library/ColorSync/Profiles/Displays/. |
                          tail -n +2 | sed "s#$W/root##" | tr -s ' ' | sort
                        getfattr -d var/db | grep covered
                        # Heavy use.
                        for i in 1 2 3; do
                          ls -lR $covered > "$W/ls"; tar -cf "$W/tar" $covered; find $covered -type l -exec readlink {} + > "$W/links"
                        done
                        echo more >> var/db/linked; cat var/db/.AppleSetupDone; stat -c '%h %s' var/db/.AppleSetupDone
                        du -k var/db/sparse | cut -f1; od -An -c -j 4000000 -N 6 var/db/sparse
                        chmod -R g-w Library/Preferences; rm -r Library/Preferences/SystemConfiguration; touch -a var/run/zero
                        mkdir -p Volumes/CD; mv Library/Preferences/com.apple.1.plist Library/Preferences/new
                        head -c 4 var/run/zero | od -An -c; echo gone > var/run/null; test ! -s var/run/null
                        rm -r var/run/fifo var/run/null; echo x > var/run/pid; touch Library/Preferences
                        echo private > var/tmp/file; chown 1000 var/tmp/file
                        if dd if=/dev/zero of=var/tmp/big bs=64k 2> "$W/full"; then echo no limit; fi
                        grep -o 'No space left' "$W/full"; rm var/tmp/big; for i in $(seq 500); do echo fits 2> /dev/null > var/tmp/big && break; sleep 0.01; done
                        cd /
                        "$L" umount --all
                        lower > "$W/lower.after"; diff "$W/lower.before" "$W/lower.after"
                        facts "$W/root" '%p %i %m %U:%G %n %s %T@ %l\\n' | diff "$W/before" -
                        ! grep "$W/root/" /proc/self/mounts
                        """,
                type,
                darwinTree());
        assertEquals(
                """
                1777 var/db/mds
                 1024 /Library/ColorSync/Profiles/Displays
                 512 /Library/Preferences
                 512 /Volumes
                 512 /private/var/db
                 512 /private/var/run
                 512 /private/var/tmp
                user.covered="yes"
                boot
                more
                2 10
                """,
                said.substring(0, said.indexOf("2 10\n") + 5));
        assertTrue(said.contains("m   i   d   d   l   e"), said);
        assertTrue(said.endsWith("  \\0  \\0  \\0  \\0\nNo space left\n"), said);
    }

    @Test
    void servers_and_fifos_below_are_reached_until_their_names_are_taken_by_others() {
        String said = ok(
                """
                # Where ordinary users get to.
                mount -t tmpfs tmpfs /mnt; cp "$1" /mnt/test.py
                timeout 100 python3 /mnt/test.py "$L" /mnt
                """,
                Images.file("sockets-below.py"));
        assertEquals(
                """
                socket: srw-rw-rw- True
                stream: old 0
                still: srw-rw-rw- False
                packets: packets 0
                user: old 1000
                datagram: sent
                datagram: connected
                fifo: through
                fifo: shell
                device: b'\\x00\\x00\\x00'
                held: before after
                renamed: old 0 False
                changed: srw-r----- old 0
                unlinked: False
                bound again: new 0
                old by its other name: old 0
                datagram: to the new one
                listed: ['deep', 'fifo', 'held', 'launchd', 'zero']
                packets, bound again: other 0
                umounted: srw-rw-rw- old 0 packets 0
                datagram: to the old one
                """,
                said);
    }

    @Test
    void a_cover_whose_sockets_were_used_can_be_unmounted_by_others_and_survives_if_it_is_in_use() {
        assertEquals(
                """
                one two
                busy: 32 one three two
                one by one: 32 two
                again: three one
                free: 0 False ['one', 'three', 'two'] one
                """,
                ok("timeout 100 python3 \"$1\" \"$L\" \"$W\"", Images.file("umount-recursive.py")));
    }

    @Test
    void many_who_use_sockets_and_fifos_below_for_the_first_time_at_once_all_get_there() {
        assertEquals(
                "{'ok': 24}\n".repeat(5), ok("timeout 100 python3 \"$1\" \"$L\" \"$W\"", Images.file("first-use.py")));
    }

    @Test
    void a_killed_daemon_that_covered_what_java_needs_of_etc_can_be_cleared() {
        Command.Result result = run(
                """
                mkdir "$W/etc"; cp -a /etc/. "$W/etc"; mount --bind "$W/etc" /etc
                for verb in status umount cover; do
                  "$L" cover /etc=1m; echo x > /etc/written; kill -9 $(ls /run/liveroot | sed -n 's/\\.mount$//p'); sleep 0.5
                  case $verb in
                  umount) timeout 60 "$L" umount /etc ;;
                  cover) timeout 60 "$L" cover /etc=1m; test ! -e /etc/written; timeout 60 "$L" umount /etc ;;
                  status) timeout 60 "$L" status ;;
                  esac
                  test ! -e /etc/written; test -s /etc/passwd
                done
                """);
        assertEquals(0, result.status(), result::toString);
        assertEquals("", result.out(), result::toString);
        String cleared =
                "liveroot: /etc was covered by a daemon that was killed: unmounted, as Java needs what is below\n";
        assertEquals(cleared.repeat(3), result.err());
    }

    @Test
    void the_fstab_of_a_netbsd_live_cd_is_read_as_it_stands() {
        String said = ok(
                """
                mkdir -p "$W"/root/{tmp,home,var,root,etc,dev,kern}; echo lower > "$W/root/etc/rc.conf"
                mount --bind "$W/root" "$W/root"; mount -o remount,bind,ro "$W/root"
                cat > "$W/fstab" << 'END'
                # NetBSD live
                /dev/cd0a / cd9660 ro 1 1
                swap /var mfs rw,-s=262144,noatime 0 0
                swap /dev mfs rw,noatime,union,-s=12000 0 0
                swap /etc mfs rw,noatime,-s=131072 0 0
                tmpfs /tmp tmpfs rw,nosuid,nodev,noexec,size=2m,mode=1777,relatime 0 0
                kernfs /kern kernfs rw
                proc /proc procfs rw
                END
                "$L" cover --unions "$W/fstab" --root "$W/root"
                cd "$W/root"
                awk -v d="$W/root/" 'index($2, d) == 1 { split($4, o, ",relatime|,user_id"); print substr($2, length(d)), $3, o[1] }' /proc/self/mounts
                df -k --output=size var dev etc tmp | tail -n +2 | tr -d ' '
                stat -c %a tmp; cat etc/rc.conf; echo changed > etc/rc.conf; cat etc/rc.conf; { touch home/x || true; } 2>&1 | grep -o Read-only
                """);
        assertEquals(
                """
                /var fuse.liveroot rw,noatime
                /dev fuse.liveroot rw,noatime
                /etc fuse.liveroot rw,noatime
                /tmp fuse.liveroot rw,nosuid,nodev,noexec
                131072
                6000
                65536
                2048
                1777
                lower
                changed
                Read-only
                """,
                said);
    }

    @Test
    void covers_lie_in_covers_and_are_taken_down_with_what_holds_them() {
        String said = ok(
                """
                mkdir -p "$W"/var/{db/deep,log} "$W/tmp"; echo lower > "$W/var/db/deep/file"; cd "$W"
                "$L" cover "$W/var/db/deep=1m" "$W/var=4m" "$W/tmp=1m" "$W/var/db=2m"
                count() { grep -c " $W/.*fuse.liveroot" /proc/self/mounts || true; }
                count
                echo var > var/new; echo db > var/db/new; echo deep > var/db/deep/new; echo lost >> var/db/deep/file
                df -k --output=size var var/db var/db/deep | tail -n +2 | tr -d ' '
                "$L" status var/db | grep -c "$W"; "$L" status | grep '^covers'
                "$L" umount var/db; count; cat var/db/deep/file; ls var/db; cat var/new
                "$L" status --json tmp | grep -o '"path":"[^"]*"' | sed "s#$W##"
                "$L" umount "$W/var"; count
                "$L" umount --all; count; ls var var/db
                """);
        assertEquals(
                """
                4
                4096
                2048
                1024
                4
                covers of directories
                2
                lower
                deep
                var
                "path":"/var"
                "path":"/tmp"
                1
                0
                var:
                db
                log

                var/db:
                deep
                """,
                said);
    }

    @Test
    void what_else_is_mounted_below_stays_in_sight_and_a_cover_in_use_stays() {
        String said = ok(
                """
                mkdir -p "$W/var/lib" "$W/var/log"; mount -t tmpfs disk "$W/var/lib"; echo disk > "$W/var/lib/file"; cd "$W"
                mkdir var/lib/sub; mount -t tmpfs more var/lib/sub; echo more > var/lib/sub/file
                "$L" cover "$W/var=1m"
                cat var/lib/file var/lib/sub/file; echo kept >> var/lib/file; echo new > var/log/new
                sleep 100 < var/log/new & pid=$!
                { "$L" umount var || true; } 2>&1 | grep -o "busy: sleep ([0-9]*) has a file open in it" | tr -d '0-9'
                cat var/lib/sub/file var/log/new
                kill $pid; wait $pid || true
                "$L" umount var; cat var/lib/file var/lib/sub/file; ls var/log
                umount var/lib/sub var/lib
                """);
        assertEquals(
                """
                disk
                more
                busy: sleep () has a file open in it
                more
                new
                disk
                kept
                more
                """,
                said);
    }

    /** The numbers of its directories change whenever the kernel has forgotten them. */
    @Test
    void directories_of_an_overlayfs_keep_what_was_written_to_them() {
        String said = ok(
                """
                mkdir -p "$W/low/d/sub" "$W/add" "$W/root"; echo low > "$W/low/d/sub/file"
                mount -t tmpfs add "$W/add"; mkdir -p "$W/add/d/sub"; mount -t overlay -o "ro,lowerdir=$W/add:$W/low" root "$W/root"
                "$L" cover "$W/root=1m"; cd "$W"
                echo new > root/d/sub/new; before=$(stat -c %i root/d root/d/sub)
                for i in 1 2; do sync; echo 3 > /proc/sys/vm/drop_caches; sleep 0.2; done
                ls root/d/sub; [ "$before" = "$(stat -c %i root/d root/d/sub)" ] || echo other numbers
                """);
        assertEquals("file\nnew\n", said);
    }

    @Test
    void a_cover_grows_and_shrinks_while_it_is_in_use() {
        String said = ok(
                """
                mkdir "$W/a" "$W/b"; cd "$W"; "$L" cover "$W/a=1m" "$W/b=1m"
                fill() { cat /dev/zero > "$1/fill" 2> /dev/null || true; stat -c %s "$1/fill"; }
                fill a; "$L" resize "$W/a=2m"; fill a
                "$L" resize "$W/b=64k,nr_inodes=20"; df -k --output=size,itotal b | tail -1 | tr -s ' '
                for words in "$W/a=1m" "$W/a=100000g" "$W/a=0" "$W/a" "$W/a /=1m" "$W/none=1m" "$W/a=1m,nodev"; do
                  status=0; "$L" resize $words 2> "$W/said" || status=$?; echo "$status $(wc -l < "$W/said")"
                done
                # What no command of ours sends.
                python3 - "$W/a" << 'END'
                import glob, socket, sys
                for request in "- 0 0 %s", "- -1 0 %s", "- 1m 0 %s", "x 4096 0 %s", "- 4096 0", "- 4096", "", "- 4096 0 a", "- 9999999999999999999 0 %s":
                    s = socket.socket(socket.AF_UNIX); s.connect(glob.glob("/run/liveroot/*.socket")[0])
                    s.sendall(("resize " + (request % sys.argv[1] if "%s" in request else request) + "\\n").encode()); print(s.recv(100).split(b"\\n")[0].decode())
                END
                df -k --output=size a | tail -1 | tr -s ' '
                """);
        assertEquals(
                """
                1048576
                2097152
                 64 20
                75 1
                64 1
                64 1
                64 1
                66 1
                66 1
                64 1
                """
                        + "refused 64\n".repeat(9)
                        + " 2048\n",
                said);
    }

    @Test
    void what_a_cover_held_is_free_when_it_was_taken_down_though_others_are_served() {
        String said = ok(
                """
                mkdir "$W/a" "$W/b"; cd "$W"; "$L" cover "$W/a=64m" "$W/b=1m"
                pid=$(basename -s .mount /run/liveroot/*.mount)
                open() { ls -l /proc/$pid/fd | wc -l; }
                before=$(open); dd if=/dev/zero of=a/big bs=1M count=32 status=none; "$L" umount a
                for i in $(seq 100); do [ "$(open)" -ge "$before" ] || break; sleep 0.1; done
                [ "$(open)" -ge "$before" ] || echo closed
                echo x > b/new; cat b/new; umount b; for i in $(seq 100); do [ -e /proc/$pid ] || break; sleep 0.1; done; ls /proc/$pid 2> /dev/null || echo ended
                """);
        assertEquals("closed\nx\nended\n", said);
    }

    @Test
    void a_disk_below_a_cover_that_somebody_unmounted_by_hand_stays_mounted() {
        String said = ok(
                """
                mkdir -p "$W/tmp" "$W/var/lib"; mount -t tmpfs disk "$W/var/lib"; echo disk > "$W/var/lib/file"; cd "$W"
                "$L" cover "$W/tmp=1m" "$W/var=1m"
                umount var/lib; umount var
                "$L" umount --all; cat var/lib/file; grep -c " $W/" /proc/self/mounts
                umount var/lib
                """);
        assertEquals("""
                disk
                1
                """, said);
    }

    @ParameterizedTest(name = "{1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "66 | missing           | there is no such directory",
                "66 | file              | is not a directory",
                "66 | link              | is a symlink to dir: name the directory itself",
                "64 | dir dir           | is asked for twice",
                "64 | dir link/../dir   | is asked for twice",
                "75 | taken             | something mounted there already",
                "75 | above             | mounted below it already",
                "64 | dir=0             | size '0'",
                "64 | dir=-1m           | size '-1m'",
                "64 | dir=100000g       | more than half of RAM",
                "64 | dir=1x            | size '1x'",
                "64 | dir,rubbish       | unknown option 'rubbish'",
                "64 | --unions=fstab    | fstab:2: .*rubbish",
                "66 | --unions=missing  | no such file",
                "64 | --preset=beos     | 'beos'",
                "66 | --root=missing    | no such file",
                "66 | --root=file       | --root .*/file: is not a directory",
                "66 | --root=good       | there is no such directory in .*/good",
                "73 | --root=/ /        | what runs already would not see",
                "73 | --root=/ /proc    | is the kernel's .proc.",
                "73 | --root=/ /sys     | is the kernel's .sysfs.",
                "73 | --root=/ /run     | would hide /run/liveroot",
                "64 | relative          | does not begin with '/'"
            })
    void what_cannot_be_covered_is_refused_in_one_line_and_nothing_is_mounted(
            int status, String words, String pattern) {
        Command.Result result = run(
                """
                mkdir "$W/dir" "$W/good" "$W/taken" "$W/above" "$W/above/taken"; touch "$W/file"; ln -s dir "$W/link"; cd "$W"
                printf '%s\\n' "liveroot $W/good union size=1m 0 0" "liveroot $W/dir union rubbish 0 0" > fstab
                "$L" cover "$W/taken" "$W/above/taken"
                words=()
                for word in $1; do
                  case $word in --root=/) words+=("$word"); continue;; /|/proc|/sys|/run|relative) words+=("$word"); continue;; esac
                  case $word in --unions=*|--root=*) words+=("${word%%=*}" "$W/${word#*=}");; --*) words+=("$word");; *) words+=("$W/$word");; esac
                done
                case $1 in --root=missing|--root=file|--root=good|relative) words+=(/dir);; esac
                status=0; "$L" cover "$W/good=1m" "${words[@]}" || status=$?
                grep " $W/.*fuse.liveroot" /proc/self/mounts | awk '{ print $2 }' | sed "s#$W##" | sort
                exit $status
                """,
                words);
        assertEquals(status, result.status(), result::toString);
        assertTrue(result.err().matches("liveroot: [^\n]+\n"), () -> "one line is expected: " + result);
        assertTrue(
                java.util.regex.Pattern.compile(pattern).matcher(result.err()).find(), result::toString);
        assertEquals("/above/taken\n/taken\n", result.out(), result::toString);
    }

    @Test
    void a_user_is_told_of_a_directory_that_only_root_may_read() {
        String said = ok(
                """
                mount -t tmpfs tmpfs /mnt; chmod 755 /mnt; mkdir -m 700 /mnt/secret /mnt/secret/dir; mkdir -m 1777 /run/user
                setpriv --reuid 1000 --regid 1000 --clear-groups env XDG_RUNTIME_DIR=/run/user HOME=/ \
                  "$L" cover /mnt/secret/dir 2>&1 | grep -c 'liveroot: .*[Pp]ermission denied' || true
                ! grep "/mnt/.*fuse.liveroot" /proc/self/mounts
                """);
        assertEquals("1\n", said);
    }

    @Test
    void what_a_user_may_not_read_is_refused_for_want_of_permission() {
        String said = ok(
                """
                mount -t tmpfs tmpfs /mnt; chmod 755 /mnt; mkdir -m 700 /mnt/secret; mkdir -m 1777 /run/user
                status=0; setpriv --reuid 1000 --regid 1000 --clear-groups env XDG_RUNTIME_DIR=/run/user HOME=/ \
                  "$L" cover /mnt/secret 2>&1 || status=$?; echo $status
                ! grep "/mnt/.*fuse.liveroot" /proc/self/mounts
                """);
        assertEquals(
                "liveroot: cover: /mnt/secret cannot be covered: permission denied: this user may not read it\n77\n",
                said);
    }

    @Test
    void of_a_mount_whose_daemon_was_killed_every_command_says_so() {
        String said = ok(
                """
                mkdir -p "$W/dir/sub"; "$L" cover "$W/dir=1m" "$W/dir/sub=1m"
                pid=$(basename -s .mount /run/liveroot/*.mount); kill -9 $pid; while [ -e /proc/$pid/exe ]; do sleep 0.05; done
                for words in "resize $W/dir=2m" "playlist --stop $W/dir" "resize $W/dir/sub=2m" "status $W/dir"; do
                  status=0; "$L" $words > "$W.said" 2>&1 || status=$?; echo "$status $(sed "s#$W##g; s/^liveroot: //" "$W.said")"
                done
                rm "$W.said"; "$L" umount "$W/dir"; ls "$W/dir"
                """);
        assertEquals("71 /dir: its daemon was killed: liveroot umount /dir clears it\n".repeat(4) + "sub\n", said);
    }

    @Test
    void what_lies_below_a_directory_that_is_to_be_unmounted_is_named() {
        String said = ok(
                """
                mkdir -p "$W/dir/a/sub" "$W/dir/b"; "$L" cover "$W/dir/b=1m" "$W/dir/a=1m" "$W/dir/a/sub=1m"
                status=0; "$L" umount "$W/dir" 2> "$W/said" || status=$?; sed "s#$W##g" "$W/said"; echo $status
                """);
        assertEquals(
                "liveroot: /dir: nothing of liveroot's is mounted there, but below it at /dir/a, /dir/b\n66\n", said);
    }

    @Test
    void who_keeps_covers_busy_is_said_of_all_of_them_and_of_bound_sockets_too() {
        String said = ok(
                """
                mkdir "$W/a" "$W/b" "$W/c"; cd "$W"; "$L" cover "$W/a=1m" "$W/b=1m" "$W/c=1m"
                timeout 60 python3 -c 'import socket, sys, time; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); open(sys.argv[2], "w"); time.sleep(50)' "$W/c/s" "$W/bound" & pid=$!
                while [ ! -e "$W/bound" ]; do sleep 0.05; done
                echo x > a/file; exec 8< a/file
                busy() { status=0; "$L" umount "$@" 2> "$W/said" 8<&- || status=$?; sed "s#$W##g; s/ ([0-9]*)/ (PID)/g" "$W/said"; echo $status; }
                busy "$W/c"; busy --all
                kill $pid; wait $pid || true; exec 8<&-
                for i in $(seq 50); do "$L" umount --all 2> /dev/null && break; sleep 0.1; done
                grep "$W/" /proc/self/mounts || echo none
                """);
        assertEquals(
                """
                liveroot: /c is busy: python3 (PID) has the socket /c/s bound in it
                75
                liveroot: /c is busy: python3 (PID) has the socket /c/s bound in it; /a is busy: bash (PID) has a file open in it
                75
                none
                """,
                said);
    }

    @Test
    void a_cover_that_was_unmounted_by_hand_is_told_from_the_next_at_the_same_place() {
        String said = ok(
                """
                mkdir "$W/a" "$W/b"; cd "$W"; "$L" cover "$W/a=1m" "$W/b=1m"
                echo x > a/file; exec 8< a/file; umount -l a; "$L" cover "$W/a=2m"
                "$L" status | grep -o '/[ab] .*' | sed 's/  .*  / /'
                exec 8<&-; "$L" umount "$W/a"; "$L" umount --all
                """);
        assertEquals(3, said.lines().count(), said);
        assertTrue(said.lines().toList().get(0).endsWith(" (unmounted)"), said);
        assertEquals(1, said.split("\\(unmounted\\)", -1).length - 1, said);
    }

    @Test
    void what_a_preset_leaves_out_is_noted_without_advice() {
        Command.Result result = run(
                """
                mkdir -p "$W/root/Volumes" "$W/root/var/tmp/sub" "$W/root/var/db"; mount -t tmpfs ram "$W/root/Volumes"; "$L" cover --root "$W/root" /var/tmp/sub=1m /var/db=1m
                mkdir -p "$W/root/Library/Preferences"
                "$L" cover --preset rc.cdrom --root "$W/root" 2> "$W/said" || echo $?
                sed "s#$W##g; s/process [0-9]*/process PID/" "$W/said" | grep -v 'there is no such directory in /root, left out$'
                "$L" umount --all; umount "$W/root/Volumes"
                """);
        assertEquals(
                """
                liveroot: preset rc.cdrom: /Volumes is a writable tmpfs already, left out
                liveroot: preset rc.cdrom: /var/tmp: liveroot has /root/var/tmp/sub mounted below it already, left out
                liveroot: preset rc.cdrom: /var/db: liveroot has something mounted there already (process PID), left out
                """,
                result.out(),
                result::toString);
    }

    @Test
    void a_bare_dev_is_told_by_the_exit_status_too() {
        String said = ok(
                """
                mkdir "$W/dir"; mount -t tmpfs dev /dev
                mknod -m 666 /dev/null c 1 3; mknod -m 666 /dev/random c 1 8; mknod -m 666 /dev/urandom c 1 9
                status=0; "$L" cover --front kernel "$W/dir=1m" 2>&1 | grep -c '/dev/fuse' || true
                "$L" cover --front kernel "$W/dir=1m" 2> /dev/null || echo $?
                """);
        assertEquals("1\n69\n", said);
    }

    @Test
    void a_daemon_that_was_killed_is_cleared_away_by_the_next_cover() {
        String said = ok(
                """
                mkdir -p "$W/dir/sub"; echo lower > "$W/dir/sub/file"
                killed() { pid=$(basename -s .mount "$(ls -t /run/liveroot/*.mount | sed 1q)"); kill -9 $pid; while [ -e /proc/$pid/exe ]; do sleep 0.05; done; }
                "$L" cover "$W/dir=1m" "$W/dir/sub=1m"; echo lost > "$W/dir/sub/new"; killed
                "$L" cover "$W/dir=1m" "$W/dir/sub=1m"; ls "$W/dir/sub"; grep -c "$W/dir" /proc/self/mounts; killed
                # One that lies in another which answers no more.
                "$L" cover "$W/dir/sub=1m"; cat "$W/dir/sub/file"; grep -c "$W/dir" /proc/self/mounts
                """);
        assertEquals("file\n2\nlower\n1\n", said);
    }

    @Test
    void where_few_files_may_be_open_a_cover_still_answers_or_is_refused() {
        String said = ok(
                """
                mkdir "$W/a" "$W/b"; for i in $(seq 300); do echo $i > "$W/a/$i"; done
                (ulimit -n 140; status=0; "$L" cover "$W/a=8m" "$W/b=1m" 2> "$W/said" || status=$?; echo "$status $(wc -l < "$W/said")"; "$L" cover "$W/a=8m")
                cat "$W"/a/* | wc -l; for i in $(seq 300); do echo more >> "$W/a/$i"; done; cat "$W"/a/* | wc -l
                "$L" status "$W/a" | grep -c 'cover of'; "$L" umount "$W/a"; cat "$W"/a/* | wc -l
                """);
        assertEquals("71 1\n300\n600\n1\n300\n", said);
    }

    @Test
    void a_service_manager_is_told_when_all_is_served_and_what_shields_the_daemon() {
        String said = ok(
                """
                mkdir "$W/dir"; echo lower > "$W/dir/file"
                timeout 60 python3 - "$L" "$W/dir" << 'END'
                import ctypes, glob, os, socket, subprocess, sys
                path = "/run/notify"
                s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(path); s.settimeout(50)
                p = subprocess.Popen([sys.argv[1], "cover", "--foreground", "--mlock", sys.argv[2]], env=dict(os.environ, NOTIFY_SOCKET=path))
                told = dict(line.split("=", 1) for line in s.recv(4096).decode().splitlines())
                print(told["READY"], int(told["MAINPID"]) == p.pid, open(sys.argv[2] + "/file").read().strip())
                print(open("/proc/%d/cmdline" % p.pid).read()[0])
                status = open("/proc/%d/status" % p.pid).read(); print(int(status.split("VmLck:")[1].split()[0]) > 10000)
                # PF_MEMALLOC_NOIO and PF_LOCAL_THROTTLE of linux/sched.h, which PR_SET_IO_FLUSHER sets
                stats = [open(f).read() for f in glob.glob("/proc/%d/task/*/stat" % p.pid)]
                may = ctypes.CDLL(None).prctl(57, 1, 0, 0, 0) == 0
                print({int(s.split(") ")[1].split()[6]) & 0x180000 == 0x180000 for s in stats if "(fuse-" in s} == {may})
                print(open("/proc/%d/oom_score_adj" % p.pid).read().strip() == "-1000" or not os.access("/proc/self/oom_score_adj", os.W_OK) or "container")
                p.terminate(); print(p.wait(20) in (0, 143), os.listdir(sys.argv[2]))
                END
                """);
        assertTrue(said.matches("1 True lower\n@\nTrue\nTrue\n(True|container)\nTrue \\['file'\\]\n"), said);
    }
}
