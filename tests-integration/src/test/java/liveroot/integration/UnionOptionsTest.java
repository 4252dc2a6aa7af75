package liveroot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What may be said of a union is kept to or refused, and its limits can change while it is in use. */
@ParameterizedClass(name = "{0} front")
@EnumSource(
        value = Front.class,
        names = {"KERNEL", "JNR_FUSE"})
class UnionOptionsTest {

    private static Path image;

    private final Front front;

    UnionOptionsTest(Front front) {
        this.front = front;
    }

    @BeforeAll
    static void makeImage() {
        Host.needsRoot("an image with foreign owners and device nodes");
        Host.needs("perl");
        image = Images.of(SquashfsRecipe.LZ4, Images.tree("union-cases.sh"));
    }

    private static Command in(Mounted mounted, String path, String script) {
        return Command.bash(script).in(mounted.directory(path)).within(Duration.ofMinutes(1));
    }

    private static void resize(Mounted mounted, String... arguments) {
        Object[] words = new Object[arguments.length + 2];
        words[0] = "resize";
        words[1] = mounted.directory();
        System.arraycopy(arguments, 0, words, 2, arguments.length);
        assertEquals("", Liveroot.command(words).ok());
    }

    private static void refused(int status, String reason, Mounted mounted, String argument) {
        Command.Result result =
                Liveroot.command("resize", mounted.directory(), argument).run();
        assertEquals(status, result.status(), result::toString);
        assertTrue(result.err().matches("liveroot: [^\n]+\n"), () -> "one line is expected: " + result);
        assertTrue(result.err().contains(reason), result::toString);
    }

    private static String df(Mounted mounted, String path) {
        return in(mounted, path, "echo $(df -k --output=size,used,itotal . | tail -1)")
                .ok()
                .strip();
    }

    @Test
    void a_union_grows_and_shrinks_under_those_who_write_to_it() {
        try (Mounted mounted = Mounted.of(image, front, "--union", "/covered=1m", "--union", "/cases=4m")) {
            String fill = "cat /dev/zero > fill 2> /dev/null || true; stat -c %s fill";
            assertEquals("1048576", in(mounted, "covered", fill).ok().strip());
            resize(mounted, "/covered=2m");
            assertEquals("2048 1024 1024", df(mounted, "covered"));
            assertEquals("2097152", in(mounted, "covered", fill).ok().strip());
            refused(75, "2 MiB and ", mounted, "/covered=1m");
            assertEquals("2048 2048 1024", df(mounted, "covered"));
            in(mounted, "covered", "truncate -s 8k fill").ok();
            resize(mounted, "/covered=64k,nr_inodes=20");
            assertEquals("64 8 20", df(mounted, "covered"));
            assertEquals(
                    "65536",
                    in(
                                    mounted,
                                    "covered",
                                    "dd if=/dev/zero of=fill bs=4k conv=notrunc 2> /dev/null || true; stat -c %s fill")
                            .ok()
                            .strip());
            in(mounted, "covered", "! (for i in {1..20}; do : > f$i || exit 1; done) 2> /dev/null")
                    .ok();
            JsonNode union = mounted.status().get("unions").get(0);
            assertEquals("/covered", union.get("path").asText());
            assertEquals(64 << 10, union.get("size").asLong());
            assertEquals(20, union.get("inodes").asLong());
            assertEquals(2 << 20, union.get("most_used").asLong());
            resize(mounted, "/covered,nr_inodes=100");
            in(mounted, "covered", "for i in {1..20}; do : > f$i; done").ok();
            assertEquals("4096 0 1024", df(mounted, "cases"), "the other union");
        }
    }

    @Test
    void a_compressed_union_holds_more_than_its_size() {
        try (Mounted mounted = Mounted.of(image, front, "--union", "/covered=4m,compress=on")) {
            String sums = in(
                            mounted,
                            "covered",
                            """
                            set +o pipefail
                            text() { awk 'BEGIN { for (i = 0; i < 100000; i++) print i " is a line of some length, like the others are too" }'; }
                            text > text
                            test $(stat -c %s text) -gt 5500000
                            cp text copy
                            dd if=copy of=text bs=1000 skip=3 seek=70 count=2000 conv=notrunc status=none
                            cmp <(text) copy
                            rm copy
                            sync; dd if=text iflag=nocache count=0 status=none
                            cmp <(text | head -c 70000; text | tail -c +3001 | head -c 2000000; text | tail -c +2070001) text
                            df -k --output=size,itotal . | tail -1
                            """)
                    .ok();
            assertEquals("4096 1024", sums.strip().replaceAll(" +", " "));
            JsonNode union = mounted.status().get("unions").get(0);
            assertEquals("memory", union.get("store").asText());
            assertTrue(union.get("no_better_store").asText().contains("compress=on"), union::toString);
            assertTrue(union.get("compression").get("holds").asLong() > 5500000, union::toString);
            assertTrue(union.get("used").asLong() <= 4 << 20, union::toString);
        }
    }

    @Test
    void what_is_too_much_or_makes_no_sense_is_refused() {
        try (Mounted mounted = Mounted.of(image, front, "--union", "/covered=1m")) {
            refused(64, "more than half of RAM", mounted, "/covered=90%");
            refused(64, "less than a page", mounted, "/covered=64");
            refused(64, "size 'x'", mounted, "/covered=x");
            refused(64, "give a size", mounted, "/covered");
            refused(64, "nodev cannot change here", mounted, "/covered=2m,nodev");
            refused(66, "there are /covered", mounted, "/cases=2m");
            refused(66, "there is no union over /no", mounted, "/no=2m");
            resize(mounted, "/covered=60%", "--ram", "70%");
            refused(64, "the RAM that --ram gives", mounted, "/covered=80%");
            assertEquals(66, Liveroot.command("resize", "/proc", "/a=1m").run().status());
        }
    }

    @Test
    void what_mount_knows_the_kernel_keeps_to() {
        try (Mounted mounted = Mounted.of(
                image,
                front,
                "--union",
                "/cases/00=1m,ro,mkdir=made:1700",
                "--union",
                "/cases/01=1m,nodev,noexec,noatime",
                "--union",
                "/cases/02=1m,nosuid",
                "--union",
                "/covered=1m,rw,dev,exec,suid,mode=1755,uid=7,gid=8")) {
            String said = in(
                            mounted,
                            "",
                            """
                            set +eo pipefail
                            touch cases/00/new 2>&1 | grep -o 'Read-only file system'
                            stat -c '%a %F' cases/00/made
                            for d in cases/01 cases/02 covered; do
                              mknod $d/null c 1 3; chmod 666 $d/null
                              { echo x > $d/null; } 2> /dev/null && echo "device opened in $d"
                              cp /usr/bin/id $d/id; chmod 4755 $d/id
                              setpriv --reuid 12345 --clear-groups $d/id -u 2> /dev/null
                            done
                            grep " $PWD/cases/01 " /proc/self/mounts | grep -o 'nodev,noexec,noatime'
                            stat -c '%a %u %g' covered
                            """)
                    .ok();
            assertEquals(
                    """
                    Read-only file system
                    1700 directory
                    device opened in cases/02
                    12345
                    device opened in covered
                    0
                    nodev,noexec,noatime
                    1755 7 8
                    """,
                    said);
        }
    }

    @Test
    void what_cannot_be_kept_to_is_refused() {
        for (String option : new String[] {"strictatime", "sync", "quota", "compress", "uid=root", "nodiratime", ""}) {
            Command.Result result = Liveroot.command(
                            "mount", image, Workspace.directory("mnt"), "--union", "/covered=1m," + option)
                    .run();
            assertEquals(64, result.status(), result::toString);
            assertTrue(result.err().matches("liveroot: --union /covered: [^\n]+\n"), result::toString);
        }
    }

    /** As tmpfs and disks do; where that could not be seen the mount says noatime, and relatime is refused. */
    @Test
    void access_times_are_those_of_relatime_or_the_mount_says_noatime() {
        try (Mounted mounted = Mounted.of(image, front, "--union", "/covered=1m", "--union", "/cases=1m,noatime")) {
            boolean kept =
                    mounted.status().get("unions").get(0).get("store").asText().equals("tmpfs");
            assertEquals(kept ? "f d l old once" : "once", read(mounted, "covered"));
            assertEquals("once", read(mounted, "cases"));
            if (!kept) {
                Command.Result relatime = Liveroot.command(
                                "mount",
                                image,
                                Workspace.directory("mnt"),
                                "--front",
                                front,
                                "--union",
                                "/covered=1m,relatime")
                        .run();
                assertEquals(69, relatime.status(), relatime::toString);
                assertTrue(relatime.err().contains("relatime cannot be had for /covered"), relatime::toString);
            }
            for (String line : mounted.mounts().lines().toList()) {
                boolean relatimeShown = line.contains("relatime");
                boolean expected = kept ? !line.contains("/cases ") : line.contains(" ro,");
                assertEquals(expected, relatimeShown, line);
            }
        }
    }

    private static String read(Mounted mounted, String path) {
        return in(
                        mounted,
                        path,
                        """
                        set +e
                        mkdir d; echo text > d/f; sleep 0.05; echo more >> d/f; touch d/g; ln -s f d/l; sleep 0.05
                        cat d/f > /dev/null; ls d > /dev/null; readlink d/l > /dev/null
                        after() { test $(stat -c %.9X $1 | tr -d .) -gt $(stat -c %.9Y $1 | tr -d .); }
                        after d/f && echo f; after d && echo d; after d/l && echo l
                        touch -d 2001-01-01 d/f; touch -m d/f; sleep 0.05; cat d/f > /dev/null
                        test $(stat -c %X d/f) -gt 1000000000 && echo old
                        first=$(stat -c %.9X d/f); sleep 0.05; cat d/f > /dev/null
                        test $first = $(stat -c %.9X d/f) && echo once
                        """)
                .ok()
                .strip()
                .replace('\n', ' ');
    }
}
