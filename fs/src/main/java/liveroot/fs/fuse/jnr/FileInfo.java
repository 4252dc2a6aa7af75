package liveroot.fs.fuse.jnr;

import com.kenai.jffi.MemoryIO;

/**
 * struct fuse_file_info of fuse_common.h on LP64 hosts: flags s32 at 0, fh u64 at 24. The bits between (keep_cache and
 * others) are left to libfuse's mount options.
 */
final class FileInfo {

    private static final MemoryIO MEMORY = MemoryIO.getInstance();
    private static final int HANDLE = 24;

    private FileInfo() {}

    /** Flags of open(2), in the host's numbers. */
    static int flags(long address) {
        return MEMORY.getInt(address);
    }

    /** The number that the callback which opened it has left there. */
    static long handle(long address) {
        return MEMORY.getLong(address + HANDLE);
    }

    static void setHandle(long address, long handle) {
        MEMORY.putLong(address + HANDLE, handle);
    }
}
