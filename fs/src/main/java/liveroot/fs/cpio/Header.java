package liveroot.fs.cpio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.BadImageException;
import liveroot.fs.Mode;
import liveroot.fs.Name;

/**
 * What stands before each file of an archive, in one of the four forms that cpio(5) knows.
 *
 * @param dev by which, with {@code ino}, names of one file know each other; within their member only
 * @param rdev in the kernel's 32-bit form
 * @param sum of a file's bytes, 32 bits of it; -1 if the form has none
 * @param path as stored
 * @param data where the file's bytes begin
 * @param next where the next header begins
 */
record Header(
        Form form,
        long dev,
        long ino,
        int mode,
        int uid,
        int gid,
        int nlink,
        int rdev,
        long mtime,
        long size,
        long sum,
        Name path,
        long data,
        long next) {

    enum Form {
        NEWC("newc", 110, 4),
        CRC("crc", 110, 4),
        ODC("odc", 76, 1),
        BINARY("binary", 26, 2),
        BINARY_OTHER("binary, big endian", 26, 2);

        private final String words;
        private final int length;
        private final int alignment;

        Form(String words, int length, int alignment) {
            this.words = words;
            this.length = length;
            this.alignment = alignment;
        }

        @Override
        public String toString() {
            return words;
        }
    }

    static final int MAGIC = 6;

    private static final int BINARY_MAGIC = 0x71c7;

    /** The longest path, with its NUL (PATH_MAX of linux/limits.h). */
    private static final int LONGEST_PATH = 4096;

    private static final Name TRAILER = Name.of("TRAILER!!!");

    /** The form that six bytes begin, or null. */
    static Form form(ByteBuffer in) {
        String text = StandardCharsets.ISO_8859_1.decode(in.duplicate()).toString();
        return switch (text) {
            case "070701" -> Form.NEWC;
            case "070702" -> Form.CRC;
            case "070707" -> Form.ODC;
            default -> {
                int first = (text.charAt(0) & 0xff) | (text.charAt(1) & 0xff) << 8;
                yield first == BINARY_MAGIC
                        ? Form.BINARY
                        : Integer.reverseBytes(first) >>> 16 == BINARY_MAGIC ? Form.BINARY_OTHER : null;
            }
        };
    }

    boolean isTrailer() {
        return path.equals(TRAILER);
    }

    /** The header at {@code at}, which has a magic number there. */
    static Header read(BlockSource source, BlockCache cache, long at, Form form) throws IOException {
        byte[] fixed = bytes(source, cache, at, form.length, "a header");
        return switch (form) {
            case NEWC, CRC -> hexadecimal(source, cache, at, form, fixed);
            case ODC -> octal(source, cache, at, fixed);
            case BINARY ->
                binary(source, cache, at, form, ByteBuffer.wrap(fixed).order(ByteOrder.LITTLE_ENDIAN));
            case BINARY_OTHER -> binary(source, cache, at, form, ByteBuffer.wrap(fixed));
        };
    }

    private static Header hexadecimal(BlockSource source, BlockCache cache, long at, Form form, byte[] in)
            throws IOException {
        long[] numbers = new long[13];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = number(source, at, in, MAGIC + 8 * i, 8, 16);
        }
        int minor = (int) numbers[10];
        return complete(
                source,
                cache,
                at,
                form,
                (int) numbers[11],
                new Header(
                        form,
                        numbers[7] << 32 | numbers[8],
                        numbers[0],
                        (int) numbers[1],
                        (int) numbers[2],
                        (int) numbers[3],
                        (int) numbers[4],
                        (minor & 0xff) | ((int) numbers[9] & 0xfff) << 8 | (minor & 0xfff00) << 12,
                        numbers[5],
                        numbers[6],
                        form == Form.CRC ? numbers[12] : -1,
                        null,
                        0,
                        0));
    }

    private static Header octal(BlockSource source, BlockCache cache, long at, byte[] in) throws IOException {
        long[] numbers = new long[10];
        int place = MAGIC;
        for (int i = 0; i < numbers.length; i++) {
            // Time and size have 11 digits, the others 6.
            int digits = i == 7 || i == 9 ? 11 : 6;
            numbers[i] = number(source, at, in, place, digits, 8);
            place += digits;
        }
        return complete(
                source,
                cache,
                at,
                Form.ODC,
                (int) numbers[8],
                new Header(
                        Form.ODC,
                        numbers[0],
                        numbers[1],
                        (int) numbers[2],
                        (int) numbers[3],
                        (int) numbers[4],
                        (int) numbers[5],
                        (int) numbers[6] & 0xffff,
                        numbers[7],
                        numbers[9],
                        -1,
                        null,
                        0,
                        0));
    }

    private static Header binary(BlockSource source, BlockCache cache, long at, Form form, ByteBuffer in)
            throws IOException {
        int[] words = new int[13];
        for (int i = 0; i < words.length; i++) {
            words[i] = in.getShort(2 * i) & 0xffff;
        }
        return complete(
                source,
                cache,
                at,
                form,
                words[10],
                new Header(
                        form,
                        words[1],
                        words[2],
                        words[3],
                        words[4],
                        words[5],
                        words[6],
                        words[7],
                        // The high half comes first in either byte order.
                        (long) words[8] << 16 | words[9],
                        (long) words[11] << 16 | words[12],
                        -1,
                        null,
                        0,
                        0));
    }

    private static Header complete(
            BlockSource source, BlockCache cache, long at, Form form, int pathLength, Header head) throws IOException {
        if (pathLength < 1 || pathLength > LONGEST_PATH) {
            throw new BadImageException(
                    source.name(),
                    at,
                    "a name of " + Integer.toUnsignedString(pathLength) + " bytes, expected 1 to " + LONGEST_PATH);
        }
        byte[] stored = bytes(source, cache, at + form.length, pathLength, "a name");
        int end = 0;
        while (end < stored.length && stored[end] != 0) {
            end++;
        }
        long data = at + aligned((long) form.length + pathLength, form.alignment);
        long size = head.size;
        // The last header's padding may be missing, and whole file systems end with it.
        if (size > 0 && (data > source.size() || size > source.size() - data)) {
            throw new BadImageException(
                    source.name(),
                    data,
                    "data of " + size + " bytes, but the archive ends at byte " + source.size() + ": it is cut short");
        }
        return new Header(
                form,
                head.dev,
                head.ino,
                head.mode,
                head.uid,
                head.gid,
                head.nlink,
                Mode.isDevice(head.mode) ? head.rdev : 0,
                head.mtime,
                size,
                head.sum,
                Name.of(Arrays.copyOf(stored, end)),
                data,
                data + aligned(size, form.alignment));
    }

    private static long aligned(long length, int alignment) {
        return (length + alignment - 1) / alignment * alignment;
    }

    private static long number(BlockSource source, long at, byte[] in, int place, int digits, int radix)
            throws IOException {
        long number = 0;
        for (int i = place; i < place + digits; i++) {
            int digit = Character.digit(in[i], radix);
            if (digit < 0) {
                throw new BadImageException(
                        source.name(),
                        at + i,
                        "the byte 0x" + Integer.toHexString(in[i] & 0xff) + " in a header, expected a digit");
            }
            number = number * radix + digit;
        }
        return number;
    }

    static byte[] bytes(BlockSource source, BlockCache cache, long at, int length, String what) throws IOException {
        if (at > source.size() - length) {
            throw new BadImageException(
                    source.name(),
                    at,
                    what + " of " + length + " bytes, but the archive ends at byte " + source.size()
                            + ": it is cut short");
        }
        Block memory = cache.take(length);
        try {
            source.read(at, memory.slice(0, length));
            byte[] bytes = new byte[length];
            memory.memory().get(0, bytes);
            return bytes;
        } finally {
            memory.release();
        }
    }
}
