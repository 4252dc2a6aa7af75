package liveroot.fs.sys;

import com.kenai.jffi.MemoryIO;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Memory that native calls read and write. */
public final class NativeMemory {

    private static final MemoryIO MEMORY = MemoryIO.getInstance();

    private NativeMemory() {}

    /** Address of a direct buffer's byte 0 (not of its position). It is good for as long as the buffer is reachable. */
    public static long address(ByteBuffer direct) {
        return MEMORY.getDirectBufferAddress(direct);
    }

    /**
     * Memory for the life of the process or until {@link #free}, of any content. Pages that are never touched take no
     * RAM, other than with {@link ByteBuffer#allocateDirect}, which writes zeros. Native byte order.
     */
    public static ByteBuffer allocate(int length) {
        long address = MEMORY.allocateMemory(length, false);
        if (address == 0) {
            throw new OutOfMemoryError(length + " bytes of native memory");
        }
        return MEMORY.newDirectByteBuffer(address, length).order(ByteOrder.nativeOrder());
    }

    /** Frees what {@link #allocate} gave; no one may use it or a slice of it afterwards. */
    public static void free(ByteBuffer allocated) {
        MEMORY.freeMemory(address(allocated));
    }

    /** What a driver shares with its users, in native byte order. */
    static ByteBuffer map(int fd, long offset, int length) throws IOException {
        long address = Libc.mapShared(fd, offset, length);
        if (address < 0) {
            throw new IOException(length + " bytes cannot be mapped: " + Libc.error((int) -address));
        }
        return MEMORY.newDirectByteBuffer(address, length).order(ByteOrder.nativeOrder());
    }

    static void unmap(ByteBuffer mapped) {
        Libc.call("munmap", address(mapped), mapped.capacity());
    }
}
