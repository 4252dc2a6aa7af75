package liveroot.fs;

import java.io.IOException;

/** An image is damaged, cut short, or not of the format it was taken for. */
public final class BadImageException extends IOException {

    private static final long serialVersionUID = 1;

    /**
     * @param source what people call the image
     * @param offset byte offset within it at which the fault was found; unsigned, as a damaged image may say anything
     * @param fault what was expected there, and what was found
     */
    public BadImageException(String source, long offset, String fault) {
        super(source + ": at byte " + Long.toUnsignedString(offset) + ": " + fault);
    }
}
