package liveroot.fs;

import java.io.IOException;
import java.util.function.LongConsumer;

/** A checksum that an image has over some of its own bytes. */
public interface Checksum {

    /** What it is over, and of which kind: "partition 'disk image (Apple_HFS : 3)', CRC-32". */
    String words();

    /** Bytes that are read to check it. */
    long bytes();

    /** What the image says, in hexadecimal digits; of many in one, how many. */
    String expected();

    /**
     * Reads the bytes.
     *
     * @param progress is told now and then how many bytes more have been read
     * @return what these bytes have, in the same form
     * @throws IOException if they cannot be read, or are damaged so that they cannot be unpacked; of many in one, with
     *     the first that is wrong
     */
    String computed(LongConsumer progress) throws IOException;
}
