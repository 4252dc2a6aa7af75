package liveroot.overlay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Mode;
import liveroot.fs.Name;
import liveroot.fs.Node;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Names: what is seen through a union, and what unlink, rmdir and rename leave. */
class OverlayTest {

    private static final long MIB = 1 << 20;

    private final PlainTree lower = new PlainTree()
            .dir("etc")
            .file("etc/passwd", "root:x:0:0")
            .file("etc/hosts", "127.0.0.1 localhost")
            .dir("etc/init.d")
            .file("etc/init.d/rc", "#!/bin/sh")
            .dir("bin")
            .file("bin/gzip", "ELF")
            .link("bin/gzip", "bin/gunzip")
            .symlink("bin/sh", "dash")
            .dir("empty");

    private Overlay overlay;
    private Client client;

    @BeforeEach
    void mount() throws FsException {
        overlay = TestStore.current().over(lower, FileTree.ROOT, MIB, 1000);
        client = new Client(overlay);
    }

    @AfterEach
    void givesEverythingBack() {
        assertEquals(0, overlay.upper().referenced());
        overlay.close();
    }

    static void assertFails(Errno errno, Executable executable) {
        assertEquals(errno, assertThrows(FsException.class, executable).errno());
    }

    @Test
    void anUntouchedUnionShowsTheLowerTreeAndHoldsNothing() throws FsException {
        assertEquals("root:x:0:0", client.text("etc/passwd"));
        assertEquals(List.of("passwd", "hosts", "init.d"), client.names("etc"));
        assertEquals("dash", client.readlink("bin/sh"));
        assertEquals(lower.id("etc/hosts"), client.stat("etc/hosts").ino());
        assertEquals(0, overlay.use().inodes());
        assertEquals(0, overlay.upper().inodes().size());
    }

    @Test
    void aNewFileIsListedBehindTheLowerOnesAndCanBeRead() throws FsException {
        client.create("etc/motd");
        client.write("etc/motd", 0, "hello");
        assertEquals("hello", client.text("etc/motd"));
        assertEquals(List.of("passwd", "hosts", "init.d", "motd"), client.names("etc"));
    }

    @Test
    void anUnlinkedLowerFileIsGoneAndItsNameIsFree() throws FsException {
        client.unlink("etc/passwd");
        assertFails(Errno.ENOENT, () -> client.stat("etc/passwd"));
        assertEquals(List.of("hosts", "init.d"), client.names("etc"));
        client.create("etc/passwd");
        assertEquals(0, client.stat("etc/passwd").size());
        assertEquals(List.of("passwd", "hosts", "init.d"), client.names("etc"));
    }

    @Test
    void aLowerDirectoryIsRenamedWithAllThatIsBelowIt() throws FsException {
        long ino = client.stat("etc/init.d").ino();
        client.rename("etc", "conf");
        assertEquals("#!/bin/sh", client.text("conf/init.d/rc"));
        assertEquals(ino, client.stat("conf/init.d").ino());
        assertFails(Errno.ENOENT, () -> client.stat("etc"));
        client.rename("conf/init.d", "rc.d");
        assertEquals("#!/bin/sh", client.text("rc.d/rc"));
        assertEquals(List.of("passwd", "hosts"), client.names("conf"));
    }

    @Test
    void lowerHardLinksStayOneFile() throws FsException {
        client.write("bin/gzip", 0, "GNU");
        assertEquals("GNU", client.text("bin/gunzip"));
        client.unlink("bin/gzip");
        assertEquals(1, client.stat("bin/gunzip").nlink());
        assertEquals("GNU", client.text("bin/gunzip"));
    }

    @Test
    void unlinkingOneNameOfAnUntouchedLowerFileLowersItsLinkCount() throws FsException {
        client.unlink("bin/gunzip");
        assertEquals(1, client.stat("bin/gzip").nlink());
    }

    @Test
    void aDirectoryWithOnlyWhiteoutsInItIsEmpty() throws FsException {
        assertFails(Errno.ENOTEMPTY, () -> client.rmdir("etc/init.d"));
        client.unlink("etc/init.d/rc");
        client.rmdir("etc/init.d");
        assertEquals(List.of("passwd", "hosts"), client.names("etc"));
    }

    @Test
    void aDirectoryMadeWhereALowerOneWasIsOpaque() throws FsException {
        client.unlink("etc/init.d/rc");
        client.rmdir("etc/init.d");
        client.mkdir("etc/init.d");
        assertEquals(List.of(), client.names("etc/init.d"));
        assertFails(Errno.ENOENT, () -> client.stat("etc/init.d/rc"));
    }

    @Test
    void anUnlinkedOpenFileLivesOnUntilItIsReleased() throws FsException {
        Node node = client.lookup("etc/passwd");
        overlay.open(node.id(), 0, liveroot.fs.Caller.ROOT);
        client.unlink("etc/passwd");
        assertEquals(0, overlay.getattr(node.id()).nlink());
        assertArrayEquals("root".getBytes(java.nio.charset.StandardCharsets.UTF_8), client.read(node.id(), 0, 4));
        overlay.release(node.id(), 1);
        client.forget(node);
        // Only the directory that lost a name is left.
        assertEquals(1, overlay.use().inodes());
    }

    @Test
    void aFileIsMadeAndTakenAwayWithoutATrace() throws FsException {
        client.create("etc/x");
        client.write("etc/x", 0, new byte[10_000]);
        UnionUse use = overlay.use();
        assertEquals(3 * 4096, use.bytes());
        client.unlink("etc/x");
        assertEquals(0, overlay.use().bytes());
        assertEquals(0, overlay.use().entries());
    }

    @Test
    void namesAreAtMost255Bytes() throws FsException {
        String name = "n".repeat(256);
        assertFails(Errno.ENAMETOOLONG, () -> client.stat("etc/" + name));
        assertFails(Errno.ENAMETOOLONG, () -> client.create("etc/" + name));
        client.create("etc/" + name.substring(1));
        assertEquals(0, client.stat("etc/" + name.substring(1)).size());
    }

    @Test
    void aUnionOverASubdirectoryHasItAsItsRoot() throws Exception {
        try (Overlay etc = TestStore.current().over(lower, lower.id("etc"), MIB, 1000)) {
            Client inside = new Client(etc);
            assertEquals(List.of("passwd", "hosts", "init.d"), inside.names(""));
            assertEquals(lower.id("etc"), inside.stat("").ino());
            assertEquals(PlainTree.UID, inside.stat("").uid());
            long ino = lower.id("etc");
            List<Client.Entry> dots = inside.entries("", 2).subList(0, 2);
            assertEquals(List.of(ino, ino), dots.stream().map(Client.Entry::ino).toList());
            inside.rename("init.d", "rc.d");
            assertEquals(ino, inside.entries("rc.d", 10).get(1).ino());
        }
    }

    @Test
    void lookupOfANameThatNoOneHasIsENOENT() {
        assertFails(Errno.ENOENT, () -> overlay.lookup(FileTree.ROOT, Name.of("nothing")));
        assertFails(Errno.ENOTDIR, () -> client.stat("etc/passwd/x"));
    }

    @Test
    void aRenameMayChangeFiveInodesThatHaveNotChangedBefore() throws FsException {
        client.rename("etc/hosts", "bin/gzip", FileTree.RENAME_WHITEOUT);
        assertEquals("127.0.0.1 localhost", client.text("bin/gzip"));
        assertEquals(1, client.stat("bin/gunzip").nlink());
        assertEquals(Mode.S_IFCHR, client.stat("etc/hosts").mode());
        assertEquals(5, overlay.use().inodes());
    }

    @Test
    void whereCasesAreOneBelowANameHasTheLowersCaseAbove() throws FsException {
        lower.file("etc/README", "lower").foldCase();
        client.write("etc/readme", 0, "LOWER");
        assertEquals("LOWER", client.text("etc/ReadMe"));
        client.unlink("etc/readme");
        assertFails(Errno.ENOENT, () -> client.stat("etc/README"));
        assertFails(Errno.ENOENT, () -> client.stat("etc/readme"));
        assertEquals(List.of("passwd", "hosts", "init.d"), client.names("etc"));
        client.create("etc/readme");
        assertFails(Errno.EEXIST, () -> client.create("etc/README"));
        assertEquals(List.of("passwd", "hosts", "init.d", "README"), client.names("etc"));
        client.rename("etc/Hosts", "etc/readME");
        assertEquals("127.0.0.1 localhost", client.text("etc/README"));
        assertEquals(List.of("passwd", "init.d", "README"), client.names("etc"));
        client.rename("bin/GZIP", "empty/gzip");
        assertFails(Errno.ENOENT, () -> client.stat("bin/gzip"));
        client.unlink("etc/README");
        assertEquals(List.of("passwd", "init.d"), client.names("etc"));
    }

    @Test
    void aNameInAnotherCaseIsNotToBeKeptAsItGoesWithItsOwn() throws FsException {
        lower.foldCase();
        long etc = client.lookup("etc").id();
        assertTrue(overlay.lookup(etc, Name.of("Passwd")).fleeting());
        assertFalse(overlay.lookup(etc, Name.of("passwd")).fleeting());
        overlay.forget(client.at("etc/passwd", id -> id), 2);
        overlay.forget(etc, 1);
    }
}
