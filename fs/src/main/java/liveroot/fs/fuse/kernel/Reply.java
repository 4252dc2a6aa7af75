package liveroot.fs.fuse.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import liveroot.fs.Attributes;
import liveroot.fs.Node;
import liveroot.fs.ReadSink;
import liveroot.fs.sys.Libc;
import liveroot.fs.sys.NativeMemory;

/**
 * The reply that a worker puts together: a header, then fields and bytes, in memory of its own ({@link RingReply}) or also
 * in cached blocks ({@link DeviceReply}). It belongs to one worker and is used again for each request.
 */
abstract class Reply implements ReadSink {

    /** Zeros for holes, shared by all. */
    static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(64 << 10);

    /** Room for the header, and then for fields. */
    final ByteBuffer own;

    /** Descriptor of /dev/fuse. */
    final int fuse;

    private final ByteBuffer notice = NativeMemory.allocate(Wire.OUT_HEADER + Wire.INVAL_INODE_OUT);
    private final long noticeAddress = NativeMemory.address(notice);

    /** An inode whose attributes the kernel knows wrongly, 0 for none. */
    private long stale;

    /** Where the next fields go. */
    int ownEnd;

    /** Bytes of the reply so far, the header included. */
    int length;

    /**
     * @param fuse descriptor of /dev/fuse, for notices to the kernel
     * @param own memory, whose bytes are in native order
     */
    Reply(int fuse, ByteBuffer own) {
        this.fuse = fuse;
        this.own = own;
    }

    /** Begins a reply of nothing but a header. */
    void begin() {
        ownEnd = Wire.OUT_HEADER;
        length = Wire.OUT_HEADER;
        stale = 0;
    }

    /**
     * Sends what was put together.
     *
     * @return negative, -errno, if it did not arrive
     */
    abstract long send(long unique);

    /** Answers with an error instead of what was put together. */
    abstract void sendError(long unique, int errno);

    /** The kernel is to ask for this inode's attributes again: it is told so before it gets the reply. */
    void forgetAttributes(long id) {
        stale = id;
    }

    /** FUSE_NOTIFY_INVAL_INODE of no bytes. It fails if the kernel does not know the inode, which is as good. */
    final void notifyStale() {
        if (stale == 0) {
            return;
        }
        int size = Wire.OUT_HEADER + Wire.INVAL_INODE_OUT;
        notice.putInt(0, size).putInt(4, Wire.NOTIFY_INVAL_INODE).putLong(8, 0);
        notice.putLong(16, stale).putLong(24, -1).putLong(32, 0);
        Libc.write(fuse, noticeAddress, size);
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

    @Override
    public ByteBuffer space(int count) {
        return own.slice(reserve(count), count).order(ByteOrder.BIG_ENDIAN);
    }

    void free() {
        NativeMemory.free(notice);
    }
}
