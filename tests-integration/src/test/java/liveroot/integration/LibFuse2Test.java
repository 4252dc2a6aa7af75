package liveroot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What libfuse 2 cannot carry is refused by the jnr-fuse front, or works as said, and leaves things as they were:
 * docs/jnr-fuse.md has the list with the reasons.
 */
class LibFuse2Test {

    private static UnionTwin twin;

    @BeforeAll
    static void mount() {
        Host.needs(Served.PYTHON);
        twin = UnionTwin.open(Served.JNR_FUSE, UnionTwin.Files.IN_THE_IMAGE);
    }

    @AfterAll
    static void unmount() {
        if (twin != null) {
            twin.close();
        }
    }

    private static void answers(String expected, String script) {
        assertEquals(
                expected,
                twin.inUnion(
                        Served.PYTHON + " -s - << 'END'\nfrom calls import *\n" + script + "\nEND\n",
                        Duration.ofMinutes(1)));
    }

    @Test
    void rename_with_flags_is_refused() {
        answers(
                """
                no replace: EINVAL
                exchange: EINVAL
                whiteout: EINVAL
                b'lower\\n' b''
                """,
                """
                said("no replace", rename, "file", "new", NOREPLACE); said("exchange", rename, "file", "empty", EXCHANGE); said("whiteout", rename, "file", "new", WHITEOUT)
                print(content("file"), content("empty"))
                """);
    }

    @Test
    void files_without_a_name_are_refused() {
        answers("tmpfile: ENOTSUP\n", "said('tmpfile', opened, 'dir', os.O_TMPFILE | os.O_RDWR)");
    }

    @Test
    void access_control_lists_are_refused() {
        answers(
                "set: ENOTSUP\nget: ENODATA\nset: ENOTSUP\nget: ENODATA\n['user.dir']\n",
                """
                for kind in "access", "default":
                    said("set", os.setxattr, "dir", "system.posix_acl_" + kind, struct.pack("<IHHIHHIHHI", 2, 1, 7, 0xFFFFFFFF, 4, 7, 0xFFFFFFFF, 32, 7, 0xFFFFFFFF)); said("get", os.getxattr, "dir", "system.posix_acl_" + kind)
                print(os.listxattr("dir"))
                """);
    }

    @Test
    void a_file_looks_as_if_it_had_no_holes() {
        answers(
                "[(0, 2097152)]\n",
                """
                os.truncate("empty", 2 << 20); print(data_and_holes("empty"))
                """);
    }

    @Test
    void a_directory_that_was_removed_while_in_use_cannot_be_found_any_more() {
        answers(
                "look: ENOENT\nlist: ENOENT\n",
                """
                os.mkdir("d"); os.chdir("d"); os.rmdir("../d"); said("look", os.stat, "."); said("list", os.listdir, ".")
                """);
    }

    @Test
    void names_of_one_file_have_locks_of_their_own() {
        answers(
                "one name: EAGAIN\nanother name: None\nTrue\n",
                """
                held = opened("link-a"); fcntl.flock(held, fcntl.LOCK_EX)
                said("one name", fcntl.flock, opened("link-a"), fcntl.LOCK_EX | fcntl.LOCK_NB); said("another name", fcntl.flock, opened("link-b"), fcntl.LOCK_EX | fcntl.LOCK_NB)
                print(os.stat("link-a").st_ino == os.stat("link-b").st_ino)
                """);
    }

    @Test
    void what_is_written_by_one_name_is_read_by_another_from_its_next_open_on() {
        answers(
                "b'written'\n",
                """
                content("link-b"); os.write(opened("link-a"), b"written"); print(content("link-b"))
                """);
    }
}
