package liveroot.fs.fuse.kernel;

import java.nio.ByteBuffer;
import liveroot.cache.Block;
import liveroot.fs.sys.Libc;
import liveroot.fs.sys.NativeMemory;

/** A reply that is written to /dev/fuse by one writev, from where its pieces are: own memory and cached blocks. */
final class DeviceReply extends Reply {

    /** The kernel takes at most UIO_MAXIOV (1024) vectors; beyond this many, bytes are copied. */
    private static final int MOST_VECTORS = 1000;

    private static final int IOVEC = 16;

    private static final long ZEROS_ADDRESS = NativeMemory.address(ZEROS);

    private final long ownAddress = NativeMemory.address(own);
    private final ByteBuffer vectors = NativeMemory.allocate((MOST_VECTORS + 2) * IOVEC);
    private final long vectorsAddress = NativeMemory.address(vectors);
    private final Block[] blocks = new Block[MOST_VECTORS];
    private int vectorCount;
    private int blockCount;

    /**
     * @param fuse descriptor of /dev/fuse
     * @param capacity bytes of payload of the largest reply
     */
    DeviceReply(int fuse, int capacity) {
        super(fuse, NativeMemory.allocate(Wire.OUT_HEADER + capacity));
    }

    @Override
    void begin() {
        super.begin();
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

    @Override
    long send(long unique) {
        try {
            notifyStale();
            own.putInt(0, length).putInt(4, 0).putLong(8, unique);
            return vectorCount == 1
                    ? Libc.write(fuse, ownAddress, length)
                    : Libc.writev(fuse, vectorsAddress, vectorCount);
        } finally {
            drop();
        }
    }

    @Override
    void sendError(long unique, int errno) {
        drop();
        own.putInt(0, Wire.OUT_HEADER).putInt(4, -errno).putLong(8, unique);
        Libc.write(fuse, ownAddress, Wire.OUT_HEADER);
    }

    @Override
    int reserve(int size) {
        int at = super.reserve(size);
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

    private void vector(long address, long size) {
        int at = vectorCount++ * IOVEC;
        vectors.putLong(at, address).putLong(at + 8, size);
    }

    @Override
    void free() {
        drop();
        NativeMemory.free(own);
        NativeMemory.free(vectors);
        super.free();
    }
}
