package liveroot.overlay;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import liveroot.fs.Attributes;
import liveroot.fs.Errno;
import liveroot.fs.FsException;
import liveroot.fs.Mode;
import liveroot.fs.Name;

/** Extended attributes. The first change of one copies all of an inode's up. */
final class Xattrs {

    static final int CREATE = 1;
    static final int REPLACE = 2;

    /** XATTR_SIZE_MAX and XATTR_LIST_MAX of linux/limits.h. */
    private static final int MOST_BYTES = 65536;

    /** What an attribute counts in the quota besides its name and value. */
    private static final int OVERHEAD = 192;

    private static final List<byte[]> PREFIXES = List.of(ascii("user."), ascii("trusted."), ascii("security."));

    /** File capabilities, which do not outlive a change of the file (capabilities(7)). */
    static final Name CAPABILITY = Name.of("security.capability");

    private final Upper upper;

    Xattrs(Upper upper) {
        this.upper = upper;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static boolean startsWith(Name name, byte[] prefix) {
        return name.length() >= prefix.length
                && java.util.Arrays.equals(name.bytes(), 0, prefix.length, prefix, 0, prefix.length);
    }

    byte[] get(long id, Name name) throws FsException {
        synchronized (upper) {
            Inode inode = upper.get(id);
            if (inode != null && inode.xattrs != null) {
                byte[] value = inode.xattrs.get(name);
                if (value == null) {
                    throw new FsException(Errno.ENODATA);
                }
                return value;
            }
        }
        return upper.lower.getxattr(id, name);
    }

    List<Name> list(long id) throws FsException {
        synchronized (upper) {
            Inode inode = upper.get(id);
            if (inode != null && inode.xattrs != null) {
                return List.copyOf(inode.xattrs.keySet());
            }
        }
        return List.copyOf(upper.lower.listxattr(id));
    }

    /** An inode's attributes when a change begins. */
    private record Before(Attributes attributes, Map<Name, byte[]> xattrs) {}

    private Before before(long id) throws FsException {
        boolean changed;
        synchronized (upper) {
            Inode inode = upper.get(id);
            if (inode != null && inode.xattrs != null) {
                return new Before(null, null);
            }
            changed = inode != null;
        }
        return new Before(changed ? null : upper.lower.getattr(id), upper.lower.xattrs(id));
    }

    void set(long id, Name name, byte[] value, int flags) throws FsException {
        if (name.length() == 0 || name.length() > Name.MAX_LENGTH) {
            throw new FsException(Errno.ERANGE);
        }
        if (value.length > MOST_BYTES) {
            throw new FsException(Errno.E2BIG);
        }
        if ((flags & ~(CREATE | REPLACE)) != 0) {
            throw new FsException(Errno.EINVAL);
        }
        requireNamespace(name);
        Before before = before(id);
        synchronized (upper) {
            Change change = new Change(upper, false);
            Inode inode = change.inode(id, before.attributes);
            if (startsWith(name, PREFIXES.get(0)) && !Mode.isRegular(inode.mode) && !inode.isDirectory()) {
                throw new FsException(Errno.EPERM);
            }
            Map<Name, byte[]> after = new LinkedHashMap<>(inode.xattrs != null ? inode.xattrs : before.xattrs);
            boolean exists = after.containsKey(name);
            Acl acl = Acl.isName(name) ? aclFor(inode, name, value) : null;
            if (exists && (flags & CREATE) != 0) {
                throw new FsException(Errno.EEXIST);
            }
            if (!exists && (flags & REPLACE) != 0) {
                throw new FsException(Errno.ENODATA);
            }
            if (acl != null && (acl.isEmpty() || (name.equals(Acl.ACCESS) && acl.isMode()))) {
                after.remove(name);
            } else {
                after.put(name, value);
            }
            replace(change, inode, after);
            if (acl != null && name.equals(Acl.ACCESS) && !acl.isEmpty()) {
                inode.mode = acl.mode(inode.mode);
            }
        }
    }

    void remove(long id, Name name) throws FsException {
        Before before = before(id);
        synchronized (upper) {
            Change change = new Change(upper, true);
            Inode inode = change.inode(id, before.attributes);
            Map<Name, byte[]> after = new LinkedHashMap<>(inode.xattrs != null ? inode.xattrs : before.xattrs);
            if (after.remove(name) == null) {
                if (Acl.isName(name)) {
                    return;
                }
                throw new FsException(Errno.ENODATA);
            }
            replace(change, inode, after);
        }
    }

    private void replace(Change change, Inode inode, Map<Name, byte[]> after) throws FsException {
        int listed = after.keySet().stream().mapToInt(name -> name.length() + 1).sum();
        if (listed > MOST_BYTES) {
            throw new FsException(Errno.ENOSPC);
        }
        long bytes = bytes(after);
        change.bytes(bytes - inode.xattrBytes());
        change.make();
        inode.xattrs = after;
        if (inode instanceof RegularFile file) {
            file.mayHaveCapability = after.containsKey(CAPABILITY);
        }
        inode.touch(upper.now());
    }

    /** What attributes count in the quota. */
    static long bytes(Map<Name, byte[]> xattrs) {
        long bytes = 0;
        for (Map.Entry<Name, byte[]> xattr : xattrs.entrySet()) {
            bytes += OVERHEAD + xattr.getKey().length() + xattr.getValue().length;
        }
        return bytes;
    }

    private static Acl aclFor(Inode inode, Name name, byte[] value) throws FsException {
        if (Mode.isSymlink(inode.mode)) {
            throw new FsException(Errno.EOPNOTSUPP);
        }
        if (name.equals(Acl.DEFAULT) && !inode.isDirectory()) {
            throw new FsException(Errno.EACCES);
        }
        return Acl.of(value);
    }

    /**
     * Changes the mode and, if there is one, the access list with it. An operation of its own.
     *
     * @param also what else is to change, under the monitor of {@link Upper}
     */
    Attributes chmod(long id, int mode, FileData.AlsoChange also) throws FsException {
        for (; ; ) {
            boolean hasList = has(id, Acl.ACCESS);
            Before before = hasList ? before(id) : new Before(attributesIfUnchanged(id), null);
            synchronized (upper) {
                Change change = new Change(upper, false);
                Inode inode = change.inode(id, before.attributes);
                if (!hasList && inode.xattrs != null && inode.xattrs.containsKey(Acl.ACCESS)) {
                    // The list came just now.
                    continue;
                }
                Map<Name, byte[]> xattrs = inode.xattrs != null ? inode.xattrs : before.xattrs;
                byte[] list = xattrs == null ? null : xattrs.get(Acl.ACCESS);
                if (list == null) {
                    change.make();
                } else {
                    Map<Name, byte[]> after = new LinkedHashMap<>(xattrs);
                    after.put(Acl.ACCESS, Acl.of(list).withMode(mode).value());
                    replace(change, inode, after);
                }
                also.apply(inode, upper.now());
                return inode.attributes();
            }
        }
    }

    private Attributes attributesIfUnchanged(long id) throws FsException {
        synchronized (upper) {
            if (upper.get(id) != null) {
                return null;
            }
        }
        return upper.lower.getattr(id);
    }

    private static void requireNamespace(Name name) throws FsException {
        if (Acl.isName(name)) {
            return;
        }
        for (byte[] prefix : PREFIXES) {
            if (startsWith(name, prefix)) {
                if (name.length() == prefix.length) {
                    throw new FsException(Errno.EINVAL);
                }
                return;
            }
        }
        throw new FsException(Errno.EOPNOTSUPP);
    }

    /** Whether an unchanged or changed inode has file capabilities. It may ask the lower tree. */
    boolean hasCapability(long id) throws FsException {
        return has(id, CAPABILITY);
    }

    private boolean has(long id, Name name) throws FsException {
        try {
            get(id, name);
            return true;
        } catch (FsException e) {
            if (e.errno() == Errno.ENODATA) {
                return false;
            }
            throw e;
        }
    }
}
