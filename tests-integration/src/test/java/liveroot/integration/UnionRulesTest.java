package liveroot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Small rules that programs rely on, each a script that must say the same in a union and on tmpfs. */
@ParameterizedClass(name = "{0} front")
@EnumSource(value = Front.class, mode = EnumSource.Mode.EXCLUDE, names = "URING")
class UnionRulesTest {

    private static Path image;
    private static Path tmpfs;

    private final Front front;
    private Mounted mounted;

    UnionRulesTest(Front front) {
        this.front = front;
    }

    @BeforeAll
    static void makeImage() {
        Host.needsRoot("owners, trusted attributes and a tmpfs to compare with");
        Host.needs("perl", "setfattr", "setpriv");
        image = Images.of(SquashfsRecipe.LZ4, Images.tree("union-cases.sh"));
        tmpfs = Workspace.directory("tmpfs");
        Command.of("mount", "-t", "tmpfs", "-o", "size=4m,mode=755", "t", tmpfs.toString())
                .ok();
    }

    @AfterAll
    static void umountTmpfs() {
        if (tmpfs != null) {
            Command.of("umount", tmpfs.toString()).ok();
        }
    }

    @BeforeEach
    void mount() {
        mounted = Mounted.of(image, front, "--union", "/covered=4m,mode=755,uid=0,gid=0");
    }

    @AfterEach
    void umount() {
        if (mounted != null) {
            mounted.close();
        }
    }

    private void sameAsOnTmpfs(String expected, String script) {
        String all = "set +e\nmkdir work; cd work\n" + script + "\ncd ..; rm -r work";
        assertEquals(expected, Command.bash(all).in(tmpfs).ok(), "on tmpfs");
        assertEquals(
                expected, Command.bash(all).in(mounted.directory("covered")).ok(), "in the union");
    }

    @Test
    void truncate_to_the_same_size_makes_the_times_new() {
        sameAsOnTmpfs(
                """
                truncate 3: new
                ftruncate 3: new
                truncate 2: new
                open O_TRUNC: new
                open O_TRUNC: new
                """,
                """
                times() { stat -c %.9Y-%.9Z f; }
                printf abc > f
                try() { a=$(times); sleep 0.03; perl -e "$2"; test $a = $(times) && echo "$1: same" || echo "$1: new"; }
                try 'truncate 3' 'truncate("f", 3)'
                try 'ftruncate 3' 'open(F, "+<", "f"); truncate(F, 3)'
                try 'truncate 2' 'truncate("f", 2)'
                try 'open O_TRUNC' 'open(F, ">", "f")'
                try 'open O_TRUNC' 'open(F, ">", "f")'
                """);
    }

    @Test
    void ordinary_users_do_not_see_trusted_attributes() {
        sameAsOnTmpfs(
                "trusted.t\nnone\n",
                """
                : > f; setfattr -n trusted.t -v v f
                getfattr -m - f 2> /dev/null | grep t$
                setpriv --reuid 12345 --clear-groups getfattr -m - f 2> /dev/null | grep trusted || echo none
                """);
    }

    @Test
    void one_hard_link_renamed_onto_another_leaves_both() {
        sameAsOnTmpfs(
                "2 2 x x\n2 2 x\n",
                """
                echo x > a; ln a b
                perl -e 'rename("a", "b") or die $!'
                echo $(stat -c %h a b) $(cat a b)
                exec 3< b 4< a
                perl -e 'rename("a", "b") or die $!'
                echo $(stat -c %h a b) $(cat <&3)
                exec 3<&- 4<&-
                """);
    }

    @Test
    void set_user_id_goes_unless_the_writer_has_the_capability_to_keep_it() {
        sameAsOnTmpfs(
                """
                root: 6755 6755 6755 6755
                root without the capability: 755 755 755 755
                a user: 755 755 755 755
                a user with the capability: 6755 6755 6755 6755
                """,
                """
                chmod 777 .
                try() {
                  echo $(for how in 'open(F, "+<", "f"); syswrite F, "x"' 'open(F, ">", "f")' \\
                      'open(F, ">>", "f"); syswrite F, "x"' 'truncate("f", 1)'; do
                    rm -f f; echo text > f; chown 12345 f; chmod 6755 f; "$@" perl -e "$how"; stat -c %a f
                  done)
                }
                echo "root: $(try env)"
                echo "root without the capability: $(try setpriv --bounding-set -fsetid --inh-caps -fsetid)"
                echo "a user: $(try setpriv --reuid 12345 --clear-groups)"
                echo "a user with the capability: $(try setpriv --reuid 12345 --clear-groups --inh-caps +fsetid \\
                    --ambient-caps +fsetid)"
                """);
    }

    @Test
    void what_rename_leaves_for_an_overlay_belongs_to_the_group_of_its_directory() {
        if (front == Front.JNR_FUSE) {
            // libfuse 2 has no rename flags.
            return;
        }
        sameAsOnTmpfs(
                "character special file 77\n",
                """
                mkdir d; chgrp 77 d; chmod 2755 d; : > d/f
                perl -e '($f, $t) = @ARGV; chomp($m = `uname -m`);
                  syscall($m eq "aarch64" ? 276 : 316, -100, $f, -100, $t, 4) == 0 or die "renameat2: $!"' d/f d/g
                stat -c '%F %g' d/f
                """);
    }
}
