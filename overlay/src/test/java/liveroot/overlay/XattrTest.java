package liveroot.overlay;

import static liveroot.overlay.OverlayTest.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Mode;
import liveroot.fs.Name;
import org.junit.jupiter.api.Test;

/** Extended attributes and POSIX access control lists. */
class XattrTest {

    private static final int USER_OBJ = 1;
    private static final int USER = 2;
    private static final int GROUP_OBJ = 4;
    private static final int MASK = 16;
    private static final int OTHER = 32;

    private final PlainTree lower = new PlainTree()
            .dir("d")
            .file("f", "x")
            .xattr("f", "user.colour", "red")
            .symlink("s", "f");
    private final Overlay overlay = union();
    private final Client client = new Client(overlay);

    private Overlay union() {
        try {
            return TestStore.current().over(lower, FileTree.ROOT, 1 << 20, 10_000);
        } catch (FsException e) {
            throw new AssertionError(e);
        }
    }

    /** Tag, permissions and id of each entry in turn. */
    private static byte[] acl(int... entries) {
        ByteBuffer bytes = ByteBuffer.allocate(4 + entries.length / 3 * 8).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(2);
        for (int i = 0; i < entries.length; i += 3) {
            bytes.putShort((short) entries[i]).putShort((short) entries[i + 1]).putInt(entries[i + 2]);
        }
        return bytes.array();
    }

    private static final byte[] NAMED_USER =
            acl(USER_OBJ, 7, -1, USER, 6, 1000, GROUP_OBJ, 5, -1, MASK, 6, -1, OTHER, 0, -1);

    private void set(String path, Name name, byte[] value, int flags) throws FsException {
        client.at(path, id -> {
            overlay.setxattr(id, name, value, flags);
            return null;
        });
    }

    private byte[] get(String path, Name name) throws FsException {
        return client.at(path, id -> overlay.getxattr(id, name));
    }

    @Test
    void attributesOfTheLowerFileAreThereUntilTheyAreChanged() throws FsException {
        client.setxattr("f", "user.size", "small");
        assertEquals("red", client.getxattr("f", "user.colour"));
        client.setxattr("f", "user.colour", "blue");
        assertEquals("blue", client.getxattr("f", "user.colour"));
        client.at("f", id -> {
            overlay.removexattr(id, Name.of("user.colour"));
            return null;
        });
        assertFails(Errno.ENODATA, () -> client.getxattr("f", "user.colour"));
        assertEquals(List.of(Name.of("user.size")), client.at("f", overlay::listxattr));
    }

    @Test
    void createAndReplaceAreKeptApart() {
        assertFails(Errno.EEXIST, () -> set("f", Name.of("user.colour"), new byte[1], Xattrs.CREATE));
        assertFails(Errno.ENODATA, () -> set("f", Name.of("user.none"), new byte[1], Xattrs.REPLACE));
    }

    @Test
    void sizesNamesAndPlacesAreLimited() throws FsException {
        Name name = Name.of("user.x");
        assertFails(Errno.E2BIG, () -> set("f", name, new byte[65537], 0));
        set("f", name, new byte[65536], 0);
        assertFails(Errno.ERANGE, () -> set("f", Name.of("user." + "x".repeat(251)), new byte[1], 0));
        assertFails(Errno.EINVAL, () -> set("f", Name.of("user."), new byte[1], 0));
        assertFails(Errno.EOPNOTSUPP, () -> set("f", Name.of("system.other"), new byte[1], 0));
        assertFails(Errno.EPERM, () -> set("s", name, new byte[1], 0));
        set("s", Name.of("trusted.x"), new byte[1], 0);
    }

    @Test
    void attributesFillTheUnionAndGiveTheSpaceBack() throws FsException {
        int count = 0;
        try {
            for (; ; count++) {
                set("f", Name.of("user." + count), new byte[60_000], 0);
            }
        } catch (FsException e) {
            assertEquals(Errno.ENOSPC, e.errno());
        }
        assertEquals(17, count);
        client.unlink("f");
        assertEquals(0, overlay.use().bytes());
    }

    @Test
    void anAccessListSetsTheModeAndChmodTheList() throws FsException {
        set("f", Acl.ACCESS, NAMED_USER, 0);
        assertEquals(0760, client.stat("f").mode() & 07777);
        client.chmod("f", 0751);
        byte[] expected = acl(USER_OBJ, 7, -1, USER, 6, 1000, GROUP_OBJ, 5, -1, MASK, 5, -1, OTHER, 1, -1);
        assertArrayEquals(expected, get("f", Acl.ACCESS));
    }

    @Test
    void aListThatIsNoMoreThanAModeIsOnlyAMode() throws FsException {
        set("f", Acl.ACCESS, acl(USER_OBJ, 6, -1, GROUP_OBJ, 0, -1, OTHER, 4, -1), 0);
        assertEquals(0604, client.stat("f").mode() & 07777);
        assertFails(Errno.ENODATA, () -> get("f", Acl.ACCESS));
    }

    @Test
    void whatIsMadeInADirectoryInheritsItsDefaultList() throws FsException {
        set("d", Acl.DEFAULT, NAMED_USER, 0);
        client.mknod("d/file", liveroot.fs.Mode.S_IFREG | 0664, 0);
        assertEquals(0660, client.stat("d/file").mode() & 07777, "the umask does not count");
        byte[] expected = acl(USER_OBJ, 6, -1, USER, 6, 1000, GROUP_OBJ, 5, -1, MASK, 6, -1, OTHER, 0, -1);
        assertArrayEquals(expected, get("d/file", Acl.ACCESS));
        client.mkdir("d/sub");
        assertArrayEquals(NAMED_USER, get("d/sub", Acl.DEFAULT));
        client.symlink("to", "d/link");
        assertFails(Errno.ENODATA, () -> get("d/link", Acl.ACCESS));
    }

    @Test
    void whatARenameLeavesForAWhiteoutInheritsTheListAsOnADisk() throws FsException {
        client.create("d/file");
        set("d", Acl.DEFAULT, NAMED_USER, 0);
        client.rename("d/file", "file", FileTree.RENAME_WHITEOUT);
        byte[] expected = acl(USER_OBJ, 0, -1, USER, 6, 1000, GROUP_OBJ, 5, -1, MASK, 0, -1, OTHER, 0, -1);
        assertArrayEquals(expected, get("d/file", Acl.ACCESS));
        assertEquals(Mode.S_IFCHR, client.stat("d/file").mode());
    }

    @Test
    void listsThatAreNoneAreRefused() {
        assertFails(Errno.EINVAL, () -> set("f", Acl.ACCESS, new byte[3], 0));
        assertFails(Errno.EINVAL, () -> set("f", Acl.ACCESS, acl(USER_OBJ, 7, -1), 0));
        assertFails(
                Errno.EINVAL,
                () -> set("f", Acl.ACCESS, acl(USER_OBJ, 7, -1, USER, 6, 1, GROUP_OBJ, 5, -1, OTHER, 0, -1), 0));
        assertFails(Errno.EINVAL, () -> set("f", Acl.ACCESS, acl(GROUP_OBJ, 5, -1, USER_OBJ, 7, -1, OTHER, 0, -1), 0));
        assertFails(Errno.EACCES, () -> set("f", Acl.DEFAULT, NAMED_USER, 0));
        assertFails(Errno.EOPNOTSUPP, () -> set("s", Acl.ACCESS, NAMED_USER, 0));
    }
}
