package liveroot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A union is a RAM disk with a size: full on the exact page, usable when full, and empty when emptied. */
class UnionLimitTest {

    private static Path image;

    @BeforeAll
    static void makeImage() {
        Host.needsRoot("an image with foreign owners and device nodes");
        Host.needs(Served.PYTHON);
        image = Images.of(SquashfsRecipe.LZ4, Images.tree("union-cases.sh"));
    }

    static String python(Mounted mounted, String union, String script) {
        return Command.of(Served.PYTHON, "-s", "-c", "from calls import *\n" + script)
                .in(mounted.directory(union))
                .with("PYTHONPATH", Images.file("calls.py").getParent().toString())
                .with("PYTHONDONTWRITEBYTECODE", "1")
                .within(Duration.ofMinutes(5))
                .ok();
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(Served.class)
    void no_space_is_left_after_the_last_page_and_all_of_it_when_files_are_gone(Served served) {
        try (Mounted mounted = served.mount(image, "--union", "/empty=1m")) {
            assertEquals(
                    """
                    256 pages
                    full: ENOSPC
                    another: None
                    its first byte: ENOSPC
                    True 0 free
                    over what is there: 4096
                    after a hole: 4096
                    full again: ENOSPC
                    shorter by two pages: None
                    two more: 8192
                    0 used
                    """,
                    python(
                            mounted,
                            "empty",
                            """
                            file = opened("fill", os.O_RDWR | os.O_CREAT); pages = 0; page = b"p" * 4096
                            with contextlib.suppress(OSError):
                                while True: pages += os.write(file, page) // 4096
                            print(pages, "pages"); said("full", os.write, file, page)
                            other = said("another", lambda: os.close(opened("other", os.O_WRONLY | os.O_CREAT)))
                            said("its first byte", lambda: os.write(opened("other"), b"x"))
                            print(content("fill") == page * pages, os.statvfs(".").f_bfree, "free")
                            said("over what is there", os.pwrite, file, page, 8192)
                            fallocate(file, KEEP_SIZE | PUNCH_HOLE, 40960, 4096); said("after a hole", os.pwrite, file, page, pages * 4096)
                            said("full again", os.pwrite, file, page, pages * 4096 + 4096)
                            said("shorter by two pages", os.ftruncate, file, pages * 4096 - 4096)
                            said("two more", os.pwrite, file, page * 2, pages * 4096)
                            os.close(file); os.unlink("fill"); os.unlink("other")
                            used = lambda: os.statvfs(".").f_blocks - os.statvfs(".").f_bfree
                            end = time.time() + 10  # the kernel does not wait for the answer to a RELEASE
                            while used() and time.time() < end: time.sleep(0.01)
                            print(used(), "used")
                            """));
        }
    }

    /** A full union is written to as soon as a file has been closed and deleted; the script tells how often that failed. */
    static final String FULL_AND_DELETED =
            """
            failed = 0
            for i in range(100):
                file = opened("fill", os.O_WRONLY | os.O_CREAT)
                with contextlib.suppress(OSError):
                    while True: os.write(file, b"x" * 65536)
                os.close(file); os.unlink("fill")
                try: put("new", b"room again"); os.unlink("new")
                except OSError: failed += 1
            print(failed, "failed")
            """;

    @ParameterizedTest(name = "{0}")
    @EnumSource(Served.class)
    void space_of_a_deleted_file_is_there_at_once(Served served) {
        try (Mounted mounted = served.mount(image, "--union", "/empty=512k")) {
            assertEquals("0 failed\n", python(mounted, "empty", FULL_AND_DELETED));
        }
    }

    /** Each has its own way of writing; what they do when there is no space is their affair, as long as they end. */
    private static final String[] CLIENTS = {
        "head -c 100M /dev/zero > f",
        "for i in {1..5000}; do echo $i > f$i || exit 1; done",
        "cp -a \"$SOURCE\" d",
        "tar -C \"$SOURCE\" -cf - . 2> /dev/null | tar -xf -",
        "for i in {1..99}; do cp ../cases/00/big b$i && echo x >> b$i || exit 1; done",
        "fallocate -l 100M f || fallocate -l 3M f && head -c 2M /dev/urandom > g",
        "sqlite3 db 'create table t(b); with recursive n(x) as (values(1) union all select x+1 from n where x<9999)"
                + " insert into t select randomblob(1000) from n'",
        "git init -q r && cd r && for i in {1..200}; do head -c 20000 /dev/urandom > f$i; done && git add ."
    };

    @ParameterizedTest(name = "{0}")
    @EnumSource(value = Served.class, mode = EnumSource.Mode.EXCLUDE, names = "COVER")
    void a_union_that_clients_fill_in_turn_is_empty_when_they_have_gone(Served served) {
        Host.needs("sqlite3", "git");
        // -Dliveroot.test.fills=100 for the long form.
        int rounds = Integer.getInteger("liveroot.test.fills", 1);
        try (Mounted mounted = served.mount(image, "--union", "/empty=4m")) {
            String used = "stat -f -c '%b %f %c %d' .";
            // Its root counts once it has been written to.
            String before = Command.bash("mkdir w; rmdir w; " + used)
                    .in(mounted.directory("empty"))
                    .ok();
            for (int round = 0; round < rounds; round++) {
                for (String client : CLIENTS) {
                    Command.Result result = Command.bash("mkdir w; cd w; " + client)
                            .in(mounted.directory("empty"))
                            .with("SOURCE", Images.tree("union-cases.sh").toString())
                            .with("HOME", "/nonexistent")
                            .within(Duration.ofMinutes(2))
                            .run();
                    assertTrue(result.status() != 0, () -> "4 MiB were enough: " + result);
                    // The kernel does not wait for the answer to a RELEASE.
                    String left = Command.bash(
                                    "rm -r w; ls -A; for i in {1..1000}; do u=$(" + used
                                            + "); [ \"$u\" != \"$1\" ] || break; sleep 0.01; done; echo \"$u\"",
                                    before.strip())
                            .in(mounted.directory("empty"))
                            .ok();
                    assertEquals(before, left, client);
                }
                if (rounds > 1 && round % 10 == 9) {
                    System.out.println(served + ", round " + (round + 1) + ": " + before.strip() + ", daemon "
                            + Command.bash("grep VmRSS /proc/" + mounted.daemon() + "/status")
                                    .ok()
                                    .strip());
                }
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(
            value = Served.class,
            names = {"KERNEL_TMPFS", "KERNEL_MEMORY"})
    void a_union_can_be_the_upper_directory_of_the_kernels_overlayfs(Served served) {
        Path merged = Workspace.directory("merged");
        try (Mounted mounted = served.mount(image, "--union", "/empty=16m")) {
            String said = Command.bash(
                            """
                            mkdir upper work; trap 'umount "$1"' EXIT
                            mount -t overlay overlay -o "lowerdir=$2,upperdir=upper,workdir=work" "$1"
                            (cd "$1"; rm file; rm -r dir; mkdir dir; echo new > dir/new; echo more >> link-a; mv big moved; chmod 600 empty
                             mv dir2 elsewhere 2> /dev/null; ls -A dir; cat link-a; stat -c '%a' empty; test ! -e file; cmp moved "$2/big")
                            stat -c '%F %t:%T' upper/file; cat upper/link-a
                            """,
                            merged, Images.tree("union-cases.sh").resolve("cases/07"))
                    .in(mounted.directory("empty"))
                    .ok();
            assertEquals("new\nlinked\nmore\n600\ncharacter special file 0:0\nlinked\nmore\n", said);
        }
    }

    @Test
    void how_large_a_file_may_be_does_not_depend_on_the_shell_that_the_daemon_was_started_from() {
        Path java = Workspace.path("java-with-ulimit");
        Command.bash(
                        """
                        printf '#!/bin/sh\nulimit -f 256; exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" "$@"\n' > "$1"; chmod +x "$1"
                        """,
                        java)
                .ok();
        String[] union = {"--union", "/cases=4m"};
        try (Mounted mounted = Mounted.of(image, Front.KERNEL, java.toString(), union)) {
            assertEquals(
                    "300005 1048576 1048576\n",
                    Command.bash(
                                    """
                                    echo more >> big; truncate -s 1M longer; fallocate -l 1M allocated
                                    echo $(stat -c %s big longer allocated)
                                    """)
                            .in(mounted.directory("cases/03"))
                            .ok());
        }
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(value = Served.class, mode = EnumSource.Mode.EXCLUDE, names = "COVER")
    void two_mounts_at_once_agree_on_every_number(Served served) {
        try (Mounted one = served.mount(image, "--union", "/=4m");
                Mounted two = served.mount(image, "--union", "/=4m")) {
            String numbers = "find . -printf '%i %p\\n' | sort";
            Command.bash("echo x >> cases/01/file; mv cases/01/dir cases/02/moved; mv cases/02/moved cases/01/dir")
                    .in(two.directory())
                    .ok();
            assertEquals(
                    Command.bash(numbers).in(one.directory()).ok(),
                    Command.bash(numbers).in(two.directory()).ok());
        }
    }
}
