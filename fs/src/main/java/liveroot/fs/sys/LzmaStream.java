package liveroot.fs.sys;

import java.nio.ByteBuffer;

/** An lzma_stream of lzma/base.h, whose pointers and lengths are of 8 bytes. */
final class LzmaStream implements AutoCloseable {

    private static final int SIZE = 136;

    private static final int NEXT_IN = 0;
    private static final int AVAILABLE_IN = 8;
    private static final int NEXT_OUT = 24;
    private static final int AVAILABLE_OUT = 32;

    private final ByteBuffer members = NativeMemory.allocate(SIZE);
    private final long address = NativeMemory.address(members);

    /** As LZMA_STREAM_INIT. */
    LzmaStream() {
        for (int i = 0; i < SIZE; i += Long.BYTES) {
            members.putLong(i, 0);
        }
    }

    long address() {
        return address;
    }

    /** @param bytes direct memory, from its position to its limit; to be kept reachable for as long as it is read */
    void input(ByteBuffer bytes) {
        members.putLong(NEXT_IN, NativeMemory.address(bytes) + bytes.position());
        members.putLong(AVAILABLE_IN, bytes.remaining());
    }

    /** @param bytes direct memory, from {@code position} to its limit */
    void output(ByteBuffer bytes, int position) {
        members.putLong(NEXT_OUT, NativeMemory.address(bytes) + position);
        members.putLong(AVAILABLE_OUT, bytes.limit() - position);
    }

    int inputLeft() {
        return (int) members.getLong(AVAILABLE_IN);
    }

    int outputLeft() {
        return (int) members.getLong(AVAILABLE_OUT);
    }

    @Override
    public void close() {
        NativeMemory.free(members);
    }
}
