package liveroot.fs.codec;

import java.io.IOException;

/** Packed bytes cannot be unpacked. The message says how; where they lie is the caller's to add. */
public final class DamagedBlockException extends IOException {

    private static final long serialVersionUID = 1;

    DamagedBlockException(String message, Throwable cause) {
        super(message, cause);
    }
}
