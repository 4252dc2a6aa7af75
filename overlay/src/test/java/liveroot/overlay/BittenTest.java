package liveroot.overlay;

import static liveroot.overlay.OverlayTest.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.List;
import liveroot.fs.AttributeChange;
import liveroot.fs.Attributes;
import liveroot.fs.Caller;
import liveroot.fs.Created;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Mode;
import liveroot.fs.Name;
import org.junit.jupiter.api.Test;

/** What users of other union file systems were bitten by; the numbers are those of the reports. */
class BittenTest {

    private static final long MIB = 1 << 20;

    private final PlainTree lower = new PlainTree()
            .dir("lib")
            .dir("lib/modules")
            .file("lib/modules/loop.ko", "loop")
            .file("lib/libc.so", "libc")
            .file("sudo", 04755, new byte[] {1, 2, 3})
            .file("ping", 0755, new byte[] {4, 5, 6})
            .xattr("ping", "security.capability", "cap_net_raw")
            .file("readonly", 0444, new byte[100])
            .dir("pub", 02775)
            .dir("lone");

    private final Overlay overlay = union(MIB, 1000);
    private final Client client = new Client(overlay);

    private Overlay union(long bytes, long inodes) {
        try {
            return TestStore.current().over(lower, FileTree.ROOT, bytes, inodes);
        } catch (FsException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aDirectoryRenameKeepsTheLowerFilesBelowIt_unionfs_fuse_91() throws FsException {
        client.create("lib/modules/new.ko");
        client.rename("lib/modules", "lib/kmod");
        client.rename("lib", "pub/lib");
        assertEquals(List.of("loop.ko", "new.ko"), client.names("pub/lib/kmod"));
        assertEquals("loop", client.text("pub/lib/kmod/loop.ko"));
    }

    @Test
    void renamingADirectoryListsNothingAndReadsNothing_EXDEV_breaks_dpkg() throws FsException {
        long listings = lower.listings.get();
        client.rename("lib", "lib.dpkg-old");
        assertEquals(listings, lower.listings.get());
        assertEquals(0, overlay.use().bytes());
        assertEquals(2, overlay.use().inodes(), "the root and the directory");
    }

    @Test
    void anUnlinkWithoutRoomForItsWhiteoutFailsAndChangesNothing_unionfs_fuse_27() throws FsException {
        PlainTree many = new PlainTree().dir("d");
        for (int i = 0; i < 2000; i++) {
            many.file("d/" + i, "x");
        }
        Overlay small = TestStore.current().over(many, FileTree.ROOT, MIB, 10);
        Client inside = new Client(small);
        int removed = 0;
        try {
            for (; removed < 2000; removed++) {
                inside.unlink("d/" + removed);
            }
        } catch (FsException e) {
            assertEquals(Errno.ENOSPC, e.errno());
        }
        assertEquals(1024 + 2 * 10, removed);
        assertEquals("x", inside.text("d/" + removed));
        assertEquals(2000 - removed, inside.names("d").size());
        Invariants.check(small);
    }

    @Test
    void chmodOfADirectoryCopiesNothing_unionfs_fuse_25() throws FsException {
        long reads = lower.reads.get();
        client.chmod("lib", 0700);
        assertEquals(0700, client.stat("lib").mode() & 07777);
        assertEquals(reads, lower.reads.get());
        assertEquals(1, overlay.use().inodes());
        assertEquals(List.of("modules", "libc.so"), client.names("lib"));
    }

    @Test
    void aRenameOntoAWhiteoutWhitesOutItsSource_fuse_overlayfs_354() throws FsException {
        client.unlink("lib/libc.so");
        client.rename("readonly", "lib/libc.so");
        assertFails(Errno.ENOENT, () -> client.stat("readonly"));
        assertEquals(100, client.stat("lib/libc.so").size());
    }

    @Test
    void aNameOfTheUpperOnlyLeavesNoWhiteout_fuse_overlayfs_327() throws FsException {
        client.create("lib/tmp");
        client.unlink("lib/tmp");
        client.mkdir("lib/tmp");
        client.rename("lib/tmp", "lib/tmp2");
        client.rmdir("lib/tmp2");
        assertEquals(0, overlay.use().entries());
    }

    @Test
    void thereAreNoWhiteoutsInOpaqueDirectories_fuse_overlayfs_306() throws FsException {
        client.rmdir("lone");
        client.mkdir("lone");
        client.create("lone/a");
        assertEquals(2, overlay.use().entries());
        client.unlink("lone/a");
        assertEquals(1, overlay.use().entries());
    }

    @Test
    void noreplaceSeesAWhiteoutAsNothingThere_fuse_overlayfs_273() throws FsException {
        assertFails(Errno.EEXIST, () -> client.rename("ping", "lib/libc.so", FileTree.RENAME_NOREPLACE));
        client.unlink("lib/libc.so");
        client.rename("ping", "lib/libc.so", FileTree.RENAME_NOREPLACE);
        assertEquals(3, client.stat("lib/libc.so").size());
    }

    @Test
    void exchangeSwapsAFileAndADirectory_fuse_overlayfs_274() throws FsException {
        client.rename("lib", "sudo", FileTree.RENAME_EXCHANGE);
        assertEquals("loop", client.text("sudo/modules/loop.ko"));
        assertEquals(04755, client.stat("lib").mode() & 07777);
        assertFails(Errno.ENOENT, () -> client.rename("lib", "nothing", FileTree.RENAME_EXCHANGE));
    }

    @Test
    void whiteoutFlagLeavesADeviceForTheKernelsOwnOverlay() throws FsException {
        client.rename("ping", "pong", FileTree.RENAME_WHITEOUT);
        Attributes device = client.stat("ping");
        assertEquals(Mode.S_IFCHR, device.mode());
        assertEquals(0, device.rdev());
        assertEquals(1, device.nlink());
        client.mknod("own", Mode.S_IFCHR, 0);
        assertEquals(true, client.names("").contains("own"), "a 0:0 device of a guest is a file as any other");
    }

    @Test
    void aDirectoryIsRenamedOntoALowerOneThatIsEmpty_EINVAL_broke_pkg() throws FsException {
        client.rename("lib", "lone");
        assertEquals("libc", client.text("lone/libc.so"));
        client.mkdir("new");
        assertFails(Errno.ENOTEMPTY, () -> client.rename("new", "lone"));
        assertFails(Errno.EISDIR, () -> client.rename("ping", "lone"));
        assertFails(Errno.ENOTDIR, () -> client.rename("lone", "ping"));
    }

    @Test
    void inodeNumberAndHandleSurviveCopyUpAndRename() throws FsException {
        Attributes before = client.stat("lib/libc.so");
        long id = client.lookup("lib/libc.so").id();
        long handle = overlay.open(id, 0, Caller.ROOT).handle();
        client.write("lib/libc.so", 4, "+upper");
        client.rename("lib/libc.so", "libc.so.old");
        assertEquals(before.ino(), client.stat("libc.so.old").ino());
        assertEquals("libc+upper", new String(client.read(id, 0, 100), java.nio.charset.StandardCharsets.US_ASCII));
        overlay.release(id, handle);
        overlay.forget(id, 1);
    }

    @Test
    void linkCountsAreRightAtTheFirstStat_435() throws FsException {
        client.link("lib/libc.so", "lib/libc.so.6");
        assertEquals(2, client.stat("lib/libc.so").nlink());
        int links = client.stat("lib").nlink();
        client.mkdir("lib/sub");
        assertEquals(links + 1, client.stat("lib").nlink());
        assertEquals(2, client.stat("lib/sub").nlink());
    }

    @Test
    void numbersOfNewInodesDoNotMeetThoseOfLowerOnes() throws FsException {
        client.create("a");
        client.create("b");
        assertEquals(1L << 31, client.stat("a").ino());
        assertNotEquals(client.stat("a").ino(), client.stat("b").ino());
    }

    @Test
    void anUnnamedFileIsLinkedIn_O_TMPFILE_for_apt() throws FsException {
        Created created = overlay.tmpfile(FileTree.ROOT, 0644, 2, Caller.ROOT);
        long id = created.node().id();
        assertEquals(0, created.node().attributes().nlink());
        overlay.write(id, created.opened().handle(), 0, Client.direct(new byte[] {7}), 0);
        client.forget(overlay.link(id, lower.id("lib"), Name.of("named")));
        assertEquals(1, client.stat("lib/named").nlink());
        overlay.release(id, created.opened().handle());
        overlay.forget(id, 1);
        assertEquals(1, client.read("lib/named").length);
        overlay.forget(id, 1);
        Created lost = overlay.tmpfile(FileTree.ROOT, 0644, 2, Caller.ROOT);
        overlay.write(lost.node().id(), 1, 0, Client.direct(new byte[5000]), 0);
        long used = overlay.use().bytes();
        overlay.release(lost.node().id(), 1);
        overlay.forget(lost.node().id(), 1);
        assertEquals(used - 2 * 4096, overlay.use().bytes());
    }

    @Test
    void mkdir0555AndUnlinkOf0444FilesWork_414_307() throws FsException {
        client.mkdir("ro", 0555);
        assertEquals(0555, client.stat("ro").mode() & 07777);
        client.unlink("readonly");
        assertFails(Errno.ENOENT, () -> client.stat("readonly"));
    }

    @Test
    void theSetuidBitGoesWithAWriteOfSomeoneElseAndStaysWithRoots() throws FsException {
        client.write("sudo", 0, "x");
        assertEquals(04755, client.stat("sudo").mode() & 07777);
        client.at("sudo", id -> {
            overlay.write(id, 1, 0, Client.direct(new byte[1]), FileTree.WRITE_KILL_SUIDGID);
            return null;
        });
        assertEquals(0755, client.stat("sudo").mode() & 07777);
        client.chmod("sudo", 06755);
        client.setattr("sudo", AttributeChange.ofOwner(1, 1));
        assertEquals(0755, client.stat("sudo").mode() & 07777);
    }

    @Test
    void fileCapabilitiesLastUntilTheFileChanges() throws FsException {
        client.chmod("ping", 0711);
        assertEquals("cap_net_raw", client.getxattr("ping", "security.capability"));
        client.write("ping", 0, "x");
        assertFails(Errno.ENODATA, () -> client.getxattr("ping", "security.capability"));
    }

    @Test
    void aDirectoryWithSetGroupIdHandsItsGroupOn() throws FsException {
        client.create("pub/file");
        client.mkdir("pub/dir");
        assertEquals(PlainTree.GID, client.stat("pub/file").gid());
        assertEquals(PlainTree.GID, client.stat("pub/dir").gid());
        assertEquals(02755, client.stat("pub/dir").mode() & 07777);
    }

    @Test
    void statfsCountsTheUnionAlone() throws FsException {
        assertEquals(256, overlay.statfs().blocks());
        assertEquals(256, overlay.statfs().free());
        client.write("sudo", 0, "x");
        assertEquals(255, overlay.statfs().free());
        assertEquals(1000, overlay.statfs().files());
        assertEquals(999, overlay.statfs().filesFree());
    }
}
