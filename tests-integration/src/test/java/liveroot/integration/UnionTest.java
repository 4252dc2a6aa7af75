package liveroot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What programs do to files in a union, one rule a case: each looks the same in a tmpfs that holds the same files, seen
 * from the kernel's caches and, at the end, without them.
 */
@ParameterizedClass(name = "{0}, files {1}")
@MethodSource("unions")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class UnionTest {

    private static UnionTwin twin;

    private final Served served;

    UnionTest(Served served, UnionTwin.Files files) {
        this.served = served;
    }

    static Stream<Arguments> unions() {
        return UnionTwin.unions();
    }

    @BeforeParameterizedClassInvocation
    static void mount(Served served, UnionTwin.Files files) {
        twin = UnionTwin.open(served, files);
    }

    @AfterParameterizedClassInvocation
    static void unmount() {
        if (twin != null) {
            UnionTwin closing = twin;
            twin = null;
            closing.close();
        }
    }

    @AfterAll
    static void nothingIsOpen() {
        unmount();
    }

    private static void same(String script) {
        twin.same(script);
    }

    private static void same(String expected, String script) {
        assertEquals(expected, twin.same(script));
    }

    // Files

    @Test
    void what_the_image_holds_is_there() {
        same("cat file dir/sub/deep link-a symlink symlink-to-dir/a; md5sum big; readlink dangling; ls -A . dir");
    }

    @Test
    void a_new_file_is_made_and_read() {
        same("new\n644 0 0 1 4\n", "umask 022; echo new > new; cat new; stat -c '%a %u %g %h %s' new");
    }

    @Test
    void a_file_of_the_image_is_appended_to() {
        same("lower\nmore\n", "echo more >> file; cat file");
    }

    @Test
    void an_append_goes_to_the_end_wherever_the_descriptor_stands() {
        same("lower\nappended\n", "perl $SYS append file; cat file");
    }

    @Test
    void bytes_in_the_middle_of_a_large_file_are_changed_and_the_rest_stays() {
        same("perl $SYS poke big 150000 0 299999 131072 131071; md5sum big; cmp -n 131071 -i 1 big big");
    }

    @Test
    void a_file_is_truncated_shorter_and_longer() {
        same("truncate -s 5 big; od -c big; truncate -s 1M big; md5sum big; : > file; stat -c %s file big");
    }

    @Test
    void a_file_is_written_through_far_beyond_its_end() {
        same("echo end | dd of=file bs=1 seek=5000000 conv=notrunc status=none; stat -c %s file; md5sum file");
    }

    @Test
    void a_sparse_file_may_be_larger_than_the_union() {
        same("truncate -s 5G sparse; echo x >> sparse; stat -c %s sparse; tail -c 2 sparse; rm sparse");
    }

    @Test
    void a_hole_is_punched_into_a_file_of_the_image() {
        same("perl $SYS punch big 4096 200000; stat -c %s big; md5sum big");
    }

    @Test
    void space_is_allocated_ahead() {
        same("fallocate -l 1M ahead; stat -c %s ahead; fallocate -n -l 2M file; stat -c %s file; cat file");
    }

    @Test
    void a_file_is_deleted_and_made_again() {
        same("rm file; if test -e file; then echo still there; fi; ls -A; echo again > file; cat file; ls -A");
    }

    @Test
    void deleting_twice_fails_the_second_time() {
        same("perl $SYS unlink file; perl $SYS unlink file; perl $SYS unlink dir; perl $SYS rmdir file");
    }

    @Test
    void an_exclusive_create_knows_what_is_there_and_what_has_gone() {
        same("perl $SYS create file; rm file; perl $SYS create file; perl $SYS create new; perl $SYS create new");
    }

    @Test
    void a_read_only_file_is_deleted_and_its_mode_does_not_hinder_root() {
        same("echo more >> readonly; cat readonly; rm -f readonly; ls -A");
    }

    @Test
    void an_open_file_outlives_its_last_name() {
        same(
                "links: 0\nread: lower\n\nread: changed though gone\nsize: 7\n",
                "perl $SYS unlinked file; if test -e file; then echo still there; fi");
    }

    @Test
    void a_descriptor_opened_before_the_copy_up_sees_what_is_written_later() {
        same("before: low, after: WRITTEN, one inode: 1\n", "perl $SYS reader file");
    }

    @Test
    void an_open_file_is_renamed_and_written() {
        same("MOVED\n", "perl $SYS moved file dir/moved");
    }

    @Test
    void a_file_without_a_name_gets_one() {
        if (!served.isKernel()) {
            Host.skip("O_TMPFILE through the jnr-fuse front: libfuse 2 has no such request");
        }
        same("links before: 0\nlink: ok\nlinks after: 1\nfrom nowhere\n", "perl $SYS tmpfile dir named; cat dir/named");
    }

    @Test
    void a_file_is_replaced_by_a_rename_as_editors_do() {
        same("echo new > file.tmp; mv file.tmp file; cat file; ls -A");
    }

    @Test
    void a_copy_within_the_union_keeps_everything() {
        same("cp -a dir dir.copy; cp -a big big.copy; cmp big big.copy; mv big.copy big; cp -a attributes copy");
    }

    // Modes, owners, times

    @Test
    void chmod_of_a_file_of_the_image_keeps_content_and_mtime() {
        same("600\n", "chmod 600 big; stat -c %a big; cmp -n 1 big big");
    }

    @Test
    void chown_of_a_file_of_the_image() {
        same("chown 1000:1001 file big; chown 5:6 dir; chown -h 7:8 symlink; stat -c '%u %g' file big dir symlink");
    }

    @Test
    void touch_sets_both_times_or_one_to_the_nanosecond() {
        same(
                """
                touch -d '2022-02-02 02:02:02.123456789 UTC' file
                touch -m -d '2021-01-01 00:00:00.000000001 UTC' dir/a
                touch -a -d '2021-01-01 00:00:00 UTC' dir/b
                touch -h -d '2010-01-01 00:00:00 UTC' symlink
                TZ=UTC stat -c '%y' file dir/a dir/b symlink
                stat -c '%X' dir/b
                """);
    }

    @Test
    void a_directory_of_the_image_changes_mode_and_keeps_its_files() {
        same("chmod 700 dir; stat -c %a dir; find dir | sort; cat dir/sub/deep");
    }

    @Test
    void special_files_of_the_image_stay_what_they_are_when_they_change_mode() {
        same("chmod 600 fifo null block socket; chown 3:4 null; stat -c '%F %a %u %t:%T' fifo null block socket");
    }

    @Test
    void set_user_id_goes_when_another_user_writes_and_when_the_owner_changes() {
        same(
                """
                chmod 6777 setuid; cp -p setuid two; cp -p setuid three; stat -c %a setuid two three
                setpriv --reuid 1000 --regid 1000 --clear-groups bash -c 'echo x >> setuid'; stat -c %a setuid
                chown 1000 two; stat -c %a two
                echo x >> three; stat -c %a three
                """);
    }

    @Test
    void set_user_id_that_a_write_took_away_is_gone_for_exec_and_for_a_look_at_the_mode_alone() {
        same(
                """
                cp "$(command -v id)" two; cp two three; cp two four; chmod 4777 two three four; stat -c %a two three four
                head -c 1 two > byte; chmod 644 byte
                other() { setpriv --reuid 1000 --regid 1000 --clear-groups "$@"; }
                other bash -c './two -u; dd if=byte of=two conv=notrunc status=none; ./two -u'; stat -c %a two
                other fallocate --punch-hole --offset 0 --length 1 three; stat -c %a three
                other bash -c '> four'; stat -c %a four
                """);
    }

    @Test
    void new_files_take_the_group_of_a_set_group_id_directory() {
        same(
                "mkdir setgid/d; echo > setgid/f; stat -c '%a %g' setgid/d setgid/f; mkdir setgid/d/e; stat -c '%a' setgid/d/e");
    }

    @Test
    void other_users_may_what_the_modes_allow() {
        same(
                """
                me() { setpriv --reuid 1000 --regid 1000 --clear-groups bash -c "$1" 2>&1 || echo "no: $?"; }
                me 'cat private'; me 'echo > file'; me 'echo mine > sticky/f'; me 'rm readonly'; me 'mkdir dir/x'
                echo root > sticky/root; chmod 666 sticky/root
                me 'rm -f sticky/root'; me 'echo more >> sticky/root; cat sticky/root'; me 'rm sticky/f'; me 'chmod 777 file'
                chmod 600 file; me 'cat file'; stat -c '%u %a' sticky/* private
                """);
    }

    @Test
    void a_directory_without_write_permission_hinders_users_and_not_root() {
        same(
                """
                echo more > dir555/more; rm dir555/file; ls dir555; mkdir -m 0555 new555; echo x > new555/x; cat new555/x
                setpriv --reuid 1000 --regid 1000 --clear-groups bash -c 'echo x > dir555/y' 2>&1 || echo refused
                """);
    }

    // Directories

    @Test
    void directories_are_made_and_removed() {
        same("mkdir -p new/er/est; touch new/er/est/file; rm -r new/er; ls -A new; rmdir new; rmdir emptydir; ls -A");
    }

    @Test
    void a_directory_that_is_not_empty_is_not_removed() {
        same(
                "perl $SYS rmdir dir; rm dir/a dir/b dir/link-c; perl $SYS rmdir dir; rm -r dir/sub; perl $SYS rmdir dir; ls -A");
    }

    @Test
    void a_directory_that_was_removed_and_made_again_is_empty() {
        same("rm -r dir; mkdir dir; ls -A dir; echo new > dir/a; ls -A dir; cat dir/a");
    }

    @Test
    void a_file_takes_the_place_of_a_directory_and_the_other_way_round() {
        same(
                "rm -r dir; echo file > dir; cat dir; rm file; mkdir file; ls -A file; rmdir file; rm dir; mkdir dir; ls -A dir");
    }

    @Test
    void link_counts_of_directories_count_their_subdirectories() {
        same(
                "stat -c '%h' . dir; mkdir dir/one dir/two; stat -c %h dir; rmdir dir/one; rm -r dir/sub; stat -c %h . dir");
    }

    @Test
    void a_directory_is_swept_while_it_is_listed() {
        same("1500 gone\n", "mkdir many; touch many/{1..1500}; perl $SYS sweep many; rmdir many");
    }

    @Test
    void thousands_of_files_are_made_listed_and_removed() {
        same("3000\n1500\n", "mkdir many; touch many/f{1..3000}; ls many | wc -l; rm many/*[02468]; ls many | wc -l");
    }

    @Test
    void a_name_may_have_255_bytes_and_no_more() {
        same(
                """
                long=$(printf 'n%.0s' {1..255})
                echo ok > $long; cat $long; mv $long dir/$long; cat dir/$long
                cat ${long}n || true; (echo > ${long}n) || true; mkdir ${long}n || true; mv file ${long}n || true
                """);
    }

    // Rename

    @Test
    void a_file_of_the_image_is_renamed() {
        same("mv file renamed; mv dir/a up; mv readonly dir/; cat renamed up dir/readonly; ls -A . dir");
    }

    @Test
    void a_rename_replaces_a_file() {
        same("mv file empty; cat empty; mv big dir/a; md5sum dir/a; ls -A . dir");
    }

    @Test
    void a_rename_onto_a_whiteout_still_hides_the_source() {
        same("rm empty; mv file empty; if test -e file; then echo still there; fi; cat empty; ls -A");
    }

    @Test
    void a_rename_minds_types_and_emptiness() {
        same(
                """
                perl $SYS rename file dir; perl $SYS rename dir file; perl $SYS rename dir dir2; perl $SYS rename dir dir/sub/x
                perl $SYS rename nothing x; perl $SYS rename file file; perl $SYS rename link-a link-b; ls -A
                perl $SYS rename dir emptydir; ls -A . emptydir; cat emptydir/sub/deep
                """);
    }

    @Test
    void a_directory_of_the_image_is_renamed_with_all_that_is_below() {
        same("mv dir moved; find moved | sort; cat moved/a moved/sub/deep moved/link-c; ls -A; ls dir || true");
    }

    @Test
    void a_renamed_directory_leaves_a_place_for_a_new_empty_one() {
        same(
                "mv dir moved; mkdir dir; ls -A dir; echo new > dir/a; cat dir/a moved/a; mv dir moved/sub; find moved | sort");
    }

    @Test
    void a_directory_is_renamed_into_another_and_back_under_a_third_name() {
        same("mv dir dir2/; mv dir2/dir/sub .; mv dir2/dir third; rm third/b; mv third dir; find . | sort; cat dir/a");
    }

    @Test
    void a_renamed_directory_can_be_changed_emptied_and_removed() {
        same(
                """
                mv dir moved; echo x >> moved/a; rm moved/b; mkdir moved/new; mv moved/sub/deep moved/new
                cat moved/a moved/new/deep; rm -r moved; ls -A
                """);
    }

    @Test
    void a_directory_changed_before_it_is_renamed_keeps_its_changes() {
        same("rm dir/a; echo b >> dir/b; echo new > dir/new; mv dir moved; find moved | sort; cat moved/b moved/new");
    }

    @Test
    void a_directory_is_renamed_onto_an_empty_directory_of_the_image() {
        same("perl $SYS rename dir2 emptydir; cat emptydir/a; ls -A . emptydir");
    }

    @Test
    void a_directory_is_renamed_onto_one_whose_files_were_deleted() {
        same("rm dir2/*; perl $SYS rename dir dir2; find dir2 | sort; cat dir2/a; if test -e dir2/c; then echo c; fi");
    }

    @Test
    void a_rename_that_must_not_replace_fails_on_what_is_there_and_passes_over_a_whiteout() {
        skipRenameFlagsOnJnr();
        same("perl $SYS noreplace file empty; rm empty; perl $SYS noreplace file empty; cat empty; ls -A");
    }

    @Test
    void two_names_change_places() {
        skipRenameFlagsOnJnr();
        same(
                """
                perl $SYS exchange file empty; cat empty; perl $SYS exchange dir file; cat dir/a file/sub/deep || true
                find . | sort; rm link-a; perl $SYS exchange link-a file; echo new > new; perl $SYS exchange new big; cat big
                """);
    }

    private void skipRenameFlagsOnJnr() {
        if (!served.isKernel()) {
            Host.skip("rename flags through the jnr-fuse front: libfuse 2 has none, the kernel answers EINVAL");
        }
    }

    // Links

    @Test
    void the_names_of_a_file_are_one_file() {
        same(
                """
                stat -c %h link-a; echo more >> link-b; cat link-a dir/link-c; stat -c %h link-a link-b dir/link-c
                test link-a -ef dir/link-c; rm link-a; stat -c %h link-b; chmod 600 dir/link-c; stat -c '%h %a' link-b
                rm link-b; stat -c %h dir/link-c; cat dir/link-c
                """);
    }

    @Test
    void a_file_of_the_image_gets_one_more_name() {
        same(
                """
                ln file another; stat -c %h file another; echo more >> another; cat file; rm file; cat another
                stat -c %h another; ln link-a fourth; stat -c %h link-b dir/link-c fourth; test fourth -ef dir/link-c
                perl $SYS link dir x; perl $SYS link another big; perl $SYS link nothing x
                """);
    }

    @Test
    void the_names_of_a_file_are_renamed_and_replaced_one_by_one() {
        same(
                "mv link-a x; echo y > y; mv y link-b; cat x dir/link-c link-b; stat -c %h x dir/link-c link-b; mv x dir/link-c || true");
    }

    @Test
    void symlinks_are_made_read_and_replaced() {
        same(
                """
                ln -s dir/sub new; readlink new; cat new/deep; ln -sfn dir2 symlink-to-dir; cat symlink-to-dir/c
                echo through >> symlink; cat file; rm symlink; ls -A; ln -s $(printf 'x%.0s' {1..4000}) long
                readlink long | wc -c; stat -c %s long; mv dangling moved; readlink moved; stat -c '%u:%g' moved
                """);
    }

    @Test
    void inode_numbers_stay_when_a_file_is_changed_renamed_and_linked() {
        same(
                """
                for f in file big dir symlink fifo null link-a dir555; do
                  before=$(stat -c %i $f)
                  case $f in
                    symlink) chown -h 1:1 $f ;;
                    file|big|link-a) echo x >> $f ;;
                    *) chmod 700 $f ;;
                  esac
                  after=$(stat -c %i $f)
                  mv $f renamed; moved=$(stat -c %i renamed)
                  test $before = $after && test $before = $moved && echo $f keeps its number
                  mv renamed $f
                done
                """);
    }

    @Test
    void listings_name_the_inode_numbers_that_stat_shows() {
        same(
                """
                echo x >> file; mv dir moved; mkdir new; ln big bigger
                for d in . moved new; do
                  ls -U -1 -f -i $d | while read -r number name; do
                    test $name = .. || test $number = $(stat -c %i "$d/$name") || echo "$d/$name: $number in the listing"
                  done
                done
                """);
    }

    @Test
    void no_two_files_share_a_number() {
        same("for i in {1..200}; do echo > n$i; done; find . -links 1 -printf '%i\\n' | sort | uniq -d");
    }

    // Special files

    @Test
    void a_fifo_carries_bytes() {
        same(
                "mkfifo new; (echo through new > new & cat new; wait); (echo through old > fifo & cat fifo; wait); rm fifo new");
    }

    @Test
    void a_socket_is_bound_and_connected_to() {
        same("bind: ok\nthrough a socket\n", "rm socket; perl $SYS bind socket; test -S socket");
    }

    @Test
    void device_nodes_are_made_and_keep_their_numbers() {
        same(
                "mknod c c 1 3; mknod b b 259 1048575; mknod p p; stat -c '%F %t:%T' c b p null block; rm null; mv block blk; ls -A");
    }

    // Extended attributes

    @Test
    void extended_attributes_are_read_set_and_removed() {
        same(
                """
                getfattr -d -m - attributes dir; setfattr -n user.one -v changed attributes; setfattr -x user.two attributes
                setfattr -n user.new -v new file; setfattr -n user.new -v new dir2; setfattr -n trusted.t -v t file
                getfattr -d -m - attributes dir dir2 file; getfattr -n user.two attributes || true
                setfattr -x user.nothing file || true; setfattr -n user.empty -v '' file; getfattr -d -m - file
                """);
    }

    @Test
    void extended_attributes_survive_copy_up_and_rename() {
        same(
                "echo x >> attributes; getfattr -d -m - attributes; mv attributes a; mv dir d; getfattr -d -m - a d; cat a");
    }

    @Test
    void symlinks_and_special_files_have_trusted_attributes_and_no_user_attributes() {
        same(
                """
                setfattr -h -n trusted.t -v 1 symlink; setfattr -n trusted.t -v 2 null; getfattr -h -d -m - symlink null
                setfattr -h -n user.u -v 1 symlink || true; setfattr -n user.u -v 1 fifo || true
                """);
    }

    @Test
    void an_absent_access_control_list_is_no_error() {
        Host.needs("getfacl");
        same("getfacl file dir; ls -ld file dir | cut -c1-11; cp -p file copy; cp -p copy dir/");
    }

    @Test
    void an_access_control_list_is_kept_to_and_shows_in_the_mode_at_once() {
        Host.needs("setfacl");
        if (!served.isKernel()) {
            Host.skip("libfuse 2 cannot ask the kernel to keep to access control lists, so they are refused");
        }
        same(
                """
                echo secret > list; stat -c %a list; setfacl -m u:1000:-,g::rwx,o::r list; stat -c %a list
                for user in 1000 1001; do
                  setpriv --reuid $user --regid $user --clear-groups cat list || echo "not for $user"
                done
                setfacl -x u:1000 list; setpriv --reuid 1000 --regid 1000 --clear-groups cat list
                mkdir listed; setfacl -d -m u:1000:rwx listed; (umask 077; echo x > listed/f; mkdir listed/d)
                stat -c %a listed/f listed/d; chmod 600 listed/f; getfacl -n listed/f listed/d
                """);
    }

    @Test
    void trusted_attributes_are_not_shown_to_users_who_may_not_read_them() {
        same(
                """
                chmod 644 file; setfattr -n trusted.t -v 1 file; setfattr -n user.u -v 1 file; getfattr -m - file
                setpriv --reuid 1000 --regid 1000 --clear-groups getfattr -m - file
                """);
    }

    @Test
    void file_capabilities_are_set_and_lost_by_writing() {
        same(
                """
                setfattr -n security.capability -v 0sAQAAAgAgAAAAAAAAAAAAAAAAAAA= setuid; getfattr -m - -d -e hex setuid
                echo x >> setuid; getfattr -m - -d -e hex setuid
                """);
    }

    // Locks

    @Test
    void locks_exclude_each_other() {
        same("exec 9> file; flock 9; flock -n file true || echo taken; flock -u 9; flock -n file echo free");
    }

    @Test
    void the_file_system_says_how_long_names_may_be() {
        same("255\n", "stat -f -c %l .");
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void everything_is_still_so_when_the_kernel_has_forgotten_it() {
        twin.compareAllWithColdCaches();
    }

    @Test
    @Order(Integer.MAX_VALUE - 1)
    void random_input_and_output_is_what_was_written() {
        Host.needs("fio");
        twin.inUnion(
                """
                check() {
                  fio --name=x --rw=randrw --verify=crc32c --verify_fatal=1 --randseed=7 --output-format=terse "$@" > /dev/null
                }
                check --filename=unaligned --ioengine=psync --bs=3584 --size=14m
                check --filename=mapped --ioengine=mmap --bs=4k --size=16m
                check --filename=big --ioengine=psync --bs=512 --size=256k
                """,
                Duration.ofMinutes(2));
    }
}
