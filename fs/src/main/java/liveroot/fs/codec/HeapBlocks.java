package liveroot.fs.codec;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** A packed and a plain block on the heap, for decoders that know streams and arrays only. */
public final class HeapBlocks {

    private final byte[] packed;
    private final byte[] plain;

    /** For blocks of up to so many bytes, packed and plain. */
    public HeapBlocks(int packedSize, int plainSize) {
        packed = new byte[packedSize];
        plain = new byte[plainSize];
    }

    /** Bytes of the largest plain block. */
    public int capacity() {
        return plain.length;
    }

    /** The rest of {@code block} as a stream. */
    public ByteArrayInputStream packed(ByteBuffer block) throws IOException {
        int length = block.remaining();
        if (length > packed.length) {
            throw new IOException("a packed block of " + length + " bytes, more than " + packed.length);
        }
        block.get(packed, 0, length);
        return new ByteArrayInputStream(packed, 0, length);
    }

    /** Copies all that {@code stream} gives. @return bytes */
    public int drain(InputStream stream, ByteBuffer block) throws IOException {
        int room = block.limit();
        int length = 0;
        for (int n; length < room && (n = stream.read(plain, length, room - length)) >= 0; ) {
            length += n;
        }
        // Also makes the decoder check what stands behind the data.
        if (length == room && stream.read() >= 0) {
            throw new IOException("stream unpacks to more than " + room + " bytes");
        }
        block.put(plain, 0, length);
        return length;
    }
}
