package liveroot.overlay;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import liveroot.fs.Errno;
import liveroot.fs.FsException;
import liveroot.fs.Name;

/**
 * A POSIX access control list, in the form in which it is an extended attribute (linux/posix_acl_xattr.h): a version, 2,
 * in 4 bytes, then 8 bytes an entry: tag u16, permissions u16, id u32, little endian. The rules are those of
 * fs/posix_acl.c of Linux. What the list says of owner, group class and others is also in the mode of its file.
 */
final class Acl {

    static final Name ACCESS = Name.of("system.posix_acl_access");

    /** Of a directory: what is made in it begins with this list. */
    static final Name DEFAULT = Name.of("system.posix_acl_default");

    private static final int VERSION = 2;
    private static final int HEADER = 4;
    private static final int ENTRY = 8;

    private static final int USER_OBJ = 1;
    private static final int USER = 2;
    private static final int GROUP_OBJ = 4;
    private static final int GROUP = 8;
    private static final int MASK = 16;
    private static final int OTHER = 32;

    private final ByteBuffer bytes;

    private Acl(byte[] value) {
        bytes = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN);
    }

    static boolean isName(Name name) {
        return name.equals(ACCESS) || name.equals(DEFAULT);
    }

    /** @throws FsException EINVAL if it is none; EOPNOTSUPP if of another version */
    static Acl of(byte[] value) throws FsException {
        Acl acl = new Acl(value.clone());
        if (value.length < HEADER || (value.length - HEADER) % ENTRY != 0) {
            throw new FsException(Errno.EINVAL);
        }
        if (acl.bytes.getInt(0) != VERSION) {
            throw new FsException(Errno.EOPNOTSUPP);
        }
        acl.requireOrder();
        return acl;
    }

    /** Entries come in the order of their tags; those of owner, group and others are there once, and a mask if needed. */
    private void requireOrder() throws FsException {
        int seen = 0;
        for (int i = 0; i < count(); i++) {
            int tag = tag(i);
            boolean many = tag == USER || tag == GROUP;
            boolean known = Integer.bitCount(tag) == 1 && tag <= OTHER;
            boolean inOrder = many ? seen < 2 * tag : seen < tag;
            if (!known || !inOrder || (permissions(i) & ~7) != 0) {
                throw new FsException(Errno.EINVAL);
            }
            seen |= tag;
        }
        int always = USER_OBJ | GROUP_OBJ | OTHER;
        boolean needsMask = (seen & (USER | GROUP)) != 0;
        if (!isEmpty() && ((seen & always) != always || (needsMask && (seen & MASK) == 0))) {
            throw new FsException(Errno.EINVAL);
        }
    }

    private int count() {
        return (bytes.capacity() - HEADER) / ENTRY;
    }

    private int tag(int i) {
        return bytes.getShort(HEADER + i * ENTRY) & 0xffff;
    }

    private int permissions(int i) {
        return bytes.getShort(HEADER + i * ENTRY + 2) & 0xffff;
    }

    /** To set an empty list is to take the list away. */
    boolean isEmpty() {
        return count() == 0;
    }

    /** Whether it says no more than a mode can. */
    boolean isMode() {
        for (int i = 0; i < count(); i++) {
            if ((tag(i) & (USER | GROUP | MASK)) != 0) {
                return false;
            }
        }
        return true;
    }

    /** How far the permissions of an entry lie to the left in a mode; -1 if they are not in it. */
    private int shift(int i) {
        return switch (tag(i)) {
            case USER_OBJ -> 6;
            case OTHER -> 0;
            case MASK -> 3;
            case GROUP_OBJ -> hasMask() ? -1 : 3;
            default -> -1;
        };
    }

    private boolean hasMask() {
        for (int i = 0; i < count(); i++) {
            if (tag(i) == MASK) {
                return true;
            }
        }
        return false;
    }

    /** A mode with its permissions replaced by those of the list. */
    int mode(int mode) {
        int result = mode & ~0777;
        for (int i = 0; i < count(); i++) {
            if (shift(i) >= 0) {
                result |= permissions(i) << shift(i);
            }
        }
        return result;
    }

    /** The list with the permissions of a mode (chmod). */
    Acl withMode(int mode) {
        return changed(mode, false);
    }

    /** The list with no more permissions than a mode has (what a new file gets of a default list). */
    Acl within(int mode) {
        return changed(mode, true);
    }

    private Acl changed(int mode, boolean within) {
        Acl result = new Acl(value());
        for (int i = 0; i < count(); i++) {
            if (shift(i) >= 0) {
                int ofMode = (mode >> shift(i)) & 7;
                int permissions = within ? ofMode & permissions(i) : ofMode;
                result.bytes.putShort(HEADER + i * ENTRY + 2, (short) permissions);
            }
        }
        return result;
    }

    byte[] value() {
        return bytes.array().clone();
    }
}
