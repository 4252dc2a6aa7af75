package liveroot.fs.hfsplus;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import liveroot.fs.Name;

/**
 * Names of UTF-16 units, as the volume has them, as bytes, and back. '/' in the volume is ':' outside, as on Darwin; U+0000 is
 * U+2400 outside. A surrogate without its half becomes the three bytes that UTF-8 would have for it, so that every name has
 * bytes of its own.
 */
final class UnitNames {

    /** The most units that a name in a catalog has. */
    static final int LONGEST = 255;

    private static final int LONGEST_EXTENSION = 5;
    private static final Pattern CUT = Pattern.compile("#([0-9A-F]{1,8})(\\.[^.]*)?$");

    private static final char NULL_SYMBOL = '\u2400';

    private UnitNames() {}

    /** The bytes of a file name. */
    static byte[] toBytes(String units) {
        char[] outside = units.toCharArray();
        for (int i = 0; i < outside.length; i++) {
            outside[i] = outside[i] == '/' ? ':' : outside[i] == 0 ? NULL_SYMBOL : outside[i];
        }
        return utf8(new String(outside));
    }

    /**
     * The file name that is shown. One that has no room in {@link Name#MAX_LENGTH} bytes is cut, and gets the CNID behind a
     * '#' and its extension, as Darwin does it.
     *
     * @param cnid of what has the name: for a link its own
     */
    static Name shown(String units, long cnid) {
        byte[] whole = toBytes(units);
        if (whole.length <= Name.MAX_LENGTH) {
            return Name.of(whole);
        }
        byte[] mark = ('#' + Long.toHexString(cnid).toUpperCase(Locale.ROOT)).getBytes(StandardCharsets.US_ASCII);
        int dot = whole.length;
        for (int i = Math.max(1, whole.length - LONGEST_EXTENSION); i < whole.length; i++) {
            dot = whole[i] == '.' ? i : dot;
        }
        int cut = Name.MAX_LENGTH - mark.length - (whole.length - dot);
        while ((whole[cut] & 0xc0) == 0x80) {
            cut--;
        }
        byte[] shown = Arrays.copyOf(whole, cut + mark.length + whole.length - dot);
        System.arraycopy(mark, 0, shown, cut, mark.length);
        System.arraycopy(whole, dot, shown, cut + mark.length, whole.length - dot);
        return Name.of(shown);
    }

    /** The CNID in a name that {@link #shown} may have cut, or 0. */
    static long cutCnid(Name name) {
        Matcher matcher = CUT.matcher(name.toString());
        return name.length() > Name.MAX_LENGTH - 16 && matcher.find() ? Long.parseLong(matcher.group(1), 16) : 0;
    }

    /** UTF-8, with surrogates that have no half as they are. */
    static byte[] utf8(String units) {
        byte[] bytes = new byte[units.length() * 3];
        int n = 0;
        for (int i = 0; i < units.length(); i++) {
            int c = units.charAt(i);
            if (Character.isHighSurrogate((char) c)
                    && i + 1 < units.length()
                    && Character.isLowSurrogate(units.charAt(i + 1))) {
                c = Character.toCodePoint((char) c, units.charAt(++i));
            }
            if (c < 0x80) {
                bytes[n++] = (byte) c;
            } else if (c < 0x800) {
                bytes[n++] = (byte) (0xc0 | (c >> 6));
                bytes[n++] = (byte) (0x80 | (c & 0x3f));
            } else if (c < 0x10000) {
                bytes[n++] = (byte) (0xe0 | (c >> 12));
                bytes[n++] = (byte) (0x80 | ((c >> 6) & 0x3f));
                bytes[n++] = (byte) (0x80 | (c & 0x3f));
            } else {
                bytes[n++] = (byte) (0xf0 | (c >> 18));
                bytes[n++] = (byte) (0x80 | ((c >> 12) & 0x3f));
                bytes[n++] = (byte) (0x80 | ((c >> 6) & 0x3f));
                bytes[n++] = (byte) (0x80 | (c & 0x3f));
            }
        }
        return Arrays.copyOf(bytes, n);
    }

    /** The units of bytes that {@link #utf8} could have made, or null. */
    static String units(byte[] bytes) {
        char[] units = new char[bytes.length];
        int n = 0;
        for (int i = 0; i < bytes.length; ) {
            int first = bytes[i++] & 0xff;
            int more = first < 0x80 ? 0 : first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : -1;
            if (more < 0 || more > bytes.length - i || first > 0xf4) {
                return null;
            }
            int c = more == 0 ? first : first & (0x3f >> more);
            for (int k = 0; k < more; k++) {
                int next = bytes[i++];
                if ((next & 0xc0) != 0x80) {
                    return null;
                }
                c = (c << 6) | (next & 0x3f);
            }
            if (c > 0x10ffff) {
                return null;
            } else if (c >= 0x10000) {
                units[n++] = Character.highSurrogate(c);
                units[n++] = Character.lowSurrogate(c);
            } else {
                units[n++] = (char) c;
            }
        }
        return new String(units, 0, n);
    }

    /**
     * What a file name may be in a volume, the likeliest first: decomposed, as Darwin and Linux write names, or as it is,
     * as other programs may.
     */
    static Set<String> candidates(Name name) {
        String given = units(name.bytes());
        if (given == null || given.isEmpty()) {
            return Set.of();
        }
        boolean ascii = true;
        boolean special = false;
        for (int i = 0; i < given.length(); i++) {
            char c = given.charAt(i);
            ascii &= c < 0x80;
            special |= c == ':' || c == NULL_SYMBOL;
        }
        Set<String> found = new LinkedHashSet<>();
        if (!ascii) {
            found.add(inside(decompose(given)));
        }
        found.add(inside(given));
        if (special) {
            // Who knows no such rule may have written these.
            found.add(given);
        }
        found.removeIf(units -> units.length() > LONGEST);
        return found;
    }

    private static String inside(String units) {
        char[] inside = units.toCharArray();
        for (int i = 0; i < inside.length; i++) {
            inside[i] = inside[i] == ':' ? '/' : inside[i] == NULL_SYMBOL ? 0 : inside[i];
        }
        return new String(inside);
    }

    /**
     * Canonical decomposition but for what Apple leaves as it is: U+2000 to U+2FFF, U+F900 to U+FAFF, what is not in the
     * basic plane (Technical Q&amp;A QA1173 and TN1150's table), and what later versions of Unicode than 3.2 brought
     * (Balinese).
     */
    static String decompose(String units) {
        StringBuilder whole = new StringBuilder(units.length() + 8);
        int start = 0;
        for (int i = 0; i <= units.length(); i++) {
            if (i == units.length() || isKept(units.charAt(i))) {
                whole.append(Normalizer.normalize(units.substring(start, i), Normalizer.Form.NFD));
                if (i < units.length()) {
                    whole.append(units.charAt(i));
                }
                start = i + 1;
            }
        }
        return whole.toString();
    }

    private static boolean isKept(char c) {
        return (c >= 0x2000 && c <= 0x2fff)
                || (c >= 0xf900 && c <= 0xfaff)
                || (c >= 0x1b00 && c <= 0x1b7f)
                || Character.isSurrogate(c);
    }
}
