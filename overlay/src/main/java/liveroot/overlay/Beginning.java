package liveroot.overlay;

import java.util.LinkedHashMap;
import java.util.Map;
import liveroot.fs.FsException;
import liveroot.fs.Mode;
import liveroot.fs.Name;

/**
 * What a new inode begins with, by its directory's default access list (acl(5), "OBJECT CREATION AND DEFAULT ACLs").
 *
 * @param permissions its mode without the type
 * @param access its own list, null if the mode says it all
 * @param inherited the directory's default list, null if it has none
 */
record Beginning(int permissions, Acl access, Acl inherited) {

    /** {@link Acl#DEFAULT} of the lower directory, if it counts and has not been asked for yet; null if there is none. */
    static byte[] lowerDefaultAcl(Upper upper, long parent) throws FsException {
        synchronized (upper) {
            Directory directory = upper.getDirectory(parent);
            if (directory != null && (directory.xattrs != null || directory.knowsLowerDefaultAcl)) {
                return null;
            }
        }
        return upper.lower.xattrOrNull(parent, Acl.DEFAULT);
    }

    /**
     * Monitor of {@link Upper} held.
     *
     * @param lowerAcl of {@link #lowerDefaultAcl}
     */
    static Beginning in(Directory directory, byte[] lowerAcl, int mode, int umask) throws FsException {
        if (directory.xattrs != null) {
            return of(directory.xattrs.get(Acl.DEFAULT), mode, umask);
        }
        if (!directory.knowsLowerDefaultAcl) {
            directory.knowsLowerDefaultAcl = true;
            directory.lowerDefaultAcl = lowerAcl;
        }
        return of(directory.lowerDefaultAcl, mode, umask);
    }

    /** @param defaultAcl null if the directory has none */
    static Beginning of(byte[] defaultAcl, int mode, int umask) throws FsException {
        Acl inherited = defaultAcl == null ? null : Acl.of(defaultAcl);
        if (inherited == null || inherited.isEmpty()) {
            return new Beginning(mode & 07777 & ~(umask & 0777), null, null);
        }
        Acl access = inherited.within(mode);
        return new Beginning(access.mode(mode & 07777), access.isMode() ? null : access, inherited);
    }

    void giveTo(Inode made) {
        Map<Name, byte[]> xattrs = new LinkedHashMap<>();
        if (access != null && !Mode.isSymlink(made.mode)) {
            xattrs.put(Acl.ACCESS, access.value());
        }
        if (inherited != null && made.isDirectory()) {
            xattrs.put(Acl.DEFAULT, inherited.value());
        }
        if (!xattrs.isEmpty()) {
            made.setFirstXattrs(xattrs);
        }
    }
}
