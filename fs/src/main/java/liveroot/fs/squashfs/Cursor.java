package liveroot.fs.squashfs;

import java.io.IOException;
import java.nio.ByteBuffer;
import liveroot.cache.Block;
import liveroot.fs.BadImageException;

/**
 * Reads little-endian numbers and bytes from a table, on across the borders of its metadata blocks. Holds the block that
 * it stands in until it moves to another or is closed.
 */
final class Cursor implements AutoCloseable {

    private final Metadata metadata;
    private Block block;
    private ByteBuffer memory;
    private long position;
    private int at;
    private int limit;

    Cursor(Metadata metadata) {
        this.metadata = metadata;
    }

    /** At {@code offset} within the block at {@code position}. */
    Cursor(Metadata metadata, long position, int offset) throws IOException {
        this.metadata = metadata;
        seek(position, offset);
    }

    void seek(long newPosition, int offset) throws IOException {
        if (block == null || newPosition != position) {
            close();
            Block next = metadata.block(newPosition);
            memory = next.memory();
            limit = next.length();
            block = next;
            position = newPosition;
        }
        if (offset < 0 || offset > limit) {
            // Here, as try-with-resources closes no cursor whose constructor failed.
            close();
            throw metadata.damage(
                    position, "offset " + offset + " is wanted in a metadata block of " + limit + " bytes");
        }
        at = offset;
    }

    /** Position of the block. */
    long position() {
        return position;
    }

    /** Offset within the block of what is read next; the block's length if that is in the next block. */
    int offset() {
        return at;
    }

    /** Whether what is read next is in the next block. */
    boolean isAtEnd() {
        return at == limit;
    }

    int u16() throws IOException {
        if (at <= limit - 2) {
            int v = Short.reverseBytes(memory.getShort(at)) & 0xffff;
            at += 2;
            return v;
        }
        return u8() | (u8() << 8);
    }

    int s16() throws IOException {
        return (short) u16();
    }

    /** A u32 whose sign does not matter. */
    int i32() throws IOException {
        if (at <= limit - 4) {
            int v = Integer.reverseBytes(memory.getInt(at));
            at += 4;
            return v;
        }
        return u8() | (u8() << 8) | (u8() << 16) | (u8() << 24);
    }

    long u32() throws IOException {
        return i32() & 0xffffffffL;
    }

    /** A u64; negative if it is 2^63 or more. */
    long i64() throws IOException {
        return u32() | (u32() << 32);
    }

    void bytes(byte[] dst, int length) throws IOException {
        int done = 0;
        while (done < length) {
            if (at == limit) {
                nextBlock();
            }
            int n = Math.min(length - done, limit - at);
            memory.get(at, dst, done, n);
            at += n;
            done += n;
        }
    }

    byte[] bytes(int length) throws IOException {
        byte[] dst = new byte[length];
        bytes(dst, length);
        return dst;
    }

    void skip(long length) throws IOException {
        long left = length;
        while (left > limit - at) {
            left -= limit - at;
            nextBlock();
        }
        at += (int) left;
    }

    /** What is wrong with what was read last. */
    BadImageException damage(String fault) {
        return metadata.damage(position, fault + " (before byte " + at + " of the metadata block that starts here)");
    }

    private int u8() throws IOException {
        if (at == limit) {
            nextBlock();
        }
        return memory.get(at++) & 0xff;
    }

    private void nextBlock() throws IOException {
        if (limit < Metadata.BLOCK_SIZE) {
            throw metadata.damage(
                    position, "a table ends with this metadata block of " + limit + " bytes, inside of an entry");
        }
        seek(metadata.next(position), 0);
    }

    @Override
    public void close() {
        if (block != null) {
            block.release();
            block = null;
        }
    }
}
