package liveroot.fs;

import java.nio.ByteBuffer;

/** The pages of files that the kernel keeps for a mount, to be filled before anyone asks for them. */
public interface PageCache {

    /**
     * Stores bytes of a file, as a read of them would bring them. It may wait for a read of the same pages, so the caller
     * holds nothing that a read may need: no lock, no load of a block, and no more memory than this block's.
     *
     * @param id of a regular file
     * @param offset within the file, at the beginning of a page
     * @param bytes direct memory, from its position to its limit: whole pages, but at the end of the file
     * @return false if the kernel has no inode of this id, or no memory, or the mount has ended
     */
    boolean store(long id, long offset, ByteBuffer bytes);
}
