package liveroot.fs.codec;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** A zlib stream per block. */
public final class ZlibDecoder implements Decoder {

    private final Inflater inflater = new Inflater();

    @Override
    public int unpack(ByteBuffer packed, ByteBuffer plain) throws IOException {
        inflater.reset();
        inflater.setInput(packed);
        try {
            while (!inflater.finished()) {
                if (inflater.inflate(plain) == 0 && !inflater.finished()) {
                    throw new IOException(
                            plain.hasRemaining()
                                    ? "zlib stream ends too early, or wants a dictionary"
                                    : "zlib stream unpacks to more than " + plain.limit() + " bytes");
                }
            }
        } catch (DataFormatException e) {
            throw new IOException(e.getMessage(), e);
        }
        return plain.position();
    }

    @Override
    public void close() {
        inflater.end();
    }
}
