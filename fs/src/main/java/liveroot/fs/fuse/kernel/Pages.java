package liveroot.fs.fuse.kernel;

import java.nio.ByteBuffer;
import liveroot.fs.PageCache;
import liveroot.fs.sys.Libc;
import liveroot.fs.sys.NativeMemory;

/**
 * Stores pages in the kernel by FUSE_NOTIFY_STORE, one store at a time. The kernel locks each page first, and so waits for
 * a READ of it to be answered (fuse_notify_store of fs/fuse/dev.c): no worker may wait for a store to end, but for that to
 * a file that is not open, of which there is no READ, and the last one, when there are no requests any more.
 */
final class Pages implements PageCache {

    private static final int HEAD = Wire.OUT_HEADER + Wire.STORE_OUT;
    private static final int IOVEC = 16;

    private final int fuse;
    private final ByteBuffer memory = NativeMemory.allocate(HEAD + 2 * IOVEC);
    private final long address = NativeMemory.address(memory);
    private boolean closed;

    /** @param fuse descriptor of /dev/fuse */
    Pages(int fuse) {
        this.fuse = fuse;
        memory.putInt(4, Wire.NOTIFY_STORE).putLong(8, 0).putInt(Wire.OUT_HEADER + 20, 0);
        memory.putLong(HEAD, address).putLong(HEAD + 8, HEAD);
    }

    @Override
    public synchronized boolean store(long id, long offset, ByteBuffer bytes) {
        if (closed) {
            return false;
        }
        int length = bytes.remaining();
        memory.putInt(0, HEAD + length)
                .putLong(Wire.OUT_HEADER, id)
                .putLong(Wire.OUT_HEADER + 8, offset)
                .putInt(Wire.OUT_HEADER + 16, length)
                .putLong(HEAD + IOVEC, NativeMemory.address(bytes) + bytes.position())
                .putLong(HEAD + IOVEC + 8, length);
        return Libc.writev(fuse, address + HEAD, 2) >= 0;
    }

    /** Before the descriptor is closed. */
    synchronized void close() {
        closed = true;
        NativeMemory.free(memory);
    }
}
