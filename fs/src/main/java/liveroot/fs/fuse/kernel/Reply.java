package liveroot.fs.fuse.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import liveroot.cache.Block;
import liveroot.fs.Attributes;
import liveroot.fs.Node;
import liveroot.fs.ReadSink;
import liveroot.fs.sys.Libc;
import liveroot.fs.sys.NativeMemory;

/**
 * The reply that a worker puts together: a header, then fields and bytes of its own memory or of cached blocks, written
 * by one writev. It belongs to one worker and is used again for each request.
 */
final class Reply implements ReadSink {

    /** The kernel takes at most UIO_MAXIOV (1024) vectors; beyond this many, bytes are copied. */
    private static final int MOST_VECTORS = 1000;

    private static final int IOVEC = 16;

    /** Zeros for holes, shared by all. */
    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(64 << 10);

    private static final long ZEROS_ADDRESS = NativeMemory.address(ZEROS);

    private final ByteBuffer own;
    private final long ownAddress;
    private final ByteBuffer vectors;
    private final long vectorsAddress;
    private final ByteBuffer notice = NativeMemory.allocate(Wire.OUT_HEADER + Wire.INVAL_INODE_OUT);
    private final long noticeAddress = NativeMemory.address(notice);
    private final Block[] blocks = new Block[MOST_VECTORS];

    /** An inode whose attributes the kernel knows wrongly, 0 for none. */
    private long stale;

    private int ownEnd;
    private int vectorCount;
    private int blockCount;
    /** Bytes of the reply so far, the header included. */
    private int length;

    /** @param capacity bytes of payload of the largest reply */
    Reply(int capacity) {
        own = NativeMemory.allocate(Wire.OUT_HEADER + capacity);
        ownAddress = NativeMemory.address(own);
        vectors = NativeMemory.allocate((MOST_VECTORS + 2) * IOVEC);
        vectorsAddress = NativeMemory.address(vectors);
    }

    /** Begins a reply of nothing but a header. */
    void begin() {
        ownEnd = Wire.OUT_HEADER;
        length = Wire.OUT_HEADER;
        stale = 0;
        vectorCount = 1;
        vectors.putLong(0, ownAddress).putLong(8, Wire.OUT_HEADER);
    }

    /** Drops the payload and the blocks that it held. */
    private void drop() {
        for (int i = 0; i < blockCount; i++) {
            blocks[i].release();
            blocks[i] = null;
        }
        blockCount = 0;
    }

    /** @return 0, or -errno of the write */
    long send(int fd, long unique) {
        try {
            if (stale != 0) {
                notifyStale(fd);
            }
            own.putInt(0, length).putInt(4, 0).putLong(8, unique);
            return vectorCount == 1 ? Libc.write(fd, ownAddress, length) : Libc.writev(fd, vectorsAddress, vectorCount);
        } finally {
            drop();
        }
    }

    /** Answers with an error instead of what was put together. */
    long sendError(int fd, long unique, int errno) {
        drop();
        own.putInt(0, Wire.OUT_HEADER).putInt(4, -errno).putLong(8, unique);
        return Libc.write(fd, ownAddress, Wire.OUT_HEADER);
    }

    /** The kernel is to ask for this inode's attributes again: it is told so before it gets the reply. */
    void forgetAttributes(long id) {
        stale = id;
    }

    /** FUSE_NOTIFY_INVAL_INODE of no bytes. It fails if the kernel does not know the inode, which is as good. */
    private void notifyStale(int fd) {
        int size = Wire.OUT_HEADER + Wire.INVAL_INODE_OUT;
        notice.putInt(0, size).putInt(4, Wire.NOTIFY_INVAL_INODE).putLong(8, 0);
        notice.putLong(16, stale).putLong(24, -1).putLong(32, 0);
        Libc.write(fd, noticeAddress, size);
    }

    /** Bytes of payload so far. */
    int payload() {
        return length - Wire.OUT_HEADER;
    }

    // Fields: own memory that follows what is already there

    /** Adds {@code size} bytes of own memory and returns their offset in {@link #fields}. */
    int reserve(int size) {
        if (size > own.capacity() - ownEnd) {
            throw new IllegalStateException("a reply of more than " + own.capacity() + " bytes");
        }
        int at = ownEnd;
        ownEnd += size;
        length += size;
        long address = ownAddress + at;
        int last = (vectorCount - 1) * IOVEC;
        long lastLength = vectors.getLong(last + 8);
        if (vectors.getLong(last) + lastLength == address) {
            vectors.putLong(last + 8, lastLength + size);
        } else {
            vector(address, size);
        }
        return at;
    }

    ByteBuffer fields() {
        return own;
    }

    void bytes(byte[] bytes) {
        own.put(reserve(bytes.length), bytes);
    }

    void putInt(int value) {
        own.putInt(reserve(Integer.BYTES), value);
    }

    void putLong(long value) {
        own.putLong(reserve(Long.BYTES), value);
    }

    /** struct fuse_entry_out of an inode that was looked up. */
    void entry(Node node) {
        entryAt(reserve(Wire.ENTRY_OUT), node);
    }

    void entryAt(int at, Node node) {
        own.putLong(at, node.id())
                .putLong(at + 8, 0)
                .putLong(at + 16, node.fleeting() ? 0 : Wire.FOR_EVER)
                .putLong(at + 24, Wire.FOR_EVER)
                .putLong(at + 32, 0);
        attributesAt(at + 40, node.attributes());
    }

    /** struct fuse_entry_out that says that there is no such name, for ever. */
    void noEntry() {
        int at = reserve(Wire.ENTRY_OUT);
        clear(at, Wire.ENTRY_OUT);
        own.putLong(at + 16, Wire.FOR_EVER);
    }

    /** struct fuse_attr_out. */
    void attributes(Attributes attributes) {
        int at = reserve(Wire.ATTR_OUT);
        own.putLong(at, Wire.FOR_EVER).putLong(at + 8, 0);
        attributesAt(at + 16, attributes);
    }

    private void attributesAt(int at, Attributes a) {
        own.putLong(at, a.ino())
                .putLong(at + 8, a.size())
                .putLong(at + 16, a.blocks())
                .putLong(at + 24, a.atime())
                .putLong(at + 32, a.mtime())
                .putLong(at + 40, a.ctime())
                .putInt(at + 48, a.atimeNanos())
                .putInt(at + 52, a.mtimeNanos())
                .putInt(at + 56, a.ctimeNanos())
                .putInt(at + 60, a.mode())
                .putInt(at + 64, a.nlink())
                .putInt(at + 68, a.uid())
                .putInt(at + 72, a.gid())
                .putInt(at + 76, a.rdev())
                .putInt(at + 80, a.blockSize())
                .putInt(at + 84, 0);
    }

    /** struct fuse_open_out. */
    void opened(long handle, int flags, int backing) {
        int at = reserve(Wire.OPEN_OUT);
        own.putLong(at, handle).putInt(at + 8, flags).putInt(at + 12, backing);
    }

    void clear(int at, int size) {
        for (int i = 0; i < size; i += Long.BYTES) {
            own.putLong(at + i, 0);
        }
    }

    // ReadSink

    @Override
    public void block(Block block, int offset, int count) {
        if (count == 0) {
            return;
        }
        if (vectorCount >= MOST_VECTORS) {
            space(count).put(block.slice(offset, count));
            return;
        }
        long address = NativeMemory.address(block.slice(offset, count));
        block.retain();
        blocks[blockCount++] = block;
        vector(address, count);
        length += count;
    }

    @Override
    public void zeros(int count) {
        for (int left = count; left > 0; ) {
            int n = Math.min(left, ZEROS.capacity());
            if (vectorCount >= MOST_VECTORS) {
                space(n).put(ZEROS.slice(0, n));
            } else {
                vector(ZEROS_ADDRESS, n);
                length += n;
            }
            left -= n;
        }
    }

    @Override
    public ByteBuffer space(int count) {
        return own.slice(reserve(count), count).order(ByteOrder.BIG_ENDIAN);
    }

    private void vector(long address, long size) {
        int at = vectorCount++ * IOVEC;
        vectors.putLong(at, address).putLong(at + 8, size);
    }

    void free() {
        drop();
        NativeMemory.free(own);
        NativeMemory.free(vectors);
        NativeMemory.free(notice);
    }
}
