package liveroot.fs.ext;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import liveroot.cache.Block;
import liveroot.fs.BadImageException;

/** A block of metadata that is held until this is closed, read as little endian. */
final class MetadataBlock implements AutoCloseable {

    private final Volume volume;
    private final Block block;
    private final ByteBuffer in;
    private final long number;

    MetadataBlock(Volume volume, Block block, long number) {
        this.volume = volume;
        this.block = block;
        this.in = block.slice(0, block.length()).order(ByteOrder.LITTLE_ENDIAN);
        this.number = number;
    }

    /** Of the volume. */
    long number() {
        return number;
    }

    /** Bytes. */
    int size() {
        return in.limit();
    }

    int u8(int at) {
        return in.get(at) & 0xff;
    }

    int u16(int at) {
        return in.getShort(at) & 0xffff;
    }

    int i32(int at) {
        return in.getInt(at);
    }

    long u32(int at) {
        return in.getInt(at) & 0xffffffffL;
    }

    byte[] bytes(int at, int length) {
        byte[] bytes = new byte[length];
        in.get(at, bytes);
        return bytes;
    }

    /** All of it; only absolute methods may be used. */
    ByteBuffer memory() {
        return in;
    }

    /** What is wrong with byte {@code at}. */
    BadImageException damage(int at, String fault) {
        return volume.damage(number, at, fault);
    }

    @Override
    public void close() {
        block.release();
    }
}
