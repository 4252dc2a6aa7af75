package liveroot.fs.squashfs;

import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;

/**
 * Ids of inodes for the contract: the root's is {@link FileTree#ROOT}, every other is the inode's reference (block of the
 * inode table << 16 | offset within it) and {@link #SHIFT}.
 */
final class InodeIds {

    private static final int SHIFT = 2;
    private static final long LARGEST_REFERENCE = (1L << 48) - 1;

    private final long root;

    /** @param root reference of the root's inode */
    InodeIds(long root) {
        this.root = root;
    }

    long id(long reference) {
        return reference == root ? FileTree.ROOT : reference + SHIFT;
    }

    /** @throws FsException ESTALE if no inode can have this id */
    long reference(long id) throws FsException {
        if (id == FileTree.ROOT) {
            return root;
        }
        long reference = id - SHIFT;
        if (reference < 0 || reference > LARGEST_REFERENCE || (reference & 0xffff) >= Metadata.BLOCK_SIZE) {
            throw new FsException(Errno.ESTALE, "no inode has the id " + id);
        }
        return reference;
    }
}
