package liveroot.fs;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * A file name, or the name of an extended attribute: a string of bytes. A file name has 1 to 255 of them, none of them
 * '/' or NUL; they are not required to be UTF-8. Equal when the bytes are; ordered by unsigned bytes, as SquashFS and
 * strcmp(3) order them.
 */
public final class Name implements Comparable<Name> {

    /** The most bytes that a file name may have (NAME_MAX of limits.h). */
    public static final int MAX_LENGTH = 255;

    /** What controls a terminal, ends a line, or turns the direction of what follows. */
    private static final Pattern CONTROLS =
            Pattern.compile("[\\p{Cc}\\p{Zl}\\p{Zp}\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]");

    private static final byte[] TRUSTED = "trusted.".getBytes(StandardCharsets.US_ASCII);

    public static final Name DOT = of(".");
    public static final Name DOT_DOT = of("..");

    /** Nothing besides: unions hold very many names. */
    private final byte[] bytes;

    private Name(byte[] bytes) {
        this.bytes = bytes;
    }

    /** The name with these bytes, which the caller does not change afterwards. */
    public static Name of(byte[] bytes) {
        return new Name(bytes);
    }

    /** The name whose bytes are the UTF-8 form of {@code text}. */
    public static Name of(String text) {
        return new Name(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The bytes themselves, not a copy; not to be changed. */
    public byte[] bytes() {
        return bytes;
    }

    public int length() {
        return bytes.length;
    }

    /** Whether a directory entry can have this name: not empty, no '/', no NUL, not "." or "..". Length is not judged. */
    public boolean isFileName() {
        if (bytes.length == 0 || equals(DOT) || equals(DOT_DOT)) {
            return false;
        }
        for (byte b : bytes) {
            if (b == '/' || b == 0) {
                return false;
            }
        }
        return true;
    }

    /** Whether it is that of an extended attribute which only root may see (xattr(7)). */
    public boolean isTrusted() {
        return bytes.length > TRUSTED.length && Arrays.equals(bytes, 0, TRUSTED.length, TRUSTED, 0, TRUSTED.length);
    }

    @Override
    public int compareTo(Name other) {
        return Arrays.compareUnsigned(bytes, other.bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Name name && Arrays.equals(bytes, name.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** Names and labels for one line on a terminal, which they cannot control: what would stands as '?'. */
    public static String printable(String text) {
        return CONTROLS.matcher(text).replaceAll("?");
    }

    /** For people: the bytes read as UTF-8, with what is not UTF-8 replaced. */
    @Override
    public String toString() {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
