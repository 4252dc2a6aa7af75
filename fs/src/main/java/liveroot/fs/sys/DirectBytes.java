package liveroot.fs.sys;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;

/**
 * The bytes of a direct buffer for decoders that take them one by one and copy them by the dozen. The JVM's first compiler, the
 * only one of the daemon, makes ten instructions and more of each access to a {@link ByteBuffer}; here an operation checks
 * its range once and then goes by machine words. (ADC takes a quarter of the time, see docs/benchmarks.md.)
 *
 * <p>Copies may leave up to seven bytes of anything behind what they were to write, within the buffer: what is unpacked
 * there comes later. Words are of native byte order. Every operation throws {@link IndexOutOfBoundsException} rather than touch
 * what is not the buffer's.
 */
public final class DirectBytes {

    private static final MemoryIO MEMORY = MemoryIO.getInstance();
    private static final int WORD = Long.BYTES;

    private final ByteBuffer buffer;
    private final long address;
    private final int length;

    private DirectBytes(ByteBuffer buffer) {
        this.buffer = buffer;
        this.address = NativeMemory.address(buffer);
        this.length = buffer.limit();
    }

    /**
     * Bytes 0 to the limit of {@code direct}, wherever its position is.
     *
     * @throws IllegalArgumentException if its memory is not direct
     */
    public static DirectBytes of(ByteBuffer direct) {
        if (!direct.isDirect()) {
            throw new IllegalArgumentException("the bytes lie on the heap");
        }
        return new DirectBytes(direct);
    }

    public int length() {
        return length;
    }

    /** The byte at {@code at}, 0 to 255. */
    public int u8(int at) {
        if (at < 0 || at >= length) {
            throw outside(at, 1);
        }
        return MEMORY.getByte(address + at) & 0xff;
    }

    public long i64(int at) {
        if (at < 0 || at > length - WORD) {
            throw outside(at, WORD);
        }
        return MEMORY.getLong(address + at);
    }

    public void put(int at, byte value) {
        if (at < 0 || at >= length) {
            throw outside(at, 1);
        }
        MEMORY.putByte(address + at, value);
    }

    /** Copies {@code count} bytes at {@code from} of {@code source}, which does not overlap this, to {@code at}. */
    public void copy(int at, DirectBytes source, int from, int count) {
        if ((at | from | count) < 0 || count > length - at || count > source.length - from) {
            throw outside(at, count);
        }
        long to = address + at;
        long bytes = source.address + from;
        if (count <= length - WORD - at && count <= source.length - WORD - from) {
            for (int i = 0; i < count; i += WORD) {
                MEMORY.putLong(to + i, MEMORY.getLong(bytes + i));
            }
        } else {
            for (int i = 0; i < count; i++) {
                MEMORY.putByte(to + i, MEMORY.getByte(bytes + i));
            }
        }
    }

    /** Copies {@code count} bytes from {@code distance} before {@code at} to there; the two may overlap, then they repeat. */
    public void repeat(int at, int distance, int count) {
        if ((at | count) < 0 || distance <= 0 || distance > at || count > length - at) {
            throw outside(at - distance, count);
        }
        long to = address + at;
        if (count > length - WORD - at) {
            for (int i = 0; i < count; i++) {
                MEMORY.putByte(to + i, MEMORY.getByte(to + i - distance));
            }
            return;
        }
        int done = 0;
        // What repeats with a period repeats with twice that, too.
        int period = distance;
        for (; period < WORD && done < count; period *= 2) {
            for (int i = 0; i < period; i++, done++) {
                MEMORY.putByte(to + done, MEMORY.getByte(to + done - period));
            }
        }
        for (; done < count; done += WORD) {
            MEMORY.putLong(to + done, MEMORY.getLong(to + done - period));
        }
    }

    private IndexOutOfBoundsException outside(int at, int count) {
        return new IndexOutOfBoundsException(count + " bytes at " + at + " of " + buffer);
    }
}
