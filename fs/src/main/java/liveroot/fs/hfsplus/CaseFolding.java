package liveroot.fs.hfsplus;

import java.nio.ByteBuffer;

/**
 * How names without regard to case are ordered: by UTF-16 units, each folded, those that fold to 0 left out. The folding is
 * the lower-case table of TN1150 ("Case-Insensitive String Comparison Algorithm", FastUnicodeCompare); it knows letters of
 * Unicode 2 only, and none that can be decomposed, as names are. U+0000 folds to U+FFFF, so that it comes last.
 */
final class CaseFolding {

    /** First and last unit of a range, what is added to each of them, and the step from one to the next. */
    private static final int[][] RANGES = {
        {0x41, 0x5a, 0x20, 1},
        {0xc6, 0xc6, 0x20, 1},
        {0xd0, 0xd8, 0x20, 8},
        {0xde, 0xde, 0x20, 1},
        {0x110, 0x110, 1, 1},
        {0x126, 0x132, 1, 12},
        {0x13f, 0x141, 1, 2},
        {0x14a, 0x152, 1, 8},
        {0x166, 0x166, 1, 1},
        {0x182, 0x184, 1, 2},
        {0x187, 0x18b, 1, 4},
        {0x191, 0x191, 1, 1},
        {0x198, 0x198, 1, 1},
        {0x1a2, 0x1a4, 1, 2},
        {0x1a7, 0x1a7, 1, 1},
        {0x1ac, 0x1ac, 1, 1},
        {0x1b3, 0x1b5, 1, 2},
        {0x1b8, 0x1bc, 1, 4},
        {0x1c5, 0x1cb, 1, 3},
        {0x1c4, 0x1ca, 2, 3},
        {0x1e4, 0x1e4, 1, 1},
        {0x1f1, 0x1f1, 2, 1},
        {0x1f2, 0x1f2, 1, 1},
        {0x391, 0x3a1, 0x20, 1},
        {0x3a3, 0x3a9, 0x20, 1},
        {0x3e2, 0x3ee, 1, 2},
        {0x402, 0x402, 0x50, 1},
        {0x404, 0x406, 0x50, 1},
        {0x408, 0x40b, 0x50, 1},
        {0x40f, 0x40f, 0x50, 1},
        {0x410, 0x418, 0x20, 1},
        {0x41a, 0x42f, 0x20, 1},
        {0x460, 0x474, 1, 2},
        {0x478, 0x480, 1, 2},
        {0x490, 0x4be, 1, 2},
        {0x4c3, 0x4cb, 1, 4},
        {0x531, 0x556, 0x30, 1},
        {0x10a0, 0x10c5, 0x30, 1},
        {0x2160, 0x216f, 0x10, 1},
        {0xff21, 0xff3a, 0x20, 1},
    };

    /** A unit and what it folds to. */
    private static final int[][] SINGLES = {
        {0x000, 0xffff},
        {0x181, 0x253},
        {0x186, 0x254},
        {0x189, 0x256},
        {0x18a, 0x257},
        {0x18e, 0x1dd},
        {0x18f, 0x259},
        {0x190, 0x25b},
        {0x193, 0x260},
        {0x194, 0x263},
        {0x196, 0x269},
        {0x197, 0x268},
        {0x19c, 0x26f},
        {0x19d, 0x272},
        {0x19f, 0x275},
        {0x1a9, 0x283},
        {0x1ae, 0x288},
        {0x1b1, 0x28a},
        {0x1b2, 0x28b},
        {0x1b7, 0x292},
    };

    /** First and last of what is left out: joiners, directions, shapes, the byte order mark. */
    private static final int[][] IGNORED = {{0x200c, 0x200f}, {0x202a, 0x202e}, {0x206a, 0x206f}, {0xfeff, 0xfeff}};

    /** By high byte; null for a page on which each unit folds to itself. */
    private static final char[][] PAGES = pages();

    private CaseFolding() {}

    private static char[][] pages() {
        char[][] pages = new char[256][];
        for (int[] range : RANGES) {
            for (int c = range[0]; c <= range[1]; c += range[3]) {
                set(pages, c, c + range[2]);
            }
        }
        for (int[] single : SINGLES) {
            set(pages, single[0], single[1]);
        }
        for (int[] range : IGNORED) {
            for (int c = range[0]; c <= range[1]; c++) {
                set(pages, c, 0);
            }
        }
        return pages;
    }

    private static void set(char[][] pages, int from, int to) {
        char[] page = pages[from >>> 8];
        if (page == null) {
            page = new char[256];
            for (int i = 0; i < page.length; i++) {
                page[i] = (char) ((from & 0xff00) | i);
            }
            pages[from >>> 8] = page;
        }
        page[from & 0xff] = (char) to;
    }

    /** What a unit folds to; 0 if it is left out. */
    static char fold(char unit) {
        char[] page = PAGES[unit >>> 8];
        return page == null ? unit : page[unit & 0xff];
    }

    /** Compares {@code count} units at {@code at} with a name. @return as {@link Comparable} has it */
    static int compare(ByteBuffer memory, int at, int count, String name) {
        int i = 0;
        int j = 0;
        for (; ; ) {
            char a = 0;
            char b = 0;
            while (i < count && a == 0) {
                a = fold(memory.getChar(at + 2 * i++));
            }
            while (j < name.length() && b == 0) {
                b = fold(name.charAt(j++));
            }
            if (a != b) {
                return a < b ? -1 : 1;
            }
            if (a == 0) {
                return 0;
            }
        }
    }
}
