package liveroot.fs.image;

import java.io.IOException;

/** What was asked for by a {@link Choice} is not there: no such partition, no image at the path inside. */
public final class NotInImageException extends IOException {

    private static final long serialVersionUID = 1;

    NotInImageException(String message) {
        super(message);
    }
}
