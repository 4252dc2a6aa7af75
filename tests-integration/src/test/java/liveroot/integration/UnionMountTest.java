package liveroot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Unions as mounts: what is writable and what is not, what they show of themselves, and what happens when one is full. */
@ParameterizedClass(name = "{0} front")
@EnumSource(value = Front.class, mode = EnumSource.Mode.EXCLUDE, names = "URING")
class UnionMountTest {

    private static Path image;
    private static String sum;
    private static Mounted mounted;

    private final Front front;

    UnionMountTest(Front front) {
        this.front = front;
    }

    @BeforeAll
    static void makeImage() {
        Host.needsRoot("an image with foreign owners and device nodes");
        image = Images.of(SquashfsRecipe.LZ4, Images.tree("union-cases.sh"));
        sum = Images.sha256(image);
    }

    @BeforeParameterizedClassInvocation
    static void mount(Front front) {
        mounted = Mounted.of(
                image, front, "--union", "/cases/00=4m", "--union", "/cases/01/dir=2m", "--union", "/covered=1m");
    }

    @AfterParameterizedClassInvocation
    static void unmount() {
        if (mounted != null) {
            Mounted closing = mounted;
            mounted = null;
            closing.close();
            assertEquals(sum, Images.sha256(image), "checksum of the image");
        }
    }

    @AfterAll
    static void nothingIsOpen() {
        unmount();
    }

    private static Command in(String path, String script) {
        return Command.bash(script).in(mounted.directory(path));
    }

    @Test
    void outside_of_the_unions_nothing_can_be_changed() {
        String said = in(
                        "",
                        """
                        for change in 'echo x > outside/new' 'echo x >> outside/file' 'rm outside/file' 'mkdir outside/d' \
                            'rmdir cases/02/emptydir' 'mv outside/file outside/moved' 'chmod 600 outside/file' \
                            'chown 1 outside/file' 'touch outside/file' 'ln outside/file outside/l' 'ln -s x outside/s' \
                            'mkfifo outside/p' 'mknod outside/c c 1 3' 'truncate -s 0 outside/file' \
                            'setfattr -n user.a -v b outside/file' 'rm -r cases/02' 'echo x > new' 'rm cases/01/file' \
                            'setfattr -x user.one cases/02/attributes' 'touch -h cases/02/symlink'; do
                          if bash -c "$change" 2> "$0.err" > /dev/null; then echo "done: $change"; fi
                          grep -q 'Read-only file system' "$0.err" || { echo "$change: $(cat "$0.err")"; }
                          rm "$0.err"
                        done
                        """
                                .replace("$0.err", Workspace.path("err").toString()))
                .ok();
        assertEquals("", said);
    }

    @Test
    void each_union_is_a_mount_of_its_own_with_its_size() {
        assertEquals(4, mounted.mounts().lines().count(), mounted::mounts);
        for (String union : new String[] {"cases/00 4096", "cases/01/dir 2048", "covered 1024"}) {
            String[] parts = union.split(" ", -1);
            assertEquals(
                    parts[1],
                    in(parts[0], "df -k --output=size,target . | awk -v t=\"$PWD\" 'NR == 2 && $2 == t { print $1 }'")
                            .ok()
                            .strip(),
                    union);
            in(parts[0], "mountpoint -q .; test $(stat -f -c %l .) = 255").ok();
        }
        assertEquals("0 0\n", in("outside", "stat -f -c '%f %d' .").ok(), "an image has no free space");
    }

    @Test
    void a_rename_or_link_across_a_border_is_like_one_between_two_disks() {
        String said = in(
                        "",
                        """
                        echo x > cases/00/crossing
                        perl $SYS rename cases/00/crossing covered/crossing
                        perl $SYS link cases/00/crossing covered/crossing
                        perl $SYS rename outside/file cases/00/from-outside
                        perl $SYS rename cases/01/dir cases/00/mount-point
                        mv cases/00/crossing covered/crossing; cat covered/crossing; rm covered/crossing
                        """)
                .with("SYS", Images.file("sys.pl").toString())
                .ok();
        assertEquals(
                """
                rename: Invalid cross-device link
                link: Invalid cross-device link
                rename: Invalid cross-device link
                rename: Invalid cross-device link
                x
                """,
                said);
    }

    @Test
    void the_root_of_a_union_looks_like_the_directory_that_it_covers() {
        Path source = Images.tree("union-cases.sh").resolve("covered");
        try (Mounted fresh = Mounted.of(image, front, "--union", "/covered=1m")) {
            TreeListing found = TreeListing.of(fresh.directory("covered"));
            found.assertSameAs(TreeListing.of(source));
            assertEquals("1000", found.aspect("", "uid"));
            assertEquals("1771", found.aspect("", "mode"));
            assertTrue(found.aspect("", "mtime").startsWith("1551675967."), found.aspect("", "mtime"));
            Command.bash(
                            "chmod 700 .; chown 3:4 .; touch -d '2020-02-02 UTC' .; test \"$(stat -c '%a %u %g %Y' .)\" = '700 3 4 1580601600'")
                    .in(fresh.directory("covered"))
                    .ok();
        }
    }

    @Test
    void a_full_union_says_so_and_works_on() {
        String said = in(
                        "cases/00",
                        """
                        mkdir full; cd full
                        said=$(dd if=/dev/zero of=fill bs=64k 2>&1) && echo "no end"
                        echo "$said" | grep -o 'No space left on device' || echo "$said"
                        size=$(stat -c %s fill)
                        test $size -gt 2500000 && test $size -le 4194304 || echo "ended after $size of 4 MiB"
                        echo more > more 2> /dev/null && test -s more && echo 'a byte too many' || true
                        cat ../file; md5sum < ../big > /dev/null; ls -l > /dev/null
                        if echo x >> ../big 2> /dev/null; then echo 'copied up without room'; fi
                        test $(stat -c %s ../big) = 300000
                        rm fill; rm -f more
                        echo room > again; cat again; cd ..; rm -r full
                        """)
                .within(Duration.ofMinutes(1))
                .run()
                .out();
        // The appended byte may find room when only the changed part of a file is copied up.
        assertEquals("No space left on device\nlower\nroom\n", said.replace("copied up without room\n", ""));
        assertEquals(
                "", in("covered", "echo others > o; grep -q others o; rm o").ok(), "other unions have room");
    }

    @Test
    void space_comes_back() {
        in(
                        "cases/01/dir",
                        """
                        for i in 1 2 3 4 5 6 7 8 9 10; do
                          head -c 1500000 /dev/urandom > big || { echo "round $i" >&2; exit 1; }
                          : > big
                          head -c 1500000 /dev/zero > big; rm big
                          mkdir d; for j in {1..50}; do echo $j > d/$j; done; rm -r d
                          head -c 700000 /dev/zero > one; head -c 700000 /dev/zero > two; mv one two; rm two
                          cp a copy; truncate -s 1000000 copy; rm copy
                        done
                        df -k --output=used . | tail -1
                        """)
                .within(Duration.ofMinutes(1))
                .ok();
        long used = Long.parseLong(
                in("cases/01/dir", "df -B1 --output=used . | tail -1").ok().strip());
        assertTrue(used <= 64 << 10, "used when all was deleted: " + used);
    }

    @Test
    void a_union_runs_out_of_inodes_before_it_runs_out_of_memory() {
        String said = in(
                        "covered",
                        """
                        mkdir many; cd many
                        perl -e 'for (my $i = 0; $i < 200000; $i++) { open my $f, ">", "f$i" or do { print "$!\\n"; exit } } print "no end\\n"'
                        cd ..; rm -r many; mkdir many; echo x > many/y; cat many/y; rm -r many
                        """)
                .within(Duration.ofMinutes(3))
                .ok();
        assertEquals("No space left on device\nx\n", said);
    }

    @Test
    void unions_lie_in_unions() {
        try (Mounted nested =
                Mounted.of(image, front, "--union", "/=8m", "--union", "/cases=4m", "--union", "/cases/00/dir=1m")) {
            Command.bash(
                            """
                            echo root > new; echo cases > cases/new; echo dir > cases/00/dir/new; rm cases/00/dir/a
                            cat new cases/new cases/00/dir/new cases/01/dir/a; rm -r outside; mv covered moved; ls
                            test "$(df -k --output=size . cases cases/00/dir | tail -n +2 | tr -d ' \\n')" = 819240961024
                            """)
                    .in(nested.directory())
                    .ok();
        }
    }

    @Test
    void what_was_written_is_gone_with_the_mount_and_the_image_is_as_it_was() {
        Path directory = Workspace.directory("again");
        TreeListing before;
        try (Mounted first = Mounted.at(directory, image, front, "--union", "/=64m")) {
            before = TreeListing.of(first.directory("cases/05"));
            Command.bash("rm -r cases/05/dir; echo x > cases/05/file; mv cases/05/big cases/05/x; mkdir new")
                    .in(first.directory())
                    .ok();
        }
        try (Mounted second = Mounted.at(directory, image, front, "--union", "/=64m")) {
            TreeListing.of(second.directory("cases/05")).assertSameAs(before);
            assertEquals(
                    "cases\ncovered\nempty\noutside\n",
                    Command.of("ls").in(second.directory()).ok());
        }
    }

    @Test
    void inode_numbers_are_the_same_at_every_mount() {
        String script = "find cases/06 -printf '%i %P\\n' | sort -k2";
        String first;
        try (Mounted one = Mounted.of(image, front, "--union", "/cases=1m")) {
            first = Command.bash(script).in(one.directory()).ok();
        }
        try (Mounted other = Mounted.of(image, front, "--union", "/cases=1m")) {
            assertEquals(first, Command.bash(script).in(other.directory()).ok());
        }
    }

    @Test
    void times_of_changes_are_those_of_the_clock() {
        Instant before = Instant.now().minusSeconds(2);
        String times = in("cases/00", "echo x > clock; stat -c '%X %Y %Z' clock; rm clock")
                .ok();
        for (String seconds : times.strip().split(" ", -1)) {
            long at = Long.parseLong(seconds);
            assertTrue(
                    at >= before.getEpochSecond() && at <= Instant.now().getEpochSecond() + 1,
                    () -> times + " after " + before);
        }
    }
}
