package liveroot.fs.ext;

/** The hashes of names by which indexed directories are ordered (fs/ext4/hash.c gives them their numbers). */
final class DirectoryHash {

    private static final int LEGACY = 0;
    private static final int HALF_MD4 = 1;
    private static final int TEA = 2;
    /** Hashes of unsigned chars have the same numbers and this. */
    private static final int UNSIGNED = 3;

    private static final int[] DEFAULT_SEED = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    private static final int GOLDEN_RATIO = 0x9e3779b9;
    private static final int SQUARE_ROOT_OF_2 = 0x5a827999;
    private static final int SQUARE_ROOT_OF_3 = 0x6ed9eba1;

    /** Kept for the end of a listing. */
    private static final int END = 0xfffffffe;

    private final int version;
    private final boolean unsigned;
    private final int[] seed;

    private DirectoryHash(int version, boolean unsigned, int[] seed) {
        this.version = version;
        this.unsigned = unsigned;
        this.seed = seed;
    }

    /** The hash with an index' number, or null if it is not known. */
    static DirectoryHash of(int number, Superblock superblock) {
        if (number > UNSIGNED + TEA) {
            return null;
        }
        int[] given = superblock.hashSeed().stream().mapToInt(word -> word).toArray();
        boolean isZero = (given[0] | given[1] | given[2] | given[3]) == 0;
        return new DirectoryHash(
                number % UNSIGNED, number >= UNSIGNED || superblock.unsignedHash(), isZero ? DEFAULT_SEED : given);
    }

    /** Unsigned; its lowest bit is 0. */
    int of(byte[] name) {
        int hash =
                switch (version) {
                    case LEGACY -> legacy(name);
                    case HALF_MD4 -> halfMd4(name);
                    default -> tea(name);
                };
        hash &= ~1;
        return hash == END ? END - 2 : hash;
    }

    private int character(byte c) {
        return unsigned ? c & 0xff : c;
    }

    private int legacy(byte[] name) {
        int before = 0x37abe8f9;
        int now = 0x12a3fe2d;
        for (byte c : name) {
            int hash = before + (now ^ character(c) * 7_152_373);
            if (hash < 0) {
                hash -= 0x7fffffff;
            }
            before = now;
            now = hash;
        }
        return now << 1;
    }

    /** Up to {@code words} words of the name from {@code at} on, filled up with the length of what is left of it. */
    private int[] words(byte[] name, int at, int words) {
        int left = name.length - at;
        int pad = (left | (left << 8)) & 0xffff;
        pad |= pad << 16;
        int[] result = new int[words];
        int length = Math.min(left, words * 4);
        for (int w = 0; w < words; w++) {
            int word = pad;
            for (int i = w * 4; i < Math.min(length, w * 4 + 4); i++) {
                word = character(name[at + i]) + (word << 8);
            }
            result[w] = word;
        }
        return result;
    }

    private int tea(byte[] name) {
        int[] state = seed.clone();
        for (int at = 0; at < name.length; at += 16) {
            int[] in = words(name, at, 4);
            int x = state[0];
            int y = state[1];
            int sum = 0;
            for (int round = 0; round < 16; round++) {
                sum += GOLDEN_RATIO;
                x += ((y << 4) + in[0]) ^ (y + sum) ^ ((y >>> 5) + in[1]);
                y += ((x << 4) + in[2]) ^ (x + sum) ^ ((x >>> 5) + in[3]);
            }
            state[0] += x;
            state[1] += y;
        }
        return state[0];
    }

    /** The order of the words, and the rotations, of each of the three rounds. */
    private static final int[][] ORDER = {{0, 1, 2, 3, 4, 5, 6, 7}, {1, 3, 5, 7, 0, 2, 4, 6}, {3, 7, 2, 6, 1, 5, 0, 4}};

    private static final int[][] ROTATIONS = {{3, 7, 11, 19}, {3, 5, 9, 13}, {3, 9, 11, 15}};

    private int halfMd4(byte[] name) {
        int[] state = seed.clone();
        for (int at = 0; at < name.length; at += 32) {
            int[] in = words(name, at, 8);
            int[] r = state.clone();
            for (int round = 0; round < 3; round++) {
                for (int step = 0; step < 8; step++) {
                    // The registers take turns: a, d, c, b.
                    int a = -step & 3;
                    int x = r[(a + 1) & 3];
                    int y = r[(a + 2) & 3];
                    int z = r[(a + 3) & 3];
                    int mixed =
                            switch (round) {
                                case 0 -> z ^ (x & (y ^ z));
                                case 1 -> (x & y) + ((x ^ y) & z) + SQUARE_ROOT_OF_2;
                                default -> (x ^ y ^ z) + SQUARE_ROOT_OF_3;
                            };
                    r[a] = Integer.rotateLeft(r[a] + mixed + in[ORDER[round][step]], ROTATIONS[round][step & 3]);
                }
            }
            for (int i = 0; i < 4; i++) {
                state[i] += r[i];
            }
        }
        return state[1];
    }
}
