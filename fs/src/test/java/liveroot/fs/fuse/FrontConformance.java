package liveroot.fs.fuse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import liveroot.fs.DirectorySink;
import liveroot.fs.FsException;
import liveroot.fs.MemoryTree;
import liveroot.fs.Mode;
import liveroot.fs.Name;
import liveroot.fs.Node;
import liveroot.fs.sys.MountTable;
import org.junit.jupiter.api.Test;

/**
 * What every front must do. The judges are the kernel and other people's programs; the tree counts what was not given
 * back. What a front cannot do is skipped, with its reason on screen.
 */
public abstract class FrontConformance extends FrontTest {

    /** Why a feature is beyond this front, null if it is not. */
    protected String cannot(Feature feature) {
        return null;
    }

    /** What not every front can do. */
    protected enum Feature {
        RENAME_FLAGS,
        TMPFILE,
        HOLES,
        ONE_INODE_FOR_ALL_NAMES,
        READDIRPLUS
    }

    private void needs(Feature feature) {
        skipIf(cannot(feature));
    }

    @Test
    void theMountTableShowsSourceTypeAndFlags() throws Exception {
        mountReadOnly();
        MountTable.Entry entry = MountTable.at(directory);
        assertEquals("fuse.liveroot", entry.type());
        assertEquals("a,b\\c d.sqfs", entry.source());
        String options = sh("findmnt -n -o OPTIONS .");
        assertTrue(options.contains("ro,nosuid,nodev,noatime"), options);
        assertTrue(options.contains("default_permissions"), options);
    }

    @Test
    void aMountMadeAtOnceWhereAnotherEndedStays() throws Exception {
        mountReadOnly();
        for (int i = 0; i < 30; i++) {
            Mount ended = mount;
            ended.unmount(false);
            mount(true);
            ended.awaitEnd();
            assertEquals("fuse.liveroot", MountTable.at(directory).type());
        }
    }

    @Test
    void attributesOfEveryTypeAreShown() throws Exception {
        tree.file("/file", "hello").hardLink("/file", "/d/link").symlink("/sym", "d/link");
        tree.device("/chr", Mode.S_IFCHR | 0620, (5 << 8) | 44 | (1 << 20));
        tree.device("/blk", Mode.S_IFBLK | 0660, (8 << 8) | 1);
        tree.device("/fifo", Mode.S_IFIFO | 0600, 0);
        tree.device("/sock", Mode.S_IFSOCK | 0755, 0);
        tree.owner("/file", 1234, 5678);
        mountReadOnly();
        assertEquals("regular file 644 2 1234 5678 5", sh("stat -c '%F %a %h %u %g %s' file"));
        assertEquals("0", sh("test file -ef d/link; test $(stat -c %i file) = $(stat -c %i d/link); echo $?"));
        assertEquals("symbolic link d/link hello", sh("echo $(stat -c %F sym) $(readlink sym) $(cat sym)"));
        assertEquals("character special file 5 12c 620", sh("stat -c '%F %t %T %a' chr"));
        assertEquals("block special file 8 1", sh("stat -c '%F %t %T' blk"));
        assertEquals("fifo", sh("stat -c %F fifo"));
        assertEquals("socket", sh("stat -c %F sock"));
        assertEquals("directory 3", sh("stat -c '%F %h' ."));
    }

    @Test
    void inodeNumbersOfAListingAreThoseOfStat() throws Exception {
        tree.file("/a", "").file("/b/c", "").symlink("/s", "a");
        mountReadOnly();
        assertEquals(sh("stat -c '%i %n' a b s"), sh("ls -i1 | sed 's/^ *//'"));
    }

    @Test
    void namesThatAreNotUtf8AreServedAsTheyAre() throws Exception {
        tree.file("/d", Name.of(new byte[] {'x', (byte) 0xff, (byte) 0xe4}), "raw".getBytes(StandardCharsets.UTF_8));
        tree.file("/d/\u00fc\u20ac", "utf");
        mountReadOnly();
        assertEquals("raw", sh("cat \"$(printf 'd/x\\377\\344')\""));
        assertEquals("x\u00ff\u00e4", sh("ls d | LC_ALL=C grep x"));
        assertEquals("utf", sh("cat \"$(printf 'd/\\303\\274\\342\\202\\254')\""));
        assertEquals(1, Shell.run(directory, "cat \"$(printf 'd/x\\377')\"").status());
    }

    @Test
    void aDirectoryOfManyEntriesIsListedWhole() throws Exception {
        for (int i = 0; i < 20_000; i++) {
            tree.file("/many/entry-number-" + i, "");
        }
        mountReadOnly();
        assertEquals("20000 20000", sh("echo $(ls -U many | wc -l) $(ls -U many | sort -u | wc -l)"));
        assertEquals("20001", sh("find many | wc -l"));
    }

    @Test
    void bytesAreThoseOfTheTree() throws Exception {
        byte[] data = new byte[3_000_001];
        new Random(1).nextBytes(data);
        tree.file("/big", data);
        mountReadOnly();
        Path copy = Files.createTempFile("liveroot-front", "");
        try {
            sh("dd if=big bs=700001 of=" + copy);
            assertEquals(-1, Files.mismatch(copy, Files.write(copy.resolveSibling(copy.getFileName() + "-e"), data)));
            assertEquals("", sh("tail -c +2999000 big | cmp - " + copy + " -i 0:2998999"));
        } finally {
            Files.delete(copy);
            Files.deleteIfExists(copy.resolveSibling(copy.getFileName() + "-e"));
        }
    }

    @Test
    void aReadOnlyTreeIsAskedOnce() throws Exception {
        tree.file("/d/file", "x");
        mountReadOnly();
        sh("cat d/file d/none; ls -l d");
        long lookups = mount.requests().get("LOOKUP");
        long reads = mount.requests().get("READ");
        sh("cat d/file d/none; stat d/file d; cat d/file");
        assertEquals(lookups, mount.requests().get("LOOKUP"));
        assertEquals(reads, mount.requests().get("READ"));
    }

    @Test
    void aReadOnlyTreeRefusesChange() throws Exception {
        tree.file("/file", "x");
        tree.freeze();
        mount(false);
        assertTrue(sh("touch new").contains("Read-only file system"));
        assertTrue(sh("rm file").contains("Read-only file system"));
        assertTrue(sh("chmod 600 file").contains("Read-only file system"));
        assertTrue(sh("echo y >> file").contains("Read-only file system"));
    }

    @Test
    void extendedAttributesAreReadAndSet() throws Exception {
        tree.file("/f", "").xattr("/f", "user.one", "1").xattr("/f", "security.x", "yes");
        mount(false);
        assertEquals("1", sh("getfattr --only-values -n user.one f"));
        assertEquals("yes", sh("getfattr --only-values -n security.x f"));
        assertTrue(sh("getfattr -n user.none f").contains("No such attribute"));
        assertEquals(
                "security.x user.two",
                sh("setfattr -n user.two -v 2 f; setfattr -x user.one f; echo $(getfattr -m - f | grep '\\.' | sort)"));
        assertTrue(sh("getfattr -d -m - -n user.two f").contains("\"2\""));
    }

    @Test
    void filesAreMadeWrittenMovedAndRemoved() throws Exception {
        mount(false);
        assertEquals("one\ntwo", sh("mkdir a; echo one > a/f; echo two >> a/f; mv a b; mv b/f b/g; cat b/g"));
        assertEquals("two", sh("echo two > b/g; cat b/g"));
        assertEquals("", sh("rm -r b; ls -A"));
        assertEquals("600 700 p", sh("umask 077; > f; mkdir d; mkfifo p; echo $(stat -c %a f d) $(ls p)"));
        assertEquals("character special file 1 3", sh("mknod null c 1 3; stat -c '%F %t %T' null"));
        assertEquals("3", sh("printf 123456 > t; truncate -s 3 t; stat -c %s t"));
        assertTrue(sh("rmdir d; mkdir -p d/e; rmdir d").contains("Directory not empty"));
        assertTrue(sh("mkdir d/" + "n".repeat(256)).contains("File name too long"));
    }

    @Test
    void oneOfTwoTimesCanBeSet() throws Exception {
        tree.file("/f", "");
        mount(false);
        assertEquals(
                "1000000000 1100000000", sh("touch -a -d @1000000000 f; touch -m -d @1100000000 f; stat -c '%X %Y' f"));
        assertEquals("1000000000", sh("touch -m f; stat -c %X f"));
    }

    @Test
    void namesOfAHardLinkAgreeAtOnce() throws Exception {
        tree.file("/a", "x");
        mount(false);
        assertEquals("1 2", sh("echo $(stat -c %h a; ln a b; stat -c %h a)"));
        assertEquals("xyz 3", sh("stat a b > out; printf yz >> b; echo $(cat a) $(stat -c %s a)"));
        assertEquals("1", sh("rm b; stat -c %h a"));
    }

    @Test
    void anOpenFileGoesOnWithoutItsName() throws Exception {
        mount(false);
        assertEquals(
                "0 4 data",
                sh("exec 3<>f; printf data >&3; rm f; echo $(stat -L -c '%h %s' /dev/fd/3) $(cat /dev/fd/3)"));
        assertEquals("", sh("ls -A"));
        assertEquals("gone", sh("mkdir d; exec 3<>d/f; rm d/f; rmdir d && echo gone; exec 3>&-"));
        assertEquals(
                "new 0 old",
                sh(
                        "printf old > t; exec 3<t; printf new > s; mv s t; echo $(cat t) $(stat -L -c %h /dev/fd/3) $(cat <&3)"));
        assertEquals("1", sh("echo $(exec 3<t; ln t u; rm t; stat -L -c %h /dev/fd/3)"));
    }

    @Test
    void fullIsNoSpace() throws Exception {
        tree.capacity(1 << 20);
        mount(false);
        assertTrue(sh("dd if=/dev/zero of=f bs=64k count=100").contains("No space left on device"));
        assertEquals("4096 256 255", sh("rm f; stat -f -c '%S %b %l' ."));
        assertEquals("ok", sh("echo ok > f; cat f"));
    }

    @Test
    void aBusyMountStaysAndSaysSo() throws Exception {
        tree.file("/f", "x");
        mountReadOnly();
        Process user = new ProcessBuilder("sh", "-c", "exec 3< \"$0\"; echo; read x", directory + "/f").start();
        try {
            user.getInputStream().read();
            IOException busy = assertThrows(IOException.class, () -> mount.unmount(false));
            assertTrue(busy.getMessage().contains("busy"), busy.getMessage());
            assertEquals("x", sh("cat f"));
        } finally {
            user.destroy();
            user.waitFor();
        }
        mount.unmount(false);
        mount.awaitEnd();
        assertNull(MountTable.at(directory));
    }

    @Test
    void unmountingFromOutsideEndsTheMount() throws Exception {
        mountReadOnly();
        assertEquals(0, Shell.run(Path.of("/"), "umount " + directory).status());
        mount.awaitEnd();
        assertNull(MountTable.at(directory));
    }

    @Test
    void twoMountsAreServedByOneProcess() throws Exception {
        tree.file("/inner/f", "outer");
        mountReadOnly();
        MemoryTree second = new MemoryTree().file("/f", "second").freeze();
        Mount inner = front().mount(
                        second,
                        Files.createTempDirectory("liveroot-front-second"),
                        new MountOptions("second", true, true, true, true, false, 1));
        try {
            assertEquals("outer", sh("cat inner/f"));
            assertEquals("second", Shell.run(inner.directory(), "cat f").text());
        } finally {
            inner.unmount(true);
            inner.awaitEnd();
            Files.delete(inner.directory());
        }
        assertEquals("outer", sh("cat inner/f"));
    }

    @Test
    void aMissingMountPointIsNamed() {
        Path missing = directory.resolve("missing");
        assertEquals(
                missing + " cannot be mounted: there is no such directory; make it first", refusalToMountOn(missing));
        assertFalse(Files.exists(missing));
    }

    @Test
    void aFileIsNoMountPoint() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        try {
            assertEquals(file + " cannot be mounted: it is not a directory", refusalToMountOn(file));
            String below = refusalToMountOn(file.resolve("below"));
            assertTrue(below.startsWith(file + "/below cannot be mounted: "), below);
        } finally {
            Files.delete(file);
        }
    }

    private String refusalToMountOn(Path place) {
        MountOptions options = new MountOptions("x", true, true, true, false, false, 1);
        return assertThrows(IOException.class, () -> front().mount(tree, place, options))
                .getMessage();
    }

    @Test
    void namesHaveUpTo255Bytes() throws Exception {
        String longest = "n".repeat(255);
        mount(false);
        assertEquals("x", sh("echo x > " + longest + "; cat " + longest));
        assertEquals("255", sh("stat -f -c %l ."));
        for (String command : new String[] {"cat", "mkdir", "touch", "mv " + longest, "ln " + longest, "ln -s x"}) {
            String said = sh(command + " n" + longest);
            assertTrue(said.contains("File name too long"), command + ": " + said);
        }
        assertEquals(longest, sh("ls -A"));
    }

    @Test
    void filesMadeWithNamesThatAreNotUtf8KeepThem() throws Exception {
        mount(false);
        assertEquals(
                "[b'\\xff\\xfe', b'a\\nb'] b'x'",
                python(
                        "open(b'\\xe4', 'w').write('x')",
                        "os.rename(b'\\xe4', b'\\xff\\xfe')",
                        "os.symlink(b'\\xff', b'a\\nb')",
                        "print(sorted(os.listdir(b'.'), reverse=True), open(b'\\xff\\xfe', 'rb').read())"));
        assertEquals("\u00ff", sh("readlink a*"));
    }

    @Test
    void renameWithFlagsReplacesNothingExchangesOrLeavesAWhiteout() throws Exception {
        needs(Feature.RENAME_FLAGS);
        tree.file("/a", "a").file("/d/b", "b");
        mount(false);
        assertEquals("EEXIST", python("said(c.renameat2(-100, b'a', -100, b'd/b', 1))"));
        assertEquals(
                "0 ba",
                python(
                        "said(c.renameat2(-100, b'a', -100, b'd/b', 2))",
                        "print(open('a').read() + open('d/b').read())"));
        assertEquals("0", python("said(c.renameat2(-100, b'a', -100, b'd/c', 1))"));
        assertEquals("a: No such file or directory b", sh("cat a 2>&1 d/c | sed 's/^cat: //' | paste -sd' '"));
        assertEquals("0", python("said(c.renameat2(-100, b'd/c', -100, b'd/e', 4))"));
        assertEquals("character special file 0 0", sh("stat -c '%F %t %T' d/c"));
        assertEquals("EINVAL", python("said(c.renameat2(-100, b'd/e', -100, b'd/b', 3))"));
        assertEquals("ENOENT", python("said(c.renameat2(-100, b'd/e', -100, b'none', 2))"));
    }

    @Test
    void aFileWithoutANameCanBeGivenOne() throws Exception {
        needs(Feature.TMPFILE);
        mount(false);
        assertEquals(
                "0 [] 0 1 data",
                python(
                        "f = os.open('.', os.O_TMPFILE | os.O_RDWR, 0o640)",
                        "os.write(f, b'data')",
                        "print(os.fstat(f).st_nlink, os.listdir('.'))",
                        "said(c.linkat(-100, b'/proc/self/fd/%d' % f, -100, b'named', 0x400))",
                        "print(os.fstat(f).st_nlink, open('named').read())"));
        assertEquals("1 640", sh("umask 0; stat -c '%h %a' named"));
        assertEquals("", python("os.close(os.open('.', os.O_TMPFILE | os.O_RDWR))"));
    }

    @Test
    void dataAndHolesAreFound() throws Exception {
        needs(Feature.HOLES);
        byte[] data = new byte[40_000];
        data[20_000] = 1;
        tree.file("/f", data);
        mount(false);
        assertEquals(
                "16384 20001 0 20480 16384 40000 ENXIO ENXIO",
                python(
                        "f = os.open('f', os.O_RDWR)",
                        "def seek(at, how):",
                        "    try: print(os.lseek(f, at, how))",
                        "    except OSError as e: print(errno.errorcode[e.errno])",
                        "seek(0, os.SEEK_DATA)",
                        "seek(20001, os.SEEK_DATA)",
                        "seek(0, os.SEEK_HOLE)",
                        "seek(16384, os.SEEK_HOLE)",
                        "os.pwrite(f, b'x', 39999)",
                        "os.pwrite(f, bytes(1), 39999)",
                        "seek(5, os.SEEK_DATA)",
                        "os.ftruncate(f, 40000)",
                        "os.pwrite(f, b'x' * 3616, 36384)",
                        "seek(36864, os.SEEK_HOLE)",
                        "seek(40000, os.SEEK_DATA)",
                        "seek(40001, os.SEEK_HOLE)"));
    }

    @Test
    void spaceIsAllocatedAndFreed() throws Exception {
        mount(false);
        assertEquals("10000", sh("fallocate -l 10000 f; stat -c %s f"));
        assertEquals("xxx000xxxx", sh("printf xxxxxxxxxx > f; fallocate -p -o 3 -l 3 f; tr '\\000' 0 < f"));
        assertTrue(sh("fallocate -i -o 0 -l 4096 f").contains("not supported"));
        tree.capacity(20_000);
        assertTrue(sh("fallocate -l 30000 f").contains("No space left on device"));
        assertEquals("10", sh("stat -c %s f"));
    }

    @Test
    void aListingGoesOnWhileEntriesComeAndGo() throws Exception {
        for (int i = 0; i < 20_000; i++) {
            tree.file("/many/stays-" + i, "").file("/many/goes-" + i, "");
        }
        mount(false);
        assertEquals(
                "20000 20000 True",
                python(
                        "seen = []",
                        "for i, entry in enumerate(os.scandir('many')):",
                        "    seen.append(entry.name)",
                        "    if i % 10 == 0:",
                        "        os.unlink('many/goes-%d' % (19999 - i // 10))",
                        "        open('many/comes-%d' % i, 'w').close()",
                        "stays = [name for name in seen if name.startswith('stays')]",
                        "print(len(stays), len(set(stays)), len(seen) == len(set(seen)))"));
    }

    @Test
    void aListingBringsTheAttributesOfItsEntries() throws Exception {
        needs(Feature.READDIRPLUS);
        for (int i = 0; i < 5_000; i++) {
            tree.file("/many/" + i, "x");
        }
        mountReadOnly();
        assertEquals("5000", sh("find many -type f -size 1c | wc -l"));
        assertTrue(requests("LOOKUP") <= 2, "only many itself is looked up: " + mount.requests());
        assertEquals(0, requests("GETATTR") / 10, "not every entry is asked for: " + mount.requests());
    }

    @Test
    void extendedAttributesHaveSizes() throws Exception {
        mount(false);
        sh("> f");
        assertEquals(
                "65536 ERANGE 65536 True 11 ERANGE 11 ENODATA",
                python(
                        "value = os.urandom(65536)",
                        "os.setxattr('f', 'user.large', value)",
                        "b = ctypes.create_string_buffer(65536)",
                        "said(c.getxattr(b'f', b'user.large', None, 0))",
                        "said(c.getxattr(b'f', b'user.large', b, 65535))",
                        "said(c.getxattr(b'f', b'user.large', b, 65536))",
                        "print(b.raw == value)",
                        "said(c.listxattr(b'f', None, 0))",
                        "said(c.listxattr(b'f', b, 10))",
                        "said(c.listxattr(b'f', b, 65536))",
                        "said(c.getxattr(b'f', b'user.none', b, 0))"));
    }

    @Test
    void largeDirectReadsAndWritesBringTheirBytes() throws Exception {
        mount(false);
        assertEquals(
                "1048576 3145728 True True",
                python(
                        "m = mmap.mmap(-1, 3 << 20)",
                        "data = os.urandom(3 << 20)",
                        "m.write(data)",
                        "f = os.open('f', os.O_RDWR | os.O_CREAT | os.O_DIRECT)",
                        "print(os.pwrite(f, memoryview(m)[:1 << 20], 0), os.pwrite(f, m, 0))",
                        "print(open('f', 'rb').read() == data)",
                        "r = mmap.mmap(-1, 3 << 20)",
                        "os.preadv(f, [r], 0)",
                        "print(r[:] == data)"));
    }

    @Test
    void changesThroughOneNameAreSeenThroughTheOther() throws Exception {
        tree.file("/d/a", "12345").hardLink("/d/a", "/e/b").file("/e/other", "other");
        mount(false);
        assertEquals("2 5", sh("stat -c '%h %s' d/a e/b | sort -u"));
        assertEquals("600 3", sh("chmod 600 e/b; truncate -s 3 e/b; stat -c '%a %s' d/a"));
        assertEquals("3", sh("ln e/b e/c; stat -c %h d/a"));
        assertEquals("2", sh("rm e/c; stat -c %h d/a"));
        assertEquals("1", sh("mv -f e/other e/b; stat -c %h d/a"));
        assertEquals("other", sh("cat e/b"));
        assertEquals(
                "3 2", sh("mkdir d/s; stat -c %h d; rmdir d/s; stat -c %h d").replace('\n', ' '));
        assertEquals(
                "123",
                sh("cat d/none; mv d/a d/none; cat d/none")
                        .lines()
                        .reduce((x, y) -> y)
                        .get());
        assertTrue(sh("cat d/a").contains("No such file"));
    }

    @Test
    void pagesOfOneNameAreThoseOfTheOther() throws Exception {
        needs(Feature.ONE_INODE_FOR_ALL_NAMES);
        tree.file("/a", "12345").hardLink("/a", "/d/b");
        mount(false);
        assertEquals(
                "b'12345' b'1X345' b'1Y345'",
                python(
                        "f = os.open('a', os.O_RDONLY)",
                        "print(os.pread(f, 9, 0))",
                        "g = os.open('d/b', os.O_RDWR)",
                        "os.pwrite(g, b'X', 1)",
                        "print(os.pread(f, 9, 0))",
                        "m = mmap.mmap(g, 5)",
                        "m[1:2] = b'Y'",
                        "print(os.pread(f, 9, 0))"));
    }

    @Test
    void aMountTakenOutOfSightServesItsLastUser() throws Exception {
        tree.file("/f", "x".repeat(100_000));
        mountReadOnly();
        Process user = new ProcessBuilder(
                        "sh",
                        "-c",
                        "cd \"$0\"; exec 3< f; echo; read x; cat <&3 | wc -c; stat -c %s f",
                        directory.toString())
                .directory(Path.of("/").toFile())
                .start();
        try {
            user.getInputStream().read();
            mount.unmount(true);
            assertNull(MountTable.at(directory));
            mount.unmount(true);
            user.getOutputStream().write('\n');
            user.getOutputStream().flush();
            assertEquals("100000\n100000\n", new String(user.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        } finally {
            user.destroy();
            user.waitFor();
        }
        mount.awaitEnd();
    }

    @Test
    void aMountOverOursIsLeftAlone() throws Exception {
        mountReadOnly();
        sh("mount -t tmpfs over " + directory);
        try {
            IOException busy = assertThrows(IOException.class, () -> mount.unmount(false));
            assertTrue(busy.getMessage().contains("busy, over (tmpfs) is mounted over it"), busy.getMessage());
        } finally {
            Shell.run(Path.of("/"), "umount " + directory);
        }
        mount.unmount(false);
        mount.awaitEnd();
    }

    @Test
    void whateverATreeThrowsIsAnIoErrorForThatRequestAlone() throws Exception {
        tree = new MemoryTree() {
            @Override
            public synchronized Node lookup(long parent, Name name) throws FsException {
                switch (name.toString()) {
                    case "runtime" -> throw new IllegalStateException("by the test");
                    case "stack" -> recurse(0);
                    case "memory" -> throw new OutOfMemoryError("by the test");
                    default -> {}
                }
                return super.lookup(parent, name);
            }

            private long recurse(long depth) {
                return depth == Long.MAX_VALUE ? 0 : recurse(depth + 1) + depth;
            }
        };
        tree.file("/f", "fine");
        mount(false);
        for (int i = 0; i < 5; i++) {
            for (String name : new String[] {"runtime", "stack", "memory"}) {
                assertEquals("cat: " + name + ": Input/output error", sh("cat " + name));
            }
        }
        assertEquals("fine", sh("cat f"));
    }

    @Test
    void whatAFailedListingHandedOutIsTakenBack() throws Exception {
        tree = new MemoryTree() {
            @Override
            public synchronized void readdir(long id, long cookie, DirectorySink sink) throws FsException {
                super.readdir(id, cookie, sink);
                throw new IllegalStateException("by the test");
            }
        };
        tree.file("/d/f", "x").file("/d/g", "x");
        mount(false);
        assertTrue(sh("ls -l d").contains("Input/output error"));
        nothingIsHeld();
    }

    private long requests(String operation) {
        return mount.requests().getOrDefault(operation, 0L);
    }
}
