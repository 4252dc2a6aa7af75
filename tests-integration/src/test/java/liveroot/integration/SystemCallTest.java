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
 * What system calls do in a union, one rule a case: the same as in a tmpfs that holds the same files. What commands can
 * show is in {@link UnionTest}; these cases are in Python (see calls.py).
 *
 * <p>{@code -Dliveroot.test.large=true}: 33,000 links of a file and 200,000 entries of a directory, instead of a few thousand.
 */
@ParameterizedClass(name = "{0}, files {1}")
@MethodSource("unions")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SystemCallTest {

    static final boolean LARGE = Boolean.getBoolean("liveroot.test.large");

    private static UnionTwin twin;

    private final Served served;

    SystemCallTest(Served served, UnionTwin.Files files) {
        this.served = served;
    }

    static Stream<Arguments> unions() {
        return UnionTwin.unions();
    }

    @BeforeParameterizedClassInvocation
    static void mount(Served served, UnionTwin.Files files) {
        Host.needs(Served.PYTHON);
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

    private static String python(String script) {
        return Served.PYTHON + " -s - << 'END'\nfrom calls import *\n" + script + "\nEND\n";
    }

    private static String same(String script) {
        return twin.same(python(script), Duration.ofMinutes(3));
    }

    private static void same(String expected, String script) {
        assertEquals(expected, same(script));
    }

    private static void inUnion(String expected, String script) {
        assertEquals(expected, twin.inUnion(python(script), Duration.ofMinutes(3)));
    }

    private void needsKernelFront(String why) {
        if (!served.isKernel()) {
            Host.skip(why);
        }
    }

    // open

    @Test
    void every_flag_of_open_does_what_it_says() {
        same(
                """
                for path in "file", "new", "dir", "symlink", "dangling", "symlink-to-dir", "fifo", "null", "socket", "file/x", "dir/":
                    for name in ("O_RDONLY", "O_WRONLY", "O_RDWR|O_CREAT", "O_RDWR|O_CREAT|O_EXCL", "O_RDONLY|O_NOFOLLOW",
                                 "O_RDONLY|O_DIRECTORY", "O_RDWR|O_CREAT|O_DIRECTORY", "O_WRONLY|O_TRUNC", "O_RDONLY|O_TRUNC",
                                 "O_RDWR|O_APPEND", "O_RDWR|O_SYNC", "O_RDWR|O_DSYNC", "O_RDONLY|O_NOATIME", "O_PATH", "O_PATH|O_NOFOLLOW"):
                        flags = os.O_NONBLOCK
                        for flag in name.split("|"):
                            flags |= getattr(os, flag)
                        def status():
                            file = os.open(path, flags)
                            try:
                                found = os.fstat(file)
                                return oct(found.st_mode), found.st_size if stat.S_ISREG(found.st_mode) else "", fcntl.fcntl(file, fcntl.F_GETFL)
                            finally:
                                os.close(file)
                        said(f"{path} {name}", status)
                    if path == "dangling":
                        print(sorted(os.listdir(".")))
                """);
    }

    @Test
    void a_descriptor_can_be_used_for_what_it_was_opened_for_only() {
        same(
                """
                for flags in os.O_RDONLY, os.O_WRONLY, os.O_PATH:
                    file = opened("file", flags)
                    said("read", os.read, file, 3); said("write", os.write, file, b"x"); said("truncate", os.ftruncate, file, 4)
                    said("allocate", fallocate, file, 0, 0, 10); said("chmod", os.fchmod, file, 0o600); said("sync", os.fsync, file)
                    said("map", lambda: len(mmap.mmap(file, 1, mmap.MAP_SHARED, mmap.PROT_WRITE)))
                said("list a file", os.listdir, "file"); said("read a directory", os.read, opened("dir", os.O_RDONLY), 1)
                """);
    }

    @Test
    void a_file_without_a_name_can_be_given_one_unless_that_was_excluded() {
        needsKernelFront("O_TMPFILE through the jnr-fuse front: libfuse 2 has no such request");
        same(
                """
                os.umask(0o027)
                file = opened("dir", os.O_TMPFILE | os.O_RDWR, 0o666)
                print(os.listdir("dir").sort(), oct(os.fstat(file).st_mode), os.fstat(file).st_nlink, os.write(file, b"bytes"))
                said("link", linked, file, "dir/named"); said("again", linked, file, "dir/other"); said("taken", linked, file, "file")
                print(content("dir/named"), os.fstat(file).st_nlink, mode("dir/named"))
                said("exclusive", linked, opened("dir", os.O_TMPFILE | os.O_EXCL | os.O_RDWR), "dir/never")
                said("for reading", opened, "dir", os.O_TMPFILE | os.O_RDONLY); said("in a file", opened, "file", os.O_TMPFILE | os.O_RDWR)
                gone = opened("dir/a"); os.unlink("dir/a"); said("a file whose names went", linked, gone, "dir/back")
                """);
    }

    @Test
    void umask_takes_bits_from_what_is_made() {
        same(
                "0o640 0o750 0o600 0o640\n",
                """
                os.umask(0o027)
                put("f", mode=0o666); os.mkdir("d", 0o777); os.mknod("p", stat.S_IFIFO | 0o622); os.mknod("r", stat.S_IFREG | 0o644)
                print(mode("f"), mode("d"), mode("p"), mode("r"))
                """);
    }

    @Test
    void nodes_of_every_kind_are_made_by_root_and_only_harmless_ones_by_users() {
        same(
                """
                os.chmod(".", 0o777)
                for uid in 0, 1000:
                    with user(uid, uid):
                        for kind in "S_IFREG", "S_IFIFO", "S_IFSOCK", "S_IFCHR", "S_IFBLK", "S_IFDIR", "S_IFLNK":
                            said(kind, os.mknod, f"{kind}{uid}", getattr(stat, kind) | 0o640, os.makedev(1, 3))
                for name in sorted(n for n in os.listdir(".") if n.startswith("S_")):
                    print(name, oct(os.stat(name).st_mode), os.stat(name).st_uid, os.stat(name).st_rdev)
                """);
    }

    @Test
    void devices_work() {
        same(
                """
                os.mknod("zero", stat.S_IFCHR | 0o600, os.makedev(1, 5)); os.mknod("full", stat.S_IFCHR | 0o600, os.makedev(1, 7))
                print(os.read(opened("zero"), 3)); said("full", os.write, opened("full"), b"x"); print(os.write(opened("null"), b"gone"))
                said("no such device", opened, "block"); os.rename("zero", "dir/zero"); print(os.read(opened("dir/zero"), 1))
                """);
    }

    @Test
    void a_fifo_waits_for_its_other_end() {
        same(
                """
                said("no reader", opened, "fifo", os.O_WRONLY | os.O_NONBLOCK)
                os.rename("fifo", "moved"); os.chmod("moved", 0o600)
                reader = opened("moved", os.O_RDONLY | os.O_NONBLOCK); writer = opened("moved", os.O_WRONLY)
                os.unlink("moved"); os.write(writer, b"through"); print(os.read(reader, 10))
                """);
    }

    // Sizes, holes, space

    @Test
    void files_are_truncated_and_extended_by_name_and_descriptor() {
        same(
                """
                for path in "big", "new":
                    file = opened(path, os.O_RDWR | os.O_CREAT)
                    for size in 10, 5000, 4096, 0, 1 << 20, 131072, 300000, 1, -1:
                        said(f"to {size}", os.ftruncate, file, size)
                        print(os.fstat(file).st_size, len(content(path)), content(path).strip(b"\\0")[:20])
                said("a directory", os.truncate, "dir", 0); said("nothing", os.truncate, "nothing", 0); said("symlink", os.truncate, "symlink", 2)
                said("far", os.truncate, "new", 1 << 62); os.truncate("new", 1); said("fifo", os.truncate, "fifo", 0); print(content("file"))
                with user(): said("not mine", os.truncate, "file", 0)
                """);
    }

    @Test
    void the_rest_of_a_block_is_zero_when_a_file_grows_after_it_shrank() {
        same(
                "True\nTrue\n",
                """
                for path in "big", "new":
                    put("new", b"x" * 20000); file = opened(path)
                    os.ftruncate(file, 5); os.pwrite(file, b"end", 9000); os.ftruncate(file, 12000)
                    print(content(path)[5:9000] == bytes(8995) and content(path)[9000:] == b"end" + bytes(2997))
                """);
    }

    @Test
    void space_is_allocated_and_punched_in_each_mode() {
        same(
                """
                for path in "big", "new":
                    put("new", os.urandom(0) + b"n" * 30000); file = opened(path)
                    for mode_, offset, length in ((0, 0, 10), (0, 290000, 50000), (KEEP_SIZE, 340000, 8192), (KEEP_SIZE | PUNCH_HOLE, 5, 9),
                                                  (KEEP_SIZE | PUNCH_HOLE, 4096, 8192), (KEEP_SIZE | PUNCH_HOLE, 100, 20000), (PUNCH_HOLE, 0, 10),
                                                  (KEEP_SIZE | PUNCH_HOLE, 339999, 90000), (COLLAPSE_RANGE, 0, 4096), (INSERT_RANGE, 0, 4096),
                                                  (0, 0, 0), (0, -1, 5), (0, 5, -1), (0, (1 << 63) - 10, 20), (128, 0, 1)):
                        said(f"{mode_} {offset} {length}", fallocate, file, mode_, offset, length)
                        print(os.fstat(file).st_size, hash(content(path)) == hash(content(path)), content(path).count(0))
                said("fifo", lambda: fallocate(opened("fifo", os.O_RDWR | os.O_NONBLOCK), 0, 0, 1)); said("directory", lambda: fallocate(opened("dir", os.O_RDONLY), 0, 0, 1))
                """);
    }

    @Test
    void a_range_of_zeros_is_had_where_a_tmpfs_has_none() {
        inUnion(
                "ok: None\n300000 True True\nbeyond: None\n400000 True\nkept: None\n400000\n",
                """
                before = content("big"); file = opened("big")
                said("ok", fallocate, file, ZERO_RANGE, 1000, 200000); after = content("big")
                print(len(after), after[1000:201000] == bytes(200000), after[:1000] + after[201000:] == before[:1000] + before[201000:])
                said("beyond", fallocate, file, ZERO_RANGE, 250000, 150000); print(os.fstat(file).st_size, content("big")[250000:] == bytes(150000))
                said("kept", fallocate, file, ZERO_RANGE | KEEP_SIZE, 390000, 50000); print(os.fstat(file).st_size)
                """);
    }

    @Test
    void data_and_holes_of_new_files_are_told_to_the_page() {
        needsKernelFront("SEEK_HOLE through the jnr-fuse front: libfuse 2 has no such request");
        same(
                """
                file = opened("new", os.O_RDWR | os.O_CREAT)
                for offset in 0, 10000, 40960, 1 << 20: os.pwrite(file, b"data", offset)
                os.ftruncate(file, 2 << 20); print(data_and_holes("new"))
                fallocate(file, KEEP_SIZE | PUNCH_HOLE, 40960, 4096); print(data_and_holes("new"))
                said("past the end", os.lseek, file, 2 << 20, os.SEEK_DATA); said("in the last hole", os.lseek, file, 2000000, os.SEEK_DATA)
                said("the end is a hole", os.lseek, file, 2000000, os.SEEK_HOLE); said("negative", os.lseek, file, -1, os.SEEK_HOLE)
                said("an empty file", lambda: os.lseek(opened("empty"), 0, os.SEEK_HOLE))
                """);
    }

    @Test
    void a_copy_of_a_range_is_made_without_the_caller() {
        same(
                """
                a = opened("big"); b = opened("new", os.O_RDWR | os.O_CREAT)
                print(os.copy_file_range(a, b, 100000, 150000, 5), os.fstat(b).st_size, content("new")[5:] == content("big")[150000:250000])
                print(os.copy_file_range(a, b, 100, 299990, 0), os.copy_file_range(a, b, 100, 300000, 0))
                print(os.copy_file_range(a, a, 1000, 0, 500000), os.fstat(a).st_size)
                said("onto itself", os.copy_file_range, a, a, 1000, 0, 500); said("from a directory", lambda: os.copy_file_range(opened("dir", os.O_RDONLY), b, 1))
                said("append", lambda: os.copy_file_range(a, opened("new", os.O_WRONLY | os.O_APPEND), 1)); said("read only", lambda: os.copy_file_range(a, opened("file", os.O_RDONLY), 1))
                print(os.sendfile(b, a, 1000, 5000), content("new")[:5000] == content("big")[1000:6000])
                """);
    }

    @Test
    void what_is_synced_is_no_error() {
        same(
                """
                file = opened("big"); os.write(file, b"x")
                for path in "big", "dir": said(path, lambda: os.fsync(opened(path, os.O_RDONLY))); said(path, lambda: os.fdatasync(opened(path, os.O_RDONLY)))
                said("all", lambda: call("syncfs", file)); said("range", lambda: call("sync_file_range", file, 0, 100, 7))
                os.unlink("big"); said("without a name", os.fsync, file); said("fifo", lambda: os.fsync(opened("fifo", os.O_RDWR)))
                """);
    }

    // Reading and writing

    @Test
    void several_writers_append_whole_records() {
        same(
                "800 True True\n",
                """
                def writer(number):
                    file = opened("log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
                    for i in range(200): os.write(file, f"{number}-{i:04}".encode() * 20 + b"\\n")
                pids = []
                for number in range(4):
                    pid = os.fork()
                    if pid == 0:
                        writer(number); os._exit(0)
                    pids.append(pid)
                for pid in pids: os.waitpid(pid, 0)
                lines = content("log").splitlines()
                print(len(lines), len(set(lines)) == 800, all(len(line) == 120 for line in lines))
                os.unlink("log")
                """);
    }

    @Test
    void an_append_by_one_descriptor_is_seen_by_another() {
        same(
                """
                reader = opened("file", os.O_RDONLY); print(os.read(reader, 100), os.read(reader, 100))
                writer = opened("file", os.O_WRONLY | os.O_APPEND); os.write(writer, b"more"); print(os.read(reader, 100))
                print(os.lseek(writer, 0, os.SEEK_CUR), os.pwrite(writer, b"at 0", 0), content("file"))
                """);
    }

    @Test
    void a_shared_map_is_the_file_and_a_private_one_is_not() {
        same(
                """
                for path in "big", "new":
                    put("new", b"n" * 10000); file = opened(path)
                    shared = mmap.mmap(file, 10000); private = mmap.mmap(file, 10000, mmap.MAP_PRIVATE)
                    shared[5000:5005] = b"hello"; private[0:5] = b"never"
                    shared.flush(); print(os.pread(file, 5, 5000), os.pread(file, 5, 0) == b"never", private[5000:5005])
                    os.pwrite(file, b"write", 6000); print(shared[6000:6005], private[6000:6005])
                    child(lambda: shared.__setitem__(slice(7000, 7003), b"kid")); print(os.pread(file, 3, 7000), content(path)[7000:7003])
                    os.unlink(path); shared[0:4] = b"gone"; print(os.pread(file, 4, 0))
                    shared.close(); private.close(); put(path, b"")
                """);
    }

    @Test
    void a_map_beyond_the_end_of_its_file_is_a_bus_error() {
        same(
                "-7 0\n",
                """
                file = opened("big"); shared = mmap.mmap(file, 200000); os.ftruncate(file, 100)
                print(child(lambda: shared[50000] and 0), child(lambda: shared[50] and 0))
                """);
    }

    @Test
    void a_map_of_a_file_of_the_image_does_not_change_it_until_it_is_written() {
        same(
                """
                file = opened("big"); before = os.fstat(file)
                shared = mmap.mmap(file, 300000, mmap.MAP_SHARED, mmap.PROT_READ); print(shared[:] == content("big"))
                print(os.fstat(file).st_mtime_ns == before.st_mtime_ns)
                shared = mmap.mmap(file, 300000); shared[299999:] = b"!"; print(content("big")[-1:], len(content("big")))
                """);
    }

    @Test
    void direct_reads_and_writes_agree_with_the_others() {
        same(
                """
                for path in "big", "new":
                    put("new", b"n" * 20480); file = opened(path, os.O_RDWR | os.O_DIRECT)
                    buffer = mmap.mmap(-1, 8192); buffer[:] = b"d" * 8192
                    print(os.pwritev(file, [buffer], 4096), content(path)[4095:4098], content(path)[12287:12289] == b"d" * 1 + content(path)[12288:12289])
                    other = opened(path); os.pwrite(other, b"buffered", 8192)
                    print(os.preadv(file, [buffer], 8192), buffer[:8], os.preadv(file, [buffer], 1 << 20))
                    shared = mmap.mmap(other, 16384); shared[0:6] = b"mapped"; print(os.preadv(file, [buffer], 0), buffer[:6])
                    buffer[:] = b"D" * 8192; os.pwritev(file, [buffer], 0); print(shared[0:6], os.pread(other, 6, 0))
                """);
    }

    // Locks

    @Test
    void posix_locks_hold_ranges_against_other_processes_until_any_descriptor_is_closed() {
        same(
                """
                file = opened("file"); fcntl.lockf(file, fcntl.LOCK_EX, 2, 1)
                def tries(length, start, kind=fcntl.LOCK_EX):
                    try:
                        fcntl.lockf(opened("file"), kind | fcntl.LOCK_NB, length, start); return 10
                    except OSError as e: return e.errno
                def holder():
                    asked = struct.pack("hhqqi", fcntl.F_WRLCK, 0, 0, 0, 0)
                    kind, _, start, length, pid = struct.unpack_from("hhqqi", fcntl.fcntl(opened("file"), fcntl.F_GETLK, asked))
                    return 1 if (kind, start, length, pid) == (fcntl.F_WRLCK, 1, 2, os.getppid()) else 2
                print(child(tries, 1, 0), child(tries, 1, 1), child(tries, 1, 2, fcntl.LOCK_SH), child(tries, 1, 3), child(holder))
                fcntl.lockf(file, fcntl.LOCK_UN, 1, 2); print(child(tries, 1, 2), child(tries, 1, 1))
                os.close(opened("file")); print(child(tries, 0, 0))
                """);
    }

    @Test
    void locks_of_an_open_file_are_its_own_and_not_the_process() {
        same(
                """
                whole = struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0)
                one, two = opened("big"), opened("big")
                said("one", lambda: fcntl.fcntl(one, F_OFD_SETLK, whole) and None)
                said("two", lambda: fcntl.fcntl(two, F_OFD_SETLK, whole) and None)
                os.close(opened("big")); said("two still", lambda: fcntl.fcntl(two, F_OFD_SETLK, whole) and None)
                copy = os.dup(one); os.close(one); said("two still", lambda: fcntl.fcntl(two, F_OFD_SETLK, whole) and None)
                os.close(copy); said("two at last", lambda: fcntl.fcntl(two, F_OFD_SETLK, whole) and None)
                """);
    }

    @Test
    void flock_belongs_to_the_open_file_through_copy_up_and_rename() {
        same(
                """
                one, two = opened("file"), opened("file"); fcntl.flock(one, fcntl.LOCK_EX)
                said("two", fcntl.flock, two, fcntl.LOCK_SH | fcntl.LOCK_NB)
                os.write(one, b"copied up"); os.rename("file", "dir/moved"); three = opened("dir/moved")
                said("three", fcntl.flock, three, fcntl.LOCK_SH | fcntl.LOCK_NB)
                fcntl.flock(one, fcntl.LOCK_SH); said("shared", fcntl.flock, three, fcntl.LOCK_SH | fcntl.LOCK_NB)
                os.close(one); os.close(three); said("free", fcntl.flock, two, fcntl.LOCK_EX | fcntl.LOCK_NB)
                """);
    }

    // Times, owners, modes

    @Test
    void times_are_set_to_the_nanosecond_both_or_one_alone() {
        same(
                """
                def times(path): return os.lstat(path).st_atime_ns, os.lstat(path).st_mtime_ns
                for path in "file", "dir", "symlink", "fifo", "null":
                    utimens(path, (1000, 1), (2000, 999999999)); print(times(path))
                    utimens(path, (0, OMIT), (3000, 5)); print(times(path)); utimens(path, (4000, 6), (0, OMIT)); print(times(path))
                    utimens(path, (-5, 7), (1 << 33, 0)); print(times(path)); utimens(path, (0, OMIT), (0, OMIT)); print(times(path))
                    utimens(path, (0, OMIT), (0, NOW)); print(times(path)[0], times(path)[1] > 10 ** 18); utimens(path, (7, 7), (8, 8))
                said("bad nanoseconds", utimens, "file", (0, 10 ** 9), (0, 0)); os.chmod("file", 0o666)
                with user():
                    said("not mine", utimens, "file", (0, 0), (0, 0)); said("now, as I may write", utimens, "file", (0, NOW), (0, NOW))
                    said("one of them", utimens, "file", (0, OMIT), (0, NOW)); said("of what I may not write", utimens, "big", (0, NOW), (0, NOW))
                    said("mine", utimens, "private", (1, 1), (2, 2))
                """);
    }

    @Test
    void times_move_when_things_change_and_only_then() {
        same(
                """
                import time
                def changed(what, function, *paths):
                    for path in paths: utimens(path, (9, 9), (9, 9))
                    ctimes = [os.stat(p).st_ctime_ns for p in paths]; time.sleep(0.02); function()
                    print(what, [(os.stat(p).st_mtime_ns != 9 * 10 ** 9 + 9, os.stat(p).st_ctime_ns != c) for p, c in zip(paths, ctimes)])
                changed("write", lambda: put("dir/a"), "dir/a", "dir"); changed("new", lambda: put("dir/n"), "dir", ".")
                changed("chmod", lambda: os.chmod("dir/a", 0o600), "dir/a", "dir"); changed("link", lambda: os.link("file", "dir/l"), "file", "dir", ".")
                changed("unlink", lambda: os.unlink("dir/l"), "file", "dir"); changed("rename", lambda: os.rename("dir/n", "dir2/n"), "dir", "dir2", ".")
                changed("mkdir", lambda: os.mkdir("dir/d"), "dir"); changed("xattr", lambda: os.setxattr("big", "user.x", b"1"), "big", ".")
                changed("truncate", lambda: os.truncate("big", 5), "big"); changed("read", lambda: content("big"), "big", ".")
                changed("exchange", lambda: os.rename("dir/a", "dir/b"), "dir/b", "dir"); changed("chown", lambda: os.chown("big", 5, 5), "big")
                """);
    }

    @Test
    void set_user_id_and_capabilities_go_with_writes_of_others_and_new_owners() {
        same(
                """
                capability = bytes.fromhex("0100000202002000000000000000000000000000")
                def fresh(bits):
                    put("x", b"program"); os.chown("x", 0, 0); os.chmod("x", bits)
                    os.setxattr("x", "security.capability", capability)
                def left(what):
                    print(what, mode("x"), os.listxattr("x"))
                for bits in 0o6777, 0o4777, 0o2777:
                    fresh(bits); opened("x"); left("opened")
                    file = opened("x")
                    with user(): os.write(file, b"y")
                    left("written")
                    fresh(bits)
                    with user(): os.truncate("x", 3)
                    left("truncated")
                    fresh(bits)
                    with user(): opened("x", os.O_WRONLY | os.O_TRUNC)
                    left("opened and truncated"); fresh(bits); os.truncate("x", 3); left("truncated by root")
                    fresh(bits); os.chown("x", 7, -1); left("owner"); fresh(bits); os.chown("x", -1, 7); left("group")
                    fresh(bits)
                    with user(): said("chmod", os.chmod, "x", 0o777)
                    with user(1000, 0): said("chown of nothing", os.chown, "file", -1, -1)
                os.unlink("x")
                """);
    }

    @Test
    void a_user_cannot_take_set_user_id_from_what_is_not_theirs() {
        same(
                "chown: EPERM\n0o4755\n",
                """
                os.chmod("setuid", 0o4755)
                with user(): said("chown", os.chown, "setuid", -1, -1)
                print(mode("setuid"))
                """);
    }

    @Test
    void owners_may_give_a_file_to_their_own_groups_only() {
        same(
                """
                os.chmod(".", 0o777); os.chown("file", 1000, 1000); os.chmod("file", 0o2755)
                with user(1000, 1000, [1000, 1001]):
                    said("to a group of mine", os.chown, "file", -1, 1001); said("to another", os.chown, "file", -1, 1002); said("away", os.chown, "file", 1001, -1)
                    said("set-group-id of mine", os.chmod, "file", 0o2755)
                    put("mine"); said("chmod", os.chmod, "mine", 0o2755)
                print(mode("file"), os.stat("file").st_gid, mode("mine")); os.chown("file", 1000, 1002)
                with user(): said("set-group-id of a group that is not mine", os.chmod, "file", 0o2755)
                print(mode("file"))
                """);
    }

    @Test
    void a_sticky_directory_keeps_what_belongs_to_others() {
        same(
                """
                os.chmod("sticky", 0o1777); put("sticky/root", mode=0o666); os.mkdir("sticky/d", 0o777); os.chmod("sticky/d", 0o777)
                with user(): put("sticky/mine")
                with user(1001, 1001):
                    said("unlink", os.unlink, "sticky/mine"); said("rename", os.rename, "sticky/mine", "sticky/x"); said("rmdir", os.rmdir, "sticky/d")
                    put("sticky/other"); said("replace", os.rename, "sticky/other", "sticky/root"); said("exchange", rename, "sticky/other", "sticky/root", EXCHANGE)
                with user():
                    said("mine", os.unlink, "sticky/mine"); said("link", os.link, "sticky/root", "sticky/linked")
                """
                        .replace(
                                served.isKernel()
                                        ? "\0"
                                        : " said(\"exchange\", rename, \"sticky/other\", \"sticky/root\", EXCHANGE)",
                                ""));
    }

    @Test
    void programs_run_as_their_owner_where_set_user_id_says_so() {
        same(
                "0 1000\n",
                """
                import shutil, subprocess
                shutil.copy(shutil.which("id"), "i"); os.chmod("i", 0o4755); os.chmod(".", 0o755)
                def euid():
                    os.setgroups([]); os.setgid(1000); os.setuid(1000)
                    print(subprocess.check_output(["./i", "-u"]).decode().strip(), subprocess.check_output(["./i", "-ru"]).decode().strip())
                child(euid); os.unlink("i")
                """);
    }

    @Test
    void a_program_with_a_capability_may_what_it_allows() {
        same(
                "without: 1\nwith: 0\n",
                """
                import shutil, subprocess
                shutil.copy(shutil.which("cat"), "c"); put("secret", mode=0o600)
                def reads():
                    os.setgroups([]); os.setgid(1000); os.setuid(1000)
                    return subprocess.call(["./c", "secret"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                print("without:", child(reads))
                # cap_dac_read_search, effective: struct vfs_cap_data of linux/capability.h, revision 2.
                os.setxattr("c", "security.capability", struct.pack("<IIIII", 0x02000001, 1 << 2, 0, 0, 0)); print("with:", child(reads))
                os.unlink("c")
                """);
    }

    // Extended attributes

    @Test
    void attributes_are_made_replaced_and_measured() {
        same(
                """
                for path in "file", "dir", "attributes":
                    said("create", os.setxattr, path, "user.a", b"1", os.XATTR_CREATE); said("again", os.setxattr, path, "user.a", b"2", os.XATTR_CREATE)
                    said("replace", os.setxattr, path, "user.a", b"33", os.XATTR_REPLACE); said("nothing", os.setxattr, path, "user.none", b"1", os.XATTR_REPLACE)
                    for name in "user.", "user", "nonsense.x", "user." + "n" * 250, "user." + "n" * 251, "security.mine", "trusted.mine", "system.mine", "":
                        said(name[:12], os.setxattr, path, name, b"v")
                    said("largest", os.setxattr, path, "user.large", b"v" * 65536); said("too large", os.setxattr, path, "user.large", b"v" * 65537)
                    buffer = ctypes.create_string_buffer(1)
                    said("size", lambda: call("getxattr", path, "user.a", None, 0)); said("no room", lambda: call("getxattr", path, "user.a", buffer, 1))
                    said("list without room", lambda: call("listxattr", path, buffer, 1)); print(sorted(os.listxattr(path)))
                    said("remove", os.removexattr, path, "user.a"); said("again", os.removexattr, path, "user.a"); said("get", os.getxattr, path, "user.a")
                    os.removexattr(path, "user.large")
                """);
    }

    @Test
    void attributes_of_each_namespace_have_their_rules_for_users() {
        same(
                """
                os.chmod("file", 0o666); os.setxattr("file", "trusted.t", b"1"); os.setxattr("file", "security.s", b"1"); os.setxattr("private", "user.p", b"1")
                with user(1001, 1001):
                    for path, name in (("file", "user.a"), ("big", "user.a"), ("file", "trusted.t"), ("file", "security.s"), ("private", "user.p"), ("sticky", "user.a"), ("dir", "user.dir")):
                        said(f"get {path} {name}", os.getxattr, path, name); said(f"set {path} {name}", os.setxattr, path, name, b"2"); said(f"remove {path} {name}", os.removexattr, path, name)
                    print(sorted(os.listxattr("file")))
                for path in "symlink", "fifo", "null", "socket", "dangling":
                    for name in "user.a", "trusted.a", "security.a": said(f"{path} {name}", os.setxattr, path, name, b"1", follow_symlinks=False)
                """);
    }

    @Test
    void an_access_control_list_is_inherited() {
        needsKernelFront("libfuse 2 cannot ask the kernel to keep to access control lists, so they are refused");
        same(
                """
                def acl(*entries): return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *e) for e in entries)
                none = 0xFFFFFFFF
                default = acl((1, 7, none), (2, 5, 1000), (4, 5, none), (0x10, 7, none), (0x20, 0, none))
                os.umask(0o077); os.setxattr("dir", "system.posix_acl_default", default)
                put("dir/f", mode=0o666); os.mkdir("dir/d", 0o777); os.mknod("dir/p", stat.S_IFIFO | 0o666); os.symlink("x", "dir/s"); os.mkdir("dir/d/e")
                for path in "dir", "dir/f", "dir/d", "dir/p", "dir/s", "dir/d/e":
                    print(path, mode(path), {n: os.getxattr(path, n, follow_symlinks=False).hex() for n in sorted(os.listxattr(path, follow_symlinks=False))})
                os.chmod("dir/f", 0o700); print(os.getxattr("dir/f", "system.posix_acl_access").hex())
                with user(): said("masked", opened, "dir/f", os.O_RDONLY)
                os.chmod("dir/f", 0o740); os.chmod("dir", 0o777)
                with user(): said("allowed", lambda: os.close(opened("dir/f", os.O_RDONLY))); said("not that", opened, "dir/f", os.O_WRONLY); said("not mine", os.setxattr, "dir/f", "system.posix_acl_access", default)
                said("no list", os.setxattr, "file", "system.posix_acl_access", b"nonsense"); said("default of a file", os.setxattr, "file", "system.posix_acl_default", default)
                said("incomplete", os.setxattr, "file", "system.posix_acl_access", acl((1, 7, none)))
                said("only a mode", os.setxattr, "file", "system.posix_acl_access", acl((1, 6, none), (4, 4, none), (0x20, 0, none))); print(mode("file"), os.listxattr("file"))
                os.removexattr("dir", "system.posix_acl_default"); os.mkdir("dir/plain"); print(os.listxattr("dir/plain"), mode("dir/plain"))
                """);
    }

    @Test
    void set_group_id_goes_with_a_list_of_one_who_is_not_in_the_group_unless_it_is_for_what_comes() {
        needsKernelFront("libfuse 2 cannot ask the kernel to keep to access control lists, so they are refused");
        same(
                "0o2755\n0o755\n",
                """
                def acl(*entries): return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *e) for e in entries)
                none = 0xFFFFFFFF
                permissions = acl((1, 7, none), (2, 5, 1001), (4, 5, none), (0x10, 5, none), (0x20, 5, none))
                os.chown("dir", 1000, 0); os.chmod("dir", 0o2755)
                for kind in "default", "access":
                    with user(): os.setxattr("dir", "system.posix_acl_" + kind, permissions)
                    print(mode("dir"))
                """);
    }

    // Names

    @Test
    void a_name_may_be_of_any_bytes_but_slash_and_nul() {
        same(
                """
                names = [bytes([b]) for b in range(1, 256) if b not in b"/."] + [b"\\xff" * 255, "\\u00e4".encode() * 127, b"...", b" ", b"\\n"]
                for name in names: put(b"dir2/" + name, name)
                print(sorted(os.listdir(b"dir2")) == sorted(names + [b"c", b"a"][name == b"": 1] + []) or len(os.listdir(b"dir2")))
                print(all(content(b"dir2/" + n) == n for n in names)); os.rename(b"dir2/\\xff", b"dir2/\\xfe\\xff"); os.unlink(b"dir2/\\n")
                """);
    }

    @Test
    void names_and_paths_have_their_lengths() {
        same(
                """
                long = "l" * 255
                for what, function in (("create", lambda n: put(n)), ("mkdir", os.mkdir), ("symlink", lambda n: os.symlink("x", n)), ("link", lambda n: os.link("file", n)),
                                       ("mknod", lambda n: os.mknod(n, stat.S_IFIFO)), ("rename", lambda n: os.rename("big", n)), ("unlink", os.unlink), ("stat", lambda n: None if os.stat(n) else 0)):
                    said(what, function, long + "l"); said(what, function, "dir/" + long)
                    with contextlib.suppress(OSError): os.unlink("dir/" + long)
                    with contextlib.suppress(OSError): os.rmdir("dir/" + long)
                print(os.pathconf(".", "PC_NAME_MAX")); said("path", os.mkdir, "./" * 2048); said("target", os.symlink, "t" * 4095, "longest"); said("target", os.symlink, "t" * 4096, "x")
                said("no target", os.symlink, "", "x"); print(len(os.readlink("longest")))
                """);
    }

    @Test
    void directories_may_lie_as_deep_as_one_likes() {
        // libfuse 2 spells out every path, so work grows with the square of the depth.
        String depth = served.isKernel() ? "2000" : "200";
        same(
                depth + "\n",
                """
                top = os.getcwd(); os.mkdir("deep"); os.chdir("deep")
                for _ in range(DEPTH): os.mkdir("d"); os.chdir("d")
                put("bottom"); depth = 0
                while os.stat(".").st_ino != os.stat(top + "/deep").st_ino: os.chdir(".."); depth += 1
                print(depth); os.chdir(top); os.rename("deep", "dir/deep"); os.system("rm -r dir/deep")
                """
                        .replace("DEPTH", depth));
    }

    @Test
    void names_that_other_unions_reserve_are_names_like_any() {
        same(
                """
                for name in ".wh.file", ".wh..wh..opq", ".wh..wh.plnk", "file_HIDDEN~", ".unionfs", ".fuse_hidden0000000100000001":
                    put("dir/" + name, name.encode())
                os.mkdir("dir/.wh.b"); os.mknod("dir/device", stat.S_IFCHR, 0); os.setxattr("dir", "trusted.overlay.opaque", b"y")
                print(sorted(os.listdir("dir")), content("dir/b"), os.path.exists("file"), os.getxattr("dir", "trusted.overlay.opaque")); os.unlink("dir/b"); print(sorted(os.listdir("dir")))
                """);
    }

    @Test
    void a_file_has_thousands_of_links() {
        same(
                """
                count = COUNT
                for i in range(count): os.link("file", f"emptydir/{i}")
                print(os.stat("file").st_nlink, len(os.listdir("emptydir"))); os.unlink("emptydir/5"); print(os.stat(f"emptydir/{count - 1}").st_nlink)
                for name in os.listdir("emptydir"): os.unlink("emptydir/" + name)
                print(os.stat("file").st_nlink)
                """
                        .replace("COUNT", LARGE ? "33000" : "2000"));
    }

    @Test
    void a_directory_has_thousands_of_entries() {
        same(
                """
                count = COUNT; os.mkdir("many")
                for i in range(count): os.close(os.open(f"many/{i}", os.O_CREAT | os.O_WRONLY))
                names = os.listdir("many"); print(len(names), len(set(names)), os.path.exists(f"many/{count}"))
                for i in range(0, count, 2): os.unlink(f"many/{i}")
                names = os.listdir("many"); print(len(names), len(set(names)), all(int(n) % 2 for n in names)); os.rename("many", "dir/many"); print(len(os.listdir("dir/many")))
                for name in names: os.unlink("dir/many/" + name)
                os.rmdir("dir/many")
                """
                        .replace("COUNT", LARGE ? "200000" : "3000"));
    }

    @Test
    void a_listing_shows_what_stays_once_whatever_comes_and_goes_meanwhile() {
        same(
                "True True True\n",
                """
                for i in range(600): put(f"dir/{i}", b"")
                stays, seen, step = {str(i) for i in range(600) if i % 3} | {"sub", "."}, [], 0
                for batch in entries("dir"):
                    seen += [name for name, _ in batch]; step += 1
                    for i in range((step - 1) * 30, step * 30, 3):
                        with contextlib.suppress(OSError): os.unlink(f"dir/{i}")
                    put(f"dir/new{step}", b""); os.rename(f"dir/new{step}", f"dir2/new{step}"); put(f"dir/newer{step}", b"")
                print(stays <= set(seen), len(seen) == len(set(seen)), step > 5)
                for d in "dir", "dir2":
                    for name in os.listdir(d): os.path.isdir(d + "/" + name) or os.unlink(d + "/" + name)
                """);
    }

    @Test
    void a_cookie_leads_back_to_its_place_after_entries_went() {
        same(
                "True True\n",
                """
                for i in range(300): put(f"dir/{i}", b"")
                batches = list(entries("dir")); cookie = batches[2][-1][1]; rest = [name for batch in batches[3:] for name, _ in batch]
                gone = [name for batch in batches[:2] for name, _ in batch if name not in (".", "..", "sub")] + rest[5:20:2]
                for name in gone: os.path.isdir("dir/" + name) or os.unlink("dir/" + name)
                put("dir/late", b"")
                again = [name for batch in entries("dir", at=cookie) for name, _ in batch if name in rest and os.path.lexists("dir/" + name)]
                print(again == [name for name in rest if os.path.lexists("dir/" + name)], len(again) > 100)
                for name in os.listdir("dir"): os.path.isdir("dir/" + name) or os.unlink("dir/" + name)
                """);
    }

    @Test
    void rename_refuses_what_cannot_be() {
        same(
                """
                for flags in 0, 8, NOREPLACE | EXCHANGE, EXCHANGE | WHITEOUT:
                    said(flags, rename, "file", "empty", flags)
                for path, to in (("dir", "dir/sub/x"), ("dir/sub", "dir"), (".", "x"), ("dir/..", "x"), ("nothing", "x"), ("file/", "x"), ("big", "dir"), ("dir", "big"), ("dir", "dir2"),
                                 ("big", "nothing/x"), ("big", "readonly/x"), ("dir/", "renamed/"), ("big", "renamed2/")):
                    said(f"{path} {to}", rename, path, to)
                """
                        .replace(
                                "in 0, 8, NOREPLACE | EXCHANGE, EXCHANGE | WHITEOUT:",
                                served.isKernel()
                                        ? "in 0, 8, NOREPLACE | EXCHANGE, EXCHANGE | WHITEOUT:"
                                        : "in 0, 8:"));
    }

    @Test
    void a_rename_can_leave_a_whiteout_for_overlayfs() {
        needsKernelFront("rename flags through the jnr-fuse front: libfuse 2 has none, the kernel answers EINVAL");
        same(
                """
                rename("file", "dir/moved", WHITEOUT); print(oct(os.lstat("file").st_mode), os.lstat("file").st_rdev, content("dir/moved"))
                rename("dir2", "moved", WHITEOUT); print(oct(os.lstat("dir2").st_mode), os.listdir("moved").sort())
                said("taken", rename, "big", "moved", WHITEOUT | NOREPLACE); os.unlink("dir2"); os.mkdir("dir2"); print(os.listdir("dir2"))
                """);
    }

    @Test
    void a_directory_of_the_image_moves_to_any_depth_with_what_is_below() {
        same(
                """
                os.makedirs("x/y/z"); os.rename("dir", "x/y/z/dir"); os.rename("x", "dir2/x"); os.rename("dir2/x/y/z/dir/sub", "sub")
                print(content("sub/deep"), content("dir2/x/y/z/dir/a"), os.path.realpath("dir2/x/y/z/dir/..")[-10:]); os.rename("sub", "dir2/x/y/z/dir/sub")
                os.rename("dir2/x/y", "dir"); print(content("dir/z/dir/sub/deep"), os.stat("dir").st_nlink, os.stat("dir2/x").st_nlink)
                """);
    }

    // Identity

    @Test
    void a_file_keeps_its_number_by_name_and_descriptor_whatever_happens_to_it() {
        same(
                "True\n".repeat(6),
                """
                for path in "file", "big", "link-a", "dir", "symlink", "fifo":
                    numbers, flags = [os.lstat(path).st_ino], os.O_PATH | os.O_NOFOLLOW
                    file = os.open(path, flags)
                    if stat.S_ISREG(os.lstat(path).st_mode): os.truncate(path, 3)
                    os.chown(path, 5, 5, follow_symlinks=False); numbers.append(os.lstat(path).st_ino)
                    os.rename(path, "dir2/moved"); numbers += [os.lstat("dir2/moved").st_ino, os.fstat(file).st_ino]
                    numbers += [entry.inode() for entry in os.scandir("dir2") if entry.name == "moved"]
                    os.rename("dir2/moved", path); numbers.append(os.lstat(path).st_ino)
                    print(len(set(numbers)) == 1)
                """);
    }

    @Test
    void a_directory_that_was_removed_while_in_use_is_empty_for_ever() {
        needsKernelFront("a removed directory through the jnr-fuse front: libfuse 2 has no path for it any more");
        same(
                """
                os.mkdir("d"); os.chdir("d"); os.rmdir("../d"); said("list", os.listdir, "."); said("make", put, "x"); said("mkdir", os.mkdir, "y"); said("up", lambda: os.stat("..") and None)
                print(os.stat(".").st_nlink)
                """);
    }

    @Test
    void an_unlinked_file_can_be_changed_in_every_way_through_its_descriptor() {
        same(
                """
                for path in "big", "link-a":
                    file = opened(path); number = os.fstat(file).st_ino; os.unlink(path)
                    os.fchown(file, 3, 4); os.fchmod(file, 0o711); os.ftruncate(file, 400000); os.pwrite(file, b"late", 399990); os.utime(file, ns=(5, 6))
                    found = os.fstat(file); print(oct(found.st_mode), found.st_uid, found.st_nlink, found.st_mtime_ns, found.st_size, found.st_ino == number)
                    os.setxattr(file, "user.x", b"1"); print(os.getxattr(file, "user.x"), os.pread(file, 4, 399990)); put(path, b"another")
                    print(os.stat(path).st_ino == number, os.fstat(file).st_size, content(f"/proc/self/fd/{file}")[-10:])
                """);
    }

    @Test
    void statfs_counts_what_is_written_and_what_is_made() {
        same(
                "True True True\nTrue True\n",
                """
                before = os.statvfs("."); put("new", b"x" * (1 << 20)); after = os.statvfs(".")
                used = (before.f_bfree - after.f_bfree) * after.f_frsize
                print(1 << 20 <= used < (1 << 20) + 65536, after.f_namemax == 255, before.f_blocks == after.f_blocks); os.unlink("new")
                limit = time.time() + 10  # the kernel does not wait for the answer to a RELEASE
                while (os.statvfs(".").f_bfree - after.f_bfree) * after.f_frsize < 1 << 20 and time.time() < limit: time.sleep(0.01)
                end = os.statvfs("."); print((end.f_bfree - after.f_bfree) * end.f_frsize >= 1 << 20, end.f_bavail == end.f_bfree)
                """);
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void everything_is_still_so_when_the_kernel_has_forgotten_it() {
        twin.compareAllWithColdCaches();
    }
}
