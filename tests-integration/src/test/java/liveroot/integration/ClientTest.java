package liveroot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Programs that people use, at work in a union. Each judges the file system by its own checks.
 * {@code -Dliveroot.test.large=true}: a repository of 12,000 files instead of 500.
 */
@ParameterizedClass(name = "{0}")
@EnumSource(value = Served.class, mode = EnumSource.Mode.EXCLUDE, names = "COVER")
class ClientTest {

    private static Mounted mounted;

    private final Served served;

    ClientTest(Served served) {
        this.served = served;
    }

    @BeforeParameterizedClassInvocation
    static void mount(Served served) {
        Host.needsRoot("an image with foreign owners and device nodes");
        mounted = served.mount(
                Images.of(SquashfsRecipe.ZSTD), "--union", "/etc=64m", "--union", "/var=256m", "--union", "/usr=64m");
    }

    @AfterParameterizedClassInvocation
    static void unmount() {
        if (mounted != null) {
            Mounted closing = mounted;
            mounted = null;
            closing.close();
        }
    }

    @AfterAll
    static void nothingIsOpen() {
        unmount();
    }

    private static Command in(String path, String script, Object... arguments) {
        return Command.bash(script, arguments).in(mounted.directory(path)).within(Duration.ofMinutes(2));
    }

    @Test
    void git_keeps_a_repository() {
        Host.needs("git");
        in(
                        "var",
                        """
                        export HOME=$PWD GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
                        mkdir repo; cd repo
                        git init -q .
                        mkdir -p many/{1..20}
                        for ((i = 1; i <= $1; i++)); do echo "file $i" > many/$((i % 20 + 1))/f$i; done
                        for i in {1..100}; do echo "file $i" > f$i; done
                        git add .
                        git commit -q -m 'Add files'
                        for i in {1..100..7}; do echo more >> f$i; done; rm f2; git mv f3 g3; mkdir d; git mv f4 f5 d/
                        git add -A; git commit -q -m 'Change some'
                        git checkout -q -b other HEAD~1; echo x > x; git add x; git commit -q -m x; git merge -q --no-edit master 2>/dev/null || git merge -q --no-edit main
                        git gc -q --prune=now
                        git fsck --strict
                        test -z "$(git status --porcelain)"
                        git clone -q . ../clone; cd ../clone; git fsck --strict; test "$(git log --oneline | wc -l)" = 4
                        test "$(git ls-files | wc -l)" -gt "$1"; git mv many moved; git commit -q -m Move; git diff --quiet HEAD
                        cd ..; rm -rf repo clone
                        """,
                        Boolean.getBoolean("liveroot.test.large") ? 12_000 : 500)
                .within(Duration.ofMinutes(10))
                .ok();
    }

    @Test
    void sqlite_keeps_its_databases_whole() {
        Host.needs("sqlite3");
        for (String mode : new String[] {"delete", "truncate", "wal"}) {
            assertEquals(
                    "%s\n0\n2000\nok\n".formatted(mode),
                    in(
                                    "var",
                                    """
                                    rm -f db db-*
                                    sqlite3 db "pragma journal_mode=$1; create table t(a integer primary key, b text); create index i on t(b);"
                                    worker() {
                                      for i in {1..20}; do
                                        sqlite3 -cmd '.timeout 30000' db "begin immediate; with recursive n(x) as (values(1) union all select x+1 from n where x<50)
                                          insert into t(b) select hex(randomblob(100)) from n; commit;"
                                      done
                                    }
                                    worker & worker & wait
                                    sqlite3 db "begin; delete from t; rollback;"
                                    sqlite3 db "update t set b = upper(b) where a % 3 = 0; vacuum; select count(*) - 2000 from t; select count(*) from t; pragma integrity_check;"
                                    """,
                                    mode)
                            .ok());
        }
    }

    @Test
    void sqlite_databases_survive_the_end_of_a_client_in_the_middle() {
        Host.needs("sqlite3");
        for (String mode : new String[] {"delete", "wal"}) {
            assertEquals(
                    "ok\n".repeat(5),
                    in(
                                    "var",
                                    """
                                    rm -f db db-*; sqlite3 db "pragma journal_mode=$1; create table t(a integer primary key, b text); create index i on t(b)" > /dev/null
                                    for round in 1 2 3 4 5; do
                                      before=$(sqlite3 db 'select count(*) from t')
                                      for i in {1..10000}; do echo "insert into t(b) values(hex(randomblob(200)));"; done | sqlite3 -cmd '.timeout 30000' db & pid=$!
                                      # In the middle of its work, of which it has done some.
                                      until test "$(sqlite3 -cmd '.timeout 30000' db 'select count(*) from t')" -gt "$((before + 20))"; do :; done
                                      kill -9 $pid; wait $pid || true
                                      sqlite3 -cmd '.timeout 30000' db 'pragma integrity_check'
                                    done
                                    rm -f db db-*
                                    """,
                                    mode)
                            .ok());
        }
    }

    @Test
    void rsync_copies_in_and_out_with_everything() {
        Host.needs("rsync");
        Path source = Images.sourceTree();
        Path out = Workspace.directory("rsync");
        // libfuse 2 carries no access control lists, and rsync would insist on them.
        String options = served.isKernel() ? "-aHAX" : "-aHX";
        in(
                        "var",
                        "mkdir in; rsync $3 --devices --specials \"$1/\" in/; rsync $3 --devices --specials in/ \"$2/\"",
                        source,
                        out,
                        options)
                .ok();
        TreeListing expected = TreeListing.of(source);
        TreeListing.of(mounted.directory("var/in")).assertSameAs(expected);
        TreeListing.of(out).assertSameAs(expected);
        assertEquals(
                "",
                in("var", "rsync $2 -n --delete --itemize-changes \"$1/\" in/; rm -r in", source, options)
                        .ok(),
                "a second run finds nothing to do");
    }

    @Test
    void rsync_updates_files_of_the_image_in_place_and_by_rename() {
        Host.needs("rsync");
        Path changed = Workspace.path("changed");
        Command.bash(
                        """
                        cp -a "$1/usr" "$2"; cd "$2/bin"
                        echo x >> text.dat; rm rel; echo y > new
                        touch -d '2022-03-04 05:06:07 UTC' text.dat new . ..
                        """,
                        Images.sourceTree(),
                        changed)
                .ok();
        TreeListing expected = TreeListing.of(changed);
        in("usr", "rsync -aHX --delete \"$1/\" ./", changed).ok();
        TreeListing.of(mounted.directory("usr")).assertSameAs(expected);
        Command.bash("cd \"$1/bin\"; echo z >> random.dat; touch -d '2022-03-04 05:06:08 UTC' random.dat", changed)
                .ok();
        in("usr", "rsync -aHX --inplace --no-whole-file \"$1/\" ./", changed).ok();
        TreeListing.of(mounted.directory("usr")).assertSameAs(TreeListing.of(changed));
    }

    @Test
    void tar_packs_and_unpacks_with_everything() {
        Path source = Images.sourceTree();
        Path out = Workspace.directory("tar");
        String options = "--xattrs --xattrs-include='*' --numeric-owner --sparse";
        in(
                        "var",
                        "mkdir t; tar " + options + " -C \"$1\" -cf - . 2> /dev/null | tar " + options + " -C t -xpf -;"
                                + " tar " + options + " -C t -cf - . 2> /dev/null | tar " + options
                                + " -C \"$2\" -xpf -",
                        source,
                        out)
                .run();
        // tar keeps no sockets.
        TreeListing expected = TreeListing.of(source);
        String[] ignored = {};
        assertEquals(
                java.util.List.of(),
                TreeListing.of(out).differencesFrom(expected, ignored).stream()
                        .filter(line -> !line.startsWith("etc/sock: missing"))
                        .toList());
        assertEquals(
                java.util.List.of(),
                TreeListing.of(mounted.directory("var/t")).differencesFrom(expected, ignored).stream()
                        .filter(line -> !line.startsWith("etc/sock: missing"))
                        .toList());
        in("var", "rm -r t").ok();
    }

    @Test
    void a_program_is_compiled_and_run() {
        Host.needs("gcc");
        assertEquals(
                "42\n",
                in(
                                "var",
                                """
                                mkdir c; cd c; printf 'int six(void) { return 6; }\\n' > six.c
                                printf '#include <stdio.h>\\nint six(void);\\nint main(void) { printf("%%d\\\\n", 7 * six()); }\\n' > main.c
                                gcc -O1 -g -c six.c; ar rcs libsix.a six.o; gcc -O1 -pipe main.c -o main -L. -lsix; strip main; ./main; cd ..; rm -r c
                                """)
                        .ok());
    }

    @Test
    void many_processes_work_in_one_directory() {
        in(
                        "var",
                        """
                        mkdir busy; cd busy; trap 'kill $(jobs -p) 2> /dev/null || true' EXIT
                        worker() {
                          for ((i = 0; i < 60; i++)); do
                            # Between finding a name and using it another worker may take it away: ln and ls may fail, no one else.
                            echo $1-$i > tmp$1; until mv tmp$1 shared; do $2 || exit 1; done; ln -f shared link$1 2> /dev/null || true
                            mkdir -p d/$1; echo $i >> d/$1/log; cat shared > /dev/null || $2; rm -f link$1; ls -l > /dev/null 2>&1 || true
                            if ((i % 10 == 9)); then mv d/$1 d/m$1; rm -r d/m$1; fi
                          done
                        }
                        for w in 1 2 3 4; do worker $w $1 2> /dev/null & pids[w]=$!; done
                        for w in 1 2 3 4; do wait ${pids[w]}; done
                        test "$(ls | tr '\\n' ' ')" = 'd shared '; grep -E -q '^[1-4]-59$' shared; test -z "$(ls d)"
                        cd ..; rm -r busy
                        """,
                        // libfuse 2 opens and looks by path, and a file that was replaced after its lookup has none: mv
                        // then gives
                        // up.
                        served.isKernel() ? "false" : "true")
                .ok();
    }

    @Test
    void a_program_runs_from_the_union_while_it_is_replaced() {
        in(
                        "var",
                        """
                        cp "$(command -v sleep)" prog; ./prog 5 & pid=$!; sleep 0.2
                        if cp /bin/true prog 2> err; then echo "written while it runs" >&2; exit 1; fi
                        grep -q 'Text file busy' err
                        cp /bin/true prog2; mv prog2 prog; ./prog; kill -0 $pid; kill $pid; rm prog err
                        """)
                .ok();
    }

    @Test
    void files_are_written_through_memory_maps_and_read_back() {
        Host.needs("fio");
        if (!served.isKernel()) {
            Host.skip("shared maps through the jnr-fuse front are covered by the random input and output of UnionTest");
        }
        in(
                        "var",
                        """
                        fio --name=m --filename=mapped --ioengine=mmap --rw=randwrite --bs=4k --size=8m --numjobs=1 --verify=crc32c \
                          --verify_fatal=1 --output-format=terse > /dev/null
                        fio --name=d --filename=direct --direct=1 --ioengine=psync --rw=randrw --bs=4k --size=8m --verify=crc32c \
                          --verify_fatal=1 --output-format=terse > /dev/null
                        rm mapped direct
                        """)
                .ok();
    }
}
