package liveroot.fs.udif;

/**
 * The CRC-32 of bytes that come in parts: of each part its own is known, or that it is zeros. Each takes as long as any other,
 * whatever its length: a CRC is a polynomial over GF(2), and bytes behind it multiply it by a power of x (reflected, as in
 * ISO 3309: the highest bit is the coefficient of x^0).
 */
final class JoinedCrc32 {

    private static final int POLYNOMIAL = 0xedb88320;
    private static final int ONE = 1 << 31;

    private int value;

    /** Adds {@code length} bytes whose CRC-32 is {@code crc}. */
    void add(int crc, long length) {
        value = shifted(value, length) ^ crc;
    }

    void addZeros(long length) {
        value = ~shifted(~value, length);
    }

    int value() {
        return value;
    }

    /** With so many bytes behind it: times x^(8 length). */
    private static int shifted(int crc, long length) {
        int result = crc;
        // x^8, then its square, and so on.
        int power = ONE >>> 8;
        for (long left = length; left != 0; left >>>= 1) {
            if ((left & 1) != 0) {
                result = product(result, power);
            }
            power = product(power, power);
        }
        return result;
    }

    private static int product(int a, int b) {
        int product = 0;
        int shifted = b;
        for (int bit = ONE; bit != 0; bit >>>= 1) {
            product ^= (a & bit) != 0 ? shifted : 0;
            shifted = (shifted & 1) != 0 ? shifted >>> 1 ^ POLYNOMIAL : shifted >>> 1;
        }
        return product;
    }
}
