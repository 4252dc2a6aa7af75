package liveroot.fs.hfsplus;

import java.nio.ByteBuffer;

/**
 * Where the bytes of a fork lie, as far as its own record says (HFSPlusForkData of TN1150): {size u64, clump u32, blocks
 * u32, 8 extents}.
 *
 * @param size bytes; unsigned in a damaged volume, so it may be negative
 * @param blocks allocation blocks taken, those of further extents included
 */
record ForkRecord(long size, long blocks, Extents extents) {

    static final int SIZE = 16 + Extents.SIZE;

    static ForkRecord read(ByteBuffer in, int at) {
        return new ForkRecord(in.getLong(at), in.getInt(at + 12) & 0xffffffffL, Extents.read(in, at + 16));
    }
}
