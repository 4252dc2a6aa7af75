package liveroot.fs.ext;

import java.nio.ByteBuffer;

/** CRC-32 with the highest bit first, as journals of before 2012 have it: it starts at all ones and is not inverted. */
final class Crc32 {

    private static final int POLYNOMIAL = 0x04c11db7;
    private static final int[] TABLE = table();

    private int register = -1;

    private static int[] table() {
        int[] table = new int[256];
        for (int i = 0; i < table.length; i++) {
            int value = i << 24;
            for (int bit = 0; bit < Byte.SIZE; bit++) {
                value = value < 0 ? (value << 1) ^ POLYNOMIAL : value << 1;
            }
            table[i] = value;
        }
        return table;
    }

    /** Adds all bytes up to the limit. */
    void add(ByteBuffer bytes) {
        for (int i = 0; i < bytes.limit(); i++) {
            register = (register << 8) ^ TABLE[((register >>> 24) ^ bytes.get(i)) & 0xff];
        }
    }

    int value() {
        return register;
    }
}
