package liveroot.cache;

import java.io.IOException;

/** A playlist that cannot be used. The message is one line: which file, where in it, what was found and expected. */
public final class BadPlaylistException extends IOException {

    private static final long serialVersionUID = 1;

    BadPlaylistException(String message) {
        super(message);
    }
}
