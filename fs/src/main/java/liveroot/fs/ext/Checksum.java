package liveroot.fs.ext;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * CRC-32C as ext4 and jbd2 chain it: a running value that starts at all ones and is never inverted, and from which the
 * next may start. {@link CRC32C} always starts at all ones and inverts its result, so a start value is put in as the four
 * bytes that lead there.
 */
final class Checksum {

    private static final int POLYNOMIAL = 0x82f63b78;

    private final CRC32C crc = new CRC32C();

    /** Starts at all ones. */
    Checksum() {}

    /** Goes on from {@code start}. */
    Checksum(int start) {
        int register = start;
        for (int bit = 0; bit < Integer.SIZE; bit++) {
            register = register < 0 ? ((register ^ POLYNOMIAL) << 1) | 1 : register << 1;
        }
        littleEndian(~register);
    }

    Checksum add(ByteBuffer bytes, int from, int to) {
        crc.update(bytes.slice(from, to - from));
        return this;
    }

    Checksum add(byte[] bytes, int from, int to) {
        crc.update(bytes, from, to - from);
        return this;
    }

    Checksum littleEndian(int value) {
        for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
            crc.update(value >>> shift);
        }
        return this;
    }

    Checksum bigEndian(int value) {
        return littleEndian(Integer.reverseBytes(value));
    }

    int value() {
        return (int) ~crc.getValue();
    }
}
