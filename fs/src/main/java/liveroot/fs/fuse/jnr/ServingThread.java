package liveroot.fs.fuse.jnr;

import com.kenai.jffi.MemoryIO;
import java.util.Arrays;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.Struct;
import liveroot.fs.Name;
import liveroot.fs.fuse.Requests;
import ru.serce.jnrfuse.struct.FileStat;

/**
 * A thread that takes requests of a mount and lets libfuse serve them, until the mount ends. It is Java's own: libfuse's
 * own workers would be attached to the JVM and detached again at each callback.
 */
final class ServingThread extends Thread {

    private static final MemoryIO MEMORY = MemoryIO.getInstance();

    // struct fuse_buf of fuse_common.h: size u64, flags u32, mem pointer at 16, fd s32, pos s64
    private static final int BUF_MEMORY = 16;
    private static final int BUF_LENGTH = 40;

    // struct fuse_in_header of linux/fuse.h: len u32, opcode u32, unique u64, nodeid u64, uid, gid, pid, padding u32
    private static final int HEADER_OPCODE = 4;
    private static final int HEADER_LENGTH = 40;

    private final LibFuse2 fuse;
    private final long session;
    private final Requests requests;
    private final Runnable end;
    private final FileStat stat = new FileStat(Runtime.getSystemRuntime());
    private final long memory;
    private final long entryStat;
    private final int bufferSize;
    private byte[] lastDirectory = new byte[0];
    private Inode lastInode;

    /**
     * @param requests counts them
     * @param end run by this thread after its last request
     */
    ServingThread(String name, LibFuse2 fuse, long session, Requests requests, Runnable end) {
        super(name);
        this.fuse = fuse;
        this.session = session;
        this.requests = requests;
        this.end = end;
        bufferSize = fuse.bufferSize(fuse.channel(session));
        memory = MEMORY.allocateMemory(bufferSize, false);
        if (memory == 0) {
            throw new OutOfMemoryError(bufferSize + " bytes of native memory");
        }
        entryStat = MEMORY.allocateMemory(Struct.size(stat) + Name.MAX_LENGTH + 1, true);
        setDaemon(true);
    }

    /** The present thread, within a callback. */
    static ServingThread current() {
        return (ServingThread) currentThread();
    }

    /** A view of the struct stat at this address, good until the next call. */
    FileStat stat(long address) {
        stat.useMemory(Pointer.wrap(Runtime.getSystemRuntime(), address));
        return stat;
    }

    /** Address of a struct stat of this thread's own, all zeros but for what a listing fills in. */
    long entryStat() {
        return entryStat;
    }

    /** Address of room for a name and its NUL. */
    long entryName() {
        return entryStat + Struct.size(stat);
    }

    /** Operation of the request that is being served (enum fuse_opcode). */
    int opcode() {
        return MEMORY.getInt(memory + HEADER_OPCODE);
    }

    /** What follows the header of the request that is being served. */
    long body() {
        return memory + HEADER_LENGTH;
    }

    /** The inode of the directory {@code path[0, end)}, held for the caller, if it is the one remembered; else null. */
    Inode lastDirectory(byte[] path, int end) {
        return Arrays.equals(lastDirectory, 0, lastDirectory.length, path, 0, end) ? lastInode.retain() : null;
    }

    /** Remembers where this thread was, for a tree in which nothing moves. */
    void rememberDirectory(byte[] path, int end, Inode inode) {
        forgetDirectory();
        lastDirectory = Arrays.copyOf(path, end);
        lastInode = inode.retain();
    }

    private void forgetDirectory() {
        if (lastInode != null) {
            lastDirectory = new byte[0];
            lastInode.close();
            lastInode = null;
        }
    }

    @Override
    public void run() {
        long buffer = MEMORY.allocateMemory(BUF_LENGTH + Long.BYTES, true);
        long channelCell = buffer + BUF_LENGTH;
        try {
            long channel = fuse.channel(session);
            while (!fuse.exited(session)) {
                MEMORY.putLong(buffer, bufferSize);
                MEMORY.putAddress(buffer + BUF_MEMORY, memory);
                MEMORY.putAddress(channelCell, channel);
                int length = fuse.receive(session, buffer, channelCell);
                if (length > 0) {
                    requests.count(opcode());
                    fuse.process(session, buffer, MEMORY.getAddress(channelCell));
                } else if (!Border.isTransient(-length)) {
                    break;
                }
            }
        } finally {
            MEMORY.freeMemory(buffer);
            forgetDirectory();
            end.run();
            MEMORY.freeMemory(memory);
            MEMORY.freeMemory(entryStat);
        }
    }
}
