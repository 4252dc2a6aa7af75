package liveroot.fs;

import java.io.IOException;
import java.util.regex.Pattern;

/** An image is damaged, cut short, or not of the format it was taken for. */
public final class BadImageException extends IOException {

    private static final long serialVersionUID = 1;

    private static final Pattern CONTROL = Pattern.compile("\\p{Cc}");

    /**
     * @param source what people call the image
     * @param offset byte offset within it at which the fault was found; unsigned, as a damaged image may say anything
     * @param fault what was expected there, and what was found; characters of an image's names that would break the line,
     *     or steer a terminal, are shown as question marks
     */
    public BadImageException(String source, long offset, String fault) {
        super(source + ": at byte " + Long.toUnsignedString(offset) + ": "
                + CONTROL.matcher(fault).replaceAll("?"));
    }

    private BadImageException(BadImageException found, String more) {
        super(found.getMessage() + more, found);
    }

    /** The same fault, with {@code more} said behind it. */
    public BadImageException with(String more) {
        return new BadImageException(this, more);
    }
}
