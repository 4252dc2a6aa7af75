package liveroot.fs.hfsplus;

import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Name;

/**
 * Ids for the contract: the root's is {@link FileTree#ROOT}, that of another file or folder its CNID. Below a file is
 * Darwin's folder of its forks, {@code ..namedfork} with {@code data} and {@code rsrc} in it; which of them is meant stands
 * above the CNID's 32 bits. A kernel that resolves paths looks for nothing below a file; who walks the tree can.
 */
final class ForkIds {

    static final int FILE = 0;
    static final int FORKS = 1;
    static final int DATA = 2;
    static final int RESOURCE = 3;

    static final Name NAMED_FORK = Name.of("..namedfork");
    static final Name DATA_NAME = Name.of("data");
    static final Name RESOURCE_NAME = Name.of("rsrc");

    private static final int SHIFT = 32;

    private ForkIds() {}

    static long id(long cnid) {
        return cnid == Catalog.ROOT ? FileTree.ROOT : cnid;
    }

    /** @param part {@link #FORKS}, {@link #DATA} or {@link #RESOURCE} */
    static long id(long cnid, int part) {
        return cnid | (long) part << SHIFT;
    }

    static int part(long id) {
        return (int) (id >>> SHIFT);
    }

    /** @throws FsException ESTALE if nothing can have this id */
    static long cnid(long id) throws FsException {
        long cnid = id == FileTree.ROOT ? Catalog.ROOT : id & 0xffffffffL;
        if (id < 0 || part(id) > RESOURCE || cnid < Catalog.ROOT) {
            throw new FsException(Errno.ESTALE, "no inode has the id " + id);
        }
        return cnid;
    }
}
