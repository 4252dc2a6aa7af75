package liveroot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code liveroot cover} may lie over: file systems of any type, directories of any name, whatever is below them. */
@InNamespace
class CoverLowerTest {

    @BeforeAll
    static void needsMounts() {
        Front.COVER.need();
        Host.needs("setfattr", "setfacl", "mke2fs", "mksquashfs", "xorriso", "chattr", "python3");
    }

    /** Mounts a tree at $W/low by the type in $1, of which root is to be covered; $W/image is what it lies in, if it is one file. */
    private static final String LOWER =
            """
            cd "$W"; mkdir -p tree/root low more twin; cd tree/root
            mkdir acl sgid sticky deep deep/er gone; echo low > acl/low; echo root > sticky/root; echo mine > sticky/mine
            echo deep > deep/er/file; echo gone > gone/file; ln -s deep/er/file link; head -c 300000 /dev/urandom > large; echo fixed > fixed
            mknod null c 1 3; mkfifo fifo; chown 1000:1000 sticky/mine; chown 0:50 sgid; chmod 2775 sgid; chmod 1777 sticky; chmod 4755 large
            setfacl -m u:7:rw acl/low; setfacl -d -m u:8:rwx,g:9:r acl; setfattr -n user.low -v yes fixed; touch -d 2001-01-01 deep/er/file fixed
            cd "$W"
            case $1 in
            ext4) truncate -s 64M image; mke2fs -q -t ext4 -d tree image; mount -o loop image low; setfacl -m u:7:rw low/root/acl/low
              setfacl -d -m u:8:rwx,g:9:r low/root/acl; chattr +i low/root/fixed; umount low; mount -o loop,ro image low ;;
            tmpfs) mount -t tmpfs -o strictatime tmpfs low; cp -a tree/. low; mount -o remount,ro low ;;
            squashfs) mksquashfs tree image -quiet -no-progress -comp lz4 2> said; mount -o loop,ro image low ;;
            iso9660) xorriso -as mkisofs -quiet -R -o image tree > said 2>&1; mount -t iso9660 -o loop,ro image low ;;
            overlayfs) mount -t tmpfs more more; mkdir -p more/root/deep; echo more > more/root/deep/more; mount -t overlay -o ro,lowerdir=more:tree root low ;;
            liveroot) mksquashfs tree image -quiet -no-progress -comp lz4 2> said; "$L" mount image low ;;
            cover) "$L" cover "$W/tree=1m"; mount --bind tree low ;;
            esac
            """;

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"ext4", "tmpfs", "squashfs", "iso9660", "overlayfs", "liveroot", "cover"})
    void a_cover_does_what_a_tmpfs_with_the_same_files_does(String type) {
        if (type.equals("iso9660")
                && !Command.bash("modprobe -q iso9660 || true; grep -qw iso9660 /proc/filesystems")
                        .succeeds()) {
            Host.skip("the kernel has no iso9660 to be covered");
        }
        String said = CoverRootTest.ok(
                LOWER
                        + """
                        mount -t tmpfs tmpfs twin; mkdir twin/root; cp -a low/root/. twin/root; chattr -i twin/fixed 2> /dev/null || true
                        mkdir view; mount --bind low view; mount -o remount,bind,noatime,ro view
                        lower() { find view -printf '%p %m %U:%G %n %s %A@ %T@ %C@\\n' | sort; find view -type f -exec md5sum {} + | sort; [ ! -e image ] || md5sum image; }
                        lower > before; "$L" cover "$W/low/root=2m"
                        work() {
                          cd "$W/$1/root"; cat large deep/er/file link fixed > /dev/null
                          echo new > acl/new; mkdir acl/dir; touch acl/dir/deep; setfacl -m u:11:r acl/low; chmod g-w acl/low
                          echo new > sgid/new; mkdir sgid/dir; echo more >> fixed; echo changed | dd of=large bs=1 seek=70000 conv=notrunc status=none
                          setpriv --reuid 1000 --regid 1000 --clear-groups sh -c 'rm sticky/root; mv sticky/mine sticky/ours; echo new > sticky/new; echo x > sgid/x' 2> err || true; sed 's/.*: //' err; rm err
                          mv deep/er moved; rm -r gone; mkdir gone; ln fixed hard; rm link; ln -s gone link; echo nothing > null; mv fifo sgid; truncate -s 10 large
                          find . -printf '%P %M %U:%G %l\\n' | sort; find . ! -type d -printf '%P %n %s\\n' | sort; find . ! -type l | sort | getfacl -np -
                          find . | sort | xargs getfattr -h -d -m user; find . -type f -exec md5sum {} + | sort; cd "$W"
                        }
                        work low > cover.out; work twin > twin.out; diff twin.out cover.out && wc -l < cover.out
                        "$L" umount "$W/low/root"; lower | diff before -; umount view; [ $1 != cover ] || umount low
                        """,
                type);
        assertTrue(Integer.parseInt(said.strip()) > 80, said);
    }

    @Test
    void device_nodes_of_a_directory_like_dev_work_through_a_line_of_netbsd() {
        String said = CoverRootTest.ok(
                """
                mkdir -p "$W/root/dev/fd"; cd "$W/root/dev"; mknod null c 1 3; mknod zero c 1 5; mknod -m 666 tty c 5 0; mknod loop b 7 77; ln -s /proc/self/fd/0 stdin
                mount --bind "$W/root" "$W/root"; mount -o remount,bind,ro "$W/root"; echo 'swap /dev mfs rw,noatime,union,-s=12000 0 0' > "$W/fstab"; cd /
                "$L" cover --unions "$W/fstab" --root "$W/root"; cd "$W/root/dev"
                head -c 3 zero | od -An -tx1; echo gone > null; stat -c '%F %t,%T %a' null loop tty; echo through | cat stdin
                mknod random c 1 9; head -c 5 random | wc -c; rm zero; mknod zero c 1 3; wc -c < zero; chmod 600 tty; mv null null2; echo gone > null2; echo *
                df -k --output=size . | tail -1 | tr -d ' '; cd /; "$L" umount --all; head -c 1 "$W/root/dev/zero" | wc -c
                mkdir "$W/kernel"; mount -t devtmpfs devtmpfs "$W/kernel"; "$L" cover "$W/kernel" 2>&1 | grep -o "is the kernel's (devtmpfs)" || true
                umount "$W/kernel"
                """);
        assertEquals(
                """
                 00 00 00
                character special file 1,3 644
                block special file 7,4d 644
                character special file 5,0 666
                through
                5
                0
                fd loop null2 random stdin tty zero
                6000
                1
                is the kernel's (devtmpfs)
                """,
                said);
    }

    @Test
    void a_name_may_have_blanks_commas_backslashes_and_newlines() {
        String said = CoverRootTest.ok(
                """
                name=$'a blank, a tab\\t\\\\012 and = a\\nnewline'; dir="$W/$name"; mkdir -p "$dir/mine" "$W/a"; echo lower > "$dir/file"; cd "$W"
                field=$(python3 -c 'import os, sys; print("".join(chr(b) if chr(b).isalnum() or b == 47 else "\\\\%03o" % b for b in os.fsencode(sys.argv[1])))' "$dir")
                cat > server.py << 'END'
                import os, socket, sys
                os.chdir(sys.argv[1]); s = socket.socket(socket.AF_UNIX); s.bind("server"); s.listen(2); s.settimeout(60)
                c = s.accept()[0]; c.sendall(b"reached\\n")
                END
                python3 server.py "$dir" & server=$!; for i in $(seq 100); do [ ! -S "$dir/server" ] || break; sleep 0.05; done
                "$L" cover "$field=1m" "$W/a=1m"; mounted() { grep -c " $W/.*fuse.liveroot" /proc/self/mounts || true; }
                cd "$dir"; python3 -c 'import socket; s = socket.socket(socket.AF_UNIX); s.connect("server"); print(s.recv(9).decode(), end="")'; wait $server; cd "$W"
                echo new > "$name/new"; mounted; "$L" status "$dir" | grep -c 'KiB\\|MiB'; "$L" resize "$field=2m"
                "$L" status --json "$dir" | python3 -c 'import json, sys; print([u["path"] == sys.argv[1] for u in json.load(sys.stdin)[0]["unions"]])' "$dir"
                "$L" umount "$dir"; mounted; ls "$name"; "$L" umount --all
                printf 'liveroot %s union size=1m,mkdir=a\\\\040b:700 0 0\\n' "$field" > fstab; "$L" cover --unions fstab; stat -c '%a %n' "$name/a b" | grep -o '^700'
                for path in "$field" "${field}x"; do "$L" cover "$path=1m" 2>&1 | wc -l || true; done; pid=$(basename -s .mount /run/liveroot/*.mount); kill -9 $pid
                for i in $(seq 100); do [ -e /proc/$pid/exe ] || break; sleep 0.05; done; "$L" cover "$field=1m"; cat "$name/file"; ls "$name"; "$L" umount "$dir"; mounted
                """);
        assertEquals(
                """
                reached
                2
                2
                [True, False]
                1
                file
                mine
                server
                700
                1
                1
                lower
                file
                mine
                server
                0
                """,
                said);
    }

    @Test
    void a_name_that_is_not_utf_8_is_refused_and_reached_by_a_bind_mount() {
        String said = CoverRootTest.ok(
                """
                bad=$'bad\\xff'; mkdir -p "$W/$bad/sub" "$W/good" "$W/var/$bad" "$W/other"; cd "$W"; ln -s "$bad" link; printf 'liveroot %s/bad\\\\377 union size=1m 0 0\\n' "$W" > fstab
                refused() { status=0; "$L" "$@" 2> said || status=$?; echo "$status $(wc -l < said) $(grep -co 'not UTF-8' said)"; }
                refused cover "$W/other=1m" "$W/$bad=1m"; refused cover "$W/other=1m" "$W/link/sub=1m"; refused cover --unions fstab "$W/other=1m"; refused cover --root "$W/link" /sub
                mount -t tmpfs disk "$W/var/$bad"; refused cover "$W/other=1m" "$W/var=1m"; grep -c " $W/.*fuse.liveroot" /proc/self/mounts || true
                mount --bind "$bad" good; "$L" cover "$W/good=1m" "$W/other=1m"; echo new > good/sub/new; ls good/sub; "$L" umount "$W/good"; "$L" status | grep -c "cover of $W/other"; "$L" umount --all; ls good/sub
                umount "$W/var/$bad" good
                """);
        assertEquals("64 1 1\n64 1 1\n64 1 1\n64 1 1\n73 1 1\n0\nnew\n1\n", said);
    }

    @Test
    void who_stands_in_a_directory_when_it_is_covered_stays_below_it() {
        String said = CoverRootTest.ok(
                """
                mkdir -p "$W/dir/sub"; echo old > "$W/dir/sub/old"; cd "$W/dir/sub"; "$L" cover "$W/dir=1m"
                echo new > "$W/dir/sub/new"; rm "$W/dir/sub/old"; ls; cat old; ls "$W/dir/sub"
                cd "$W/dir/sub"; { "$L" umount "$W/dir" || true; } 2>&1 | grep -c 'has its working directory in it'; ls
                cd /; "$L" umount "$W/dir"; ls "$W/dir/sub"
                """);
        assertEquals("old\nold\nnew\n1\nnew\nold\n", said);
    }
}
