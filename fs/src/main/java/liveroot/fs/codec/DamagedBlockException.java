package liveroot.fs.codec;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import java.io.IOException;

/** Packed bytes cannot be unpacked. The message says how; where they lie is the caller's to add. */
public final class DamagedBlockException extends IOException {

    private static final long serialVersionUID = 1;

    private DamagedBlockException(String message, Throwable cause) {
        super(message, cause);
    }

    /** What a decoder's exception says. That zstd asks for too much memory does not make its data bad. */
    static DamagedBlockException of(String codec, Exception cause) {
        // Of a stream the library hands the code on as it came, negative.
        boolean window = cause instanceof ZstdException zstd
                && Math.abs(zstd.getErrorCode()) == Zstd.errFrameParameterWindowTooLarge();
        return new DamagedBlockException(
                window
                        ? codec + " data that needs a larger window than a block of the image may"
                        : "bad " + codec + " data: " + cause.getMessage(),
                cause);
    }
}
