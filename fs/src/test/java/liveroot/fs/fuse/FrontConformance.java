package liveroot.fs.fuse.jnr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import liveroot.fs.MemoryTree;
import liveroot.fs.Mode;
import liveroot.fs.Name;
import liveroot.fs.fuse.Mount;
import liveroot.fs.fuse.MountOptions;
import liveroot.fs.sys.Libc;
import liveroot.fs.sys.MountTable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class JnrFrontTest {

    private final MemoryTree tree = new MemoryTree();
    private Path directory;
    private Mount mount;

    @BeforeEach
    void needsWhatAMountNeeds() throws IOException {
        String obstacle = new JnrFront().obstacle();
        if (obstacle == null && Libc.geteuid() != 0) {
            obstacle = "these tests make devices and change owners: run them as root";
        }
        if (obstacle != null) {
            System.err.println("JnrFrontTest is skipped: " + obstacle);
        }
        assumeTrue(obstacle == null, obstacle);
        directory = Files.createTempDirectory("liveroot-jnr").toRealPath();
    }

    @AfterEach
    void unmount() throws IOException, InterruptedException {
        if (mount != null) {
            mount.unmount(true);
            mount.awaitEnd();
            assertEquals(0, tree.lookupsHeld(), "every lookup is given back");
            assertEquals(0, tree.handlesOpen(), "every handle is released");
        }
        if (directory != null) {
            Files.delete(directory);
        }
    }

    private void mount(boolean readOnly) throws IOException {
        mount = new JnrFront()
                .mount(tree, directory, new MountOptions("a,b\\c d.sqfs", readOnly, true, true, false, true, 2));
    }

    private void mountReadOnly() throws IOException {
        tree.freeze();
        mount(true);
    }

    private String sh(String script) throws IOException, InterruptedException {
        return Shell.run(directory, script).text();
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
        Path copy = Files.createTempFile("liveroot-jnr", "");
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
    void renameWithFlagsIsRefused() throws Exception {
        tree.file("/a", "a").file("/b", "b");
        mount(false);
        Shell.Said said = Shell.run(
                directory,
                "python3 -c 'import ctypes,os; c=ctypes.CDLL(None,use_errno=True);"
                        + " print(c.renameat2(-100,b\"a\",-100,b\"b\",2), os.strerror(ctypes.get_errno()))'; cat a b");
        assertEquals("-1 Invalid argument\nab", said.text());
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
        Mount inner = new JnrFront()
                .mount(
                        second,
                        Files.createTempDirectory("liveroot-jnr-second"),
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
        IOException e = assertThrows(IOException.class, () -> new JnrFront()
                .mount(tree, missing, new MountOptions("x", true, true, true, false, false, 1)));
        assertTrue(e.getMessage().contains(missing + " cannot be mounted: there is no such directory"), e.getMessage());
        assertFalse(Files.exists(missing));
    }
}
