package liveroot.fs.fuse.kernel;

import java.nio.ByteBuffer;
import liveroot.fs.Caller;
import liveroot.fs.Errno;
import liveroot.fs.FsException;
import liveroot.fs.Name;

/**
 * The request that a worker serves: a view of its buffer, good until the next is read. Offsets count behind the header, as
 * if everything followed on it: the struct of the opcode first, then names and data. On /dev/fuse it does; on a ring
 * each part has a place of its own.
 */
final class Request {

    private final ByteBuffer buffer;

    /** Where the struct begins, and how much is there. */
    private int struct;

    private int structLength;

    /** Where names and data begin, and how much is there. */
    private int payload;

    private int payloadLength;

    Request(ByteBuffer buffer) {
        this.buffer = buffer;
    }

    /**
     * Looks at what was read.
     *
     * @return false if it is no request
     */
    boolean accept(int bytes) {
        struct = Wire.IN_HEADER;
        structLength = bytes - Wire.IN_HEADER;
        payload = bytes;
        payloadLength = 0;
        return bytes >= Wire.IN_HEADER && buffer.getInt(Wire.IN_LENGTH) == bytes;
    }

    /**
     * Looks at what came through a ring, {@link RingEntry}.
     *
     * @return false if it is no request
     */
    boolean acceptFromRing() {
        payload = RingEntry.PAYLOAD;
        payloadLength = buffer.getInt(RingEntry.PAYLOAD_LENGTH);
        struct = RingEntry.STRUCT;
        structLength = buffer.getInt(Wire.IN_LENGTH) - Wire.IN_HEADER - payloadLength;
        return payloadLength >= 0
                && payloadLength <= buffer.capacity() - payload
                && structLength >= 0
                && structLength <= RingEntry.LONGEST_STRUCT;
    }

    int opcode() {
        return buffer.getInt(Wire.IN_OPCODE);
    }

    long unique() {
        return buffer.getLong(Wire.IN_UNIQUE);
    }

    long node() {
        return buffer.getLong(Wire.IN_NODE);
    }

    /** Who asks, with the umask that the request carries. */
    Caller caller(int umask) {
        return new Caller(
                buffer.getInt(Wire.IN_UID), buffer.getInt(Wire.IN_GID), buffer.getInt(Wire.IN_PID), umask & 07777);
    }

    /** Thread id of who asks, 0 if it is not visible here. */
    int thread() {
        return buffer.getInt(Wire.IN_PID);
    }

    int getInt(int offset) throws FsException {
        return buffer.getInt(at(offset, Integer.BYTES));
    }

    long getLong(int offset) throws FsException {
        return buffer.getLong(at(offset, Long.BYTES));
    }

    /** The bytes from {@code offset} on, in direct memory. */
    ByteBuffer data(int offset, int size) throws FsException {
        return buffer.slice(at(offset, size), size);
    }

    /** A copy of the bytes up to the next NUL. */
    byte[] string(int offset) throws FsException {
        int start = at(offset, 1);
        int limit = start < payload ? struct + structLength : payload + payloadLength;
        int end = start;
        while (end < limit && buffer.get(end) != 0) {
            end++;
        }
        if (end == limit) {
            throw new FsException(Errno.EINVAL, "a string in a request has no end");
        }
        byte[] bytes = new byte[end - start];
        buffer.get(start, bytes);
        return bytes;
    }

    Name name(int offset) throws FsException {
        return Name.of(string(offset));
    }

    private int at(int offset, int size) throws FsException {
        if (size >= 0 && offset <= structLength - size) {
            return struct + offset;
        }
        int behind = offset - structLength;
        if (size < 0 || behind < 0 || behind > payloadLength - size) {
            throw new FsException(
                    Errno.EINVAL,
                    "a request of " + (Wire.IN_HEADER + structLength + payloadLength)
                            + " bytes ends before its fields do");
        }
        return payload + behind;
    }
}
