package liveroot.cache;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * Which blocks of an image were demanded, each once, in the order in which they first were. A text file:
 *
 * <pre>
 * liveroot playlist 1
 * image 250970112 SquashFS 4.0, zstd
 * checksum 93d5012f5ab3e1c7
 * # microseconds, region, position, stored bytes, unpacked bytes at most
 * 1207 metadata 250433110 8194 8192
 * 2755 data 1840512 41004 131072
 * end 2
 * </pre>
 *
 * Lines that begin with # are left out. Microseconds count from the mount on and never go back; the last line counts
 * the blocks, so that a file that was cut off is noticed.
 */
public record Playlist(Identity image, List<Entry> entries) {

    /** The most blocks in a list: 16 GiB of those with 128 KiB. What is demanded after them is not noted. */
    public static final int MOST_ENTRIES = 1 << 17;

    /** Bytes of a gap that are read through on a medium with a head: a CD takes 36 ms, less than its shortest seek. */
    public static final int LONGEST_GAP = 128 << 10;

    /** Entries at their longest would make a longer file, but a recorder writes none as long. */
    private static final long LONGEST_FILE = 12L << 20;

    /** Stored or unpacked: what a format may want in one piece, and more. */
    private static final int LARGEST_BLOCK = 16 << 20;

    private static final String FIRST_LINE = "liveroot playlist 1";
    private static final int HEAD = 64 << 10;
    private static final int TAIL = 4096;

    /**
     * One block.
     *
     * @param micros when it was demanded, from the mount on
     * @param region that it belongs to
     * @param position in the image, in bytes
     * @param stored bytes there
     * @param capacity the most bytes that it may unpack to
     */
    public record Entry(long micros, String region, long position, int stored, int capacity) {

        public long end() {
            return position + stored;
        }
    }

    /**
     * Which image it is. Its name says nothing, as it may be copied to a disc.
     *
     * @param size bytes
     * @param format in words
     * @param checksum of its first 64 KiB, CRC-32C, in the upper half; in the lower of its last 4 KiB
     */
    public record Identity(long size, String format, long checksum) {

        /** Reads what it takes. */
        public static Identity of(BlockSource source, String format, BlockCache cache) throws IOException {
            int head = (int) Math.min(HEAD, source.size());
            int tail = (int) Math.min(TAIL, source.size());
            long checksum = sum(source, 0, head, cache) << 32 | sum(source, source.size() - tail, tail, cache);
            return new Identity(source.size(), format, checksum);
        }

        private static long sum(BlockSource source, long position, int length, BlockCache cache) throws IOException {
            Block memory = cache.take(length);
            try {
                source.read(position, memory.slice(0, length));
                CRC32C sum = new CRC32C();
                sum.update(memory.slice(0, length));
                return sum.getValue();
            } finally {
                memory.release();
            }
        }
    }

    /** How often a head would have to jump to read {@code blocks} in their order. */
    public static int seeks(List<Entry> blocks) {
        int seeks = 0;
        Entry last = null;
        for (Entry block : blocks) {
            if (last == null || block.position < last.position || block.position - last.end() > LONGEST_GAP) {
                seeks++;
            }
            last = block;
        }
        return seeks;
    }

    /**
     * Reads a playlist.
     *
     * @throws BadPlaylistException if the file is none, damaged or too long
     */
    public static Playlist read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            if (Files.exists(file)) {
                throw new BadPlaylistException(file + ": is no file, so no playlist");
            }
            throw new java.nio.file.NoSuchFileException(file.toString());
        }
        long size = Files.size(file);
        if (size > LONGEST_FILE) {
            throw new BadPlaylistException(
                    file + ": has " + size + " bytes, a playlist has " + LONGEST_FILE + " at the most");
        }
        return new Parser(file, new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1)).parse();
    }

    private static final class Parser {

        private final Path file;
        private final String text;
        private final Set<String> regions = new HashSet<>();
        private final Set<Place> places = new HashSet<>();
        private int at;
        private int number;

        private record Place(String region, long position) {}

        Parser(Path file, String text) {
            this.file = file;
            this.text = text;
        }

        Playlist parse() throws BadPlaylistException {
            if (!FIRST_LINE.equals(line())) {
                throw bad("is not '" + FIRST_LINE + "': no playlist, or one of another version");
            }
            String image = after("image ");
            int space = image.indexOf(' ');
            if (space < 0) {
                throw bad("names no format behind the image's size");
            }
            long size = number(image.substring(0, space), Long.MAX_VALUE, "image's size");
            String checksum = after("checksum ");
            if (!checksum.matches("[0-9a-f]{16}")) {
                throw bad("has a checksum that is not 16 digits of 0 to f");
            }
            Identity identity = new Identity(size, image.substring(space + 1), Long.parseUnsignedLong(checksum, 16));
            List<Entry> entries = new ArrayList<>();
            for (; ; ) {
                String line = line();
                if (line == null) {
                    throw bad("is missing: the last line is to be 'end " + entries.size() + "', so it was cut off");
                }
                if (line.startsWith("end ")) {
                    if (!line.equals("end " + entries.size())) {
                        throw bad("is '" + shown(line) + "', but there are " + entries.size() + " blocks before it");
                    }
                    if (line() != null) {
                        throw bad("follows the end");
                    }
                    return new Playlist(identity, List.copyOf(entries));
                }
                if (entries.size() == MOST_ENTRIES) {
                    throw bad("is one block too many: " + MOST_ENTRIES + " are the most");
                }
                Entry last = entries.isEmpty() ? null : entries.get(entries.size() - 1);
                entries.add(entry(line, size, last == null ? 0 : last.micros));
            }
        }

        private Entry entry(String line, long size, long earliest) throws BadPlaylistException {
            String[] words = line.split(" ", -1);
            if (words.length != 5) {
                throw bad("is '" + shown(line) + "', expected time, region, position, stored and unpacked bytes");
            }
            long micros = number(words[0], Long.MAX_VALUE, "time");
            if (micros < earliest) {
                throw bad("goes back in time, from " + earliest + " to " + micros);
            }
            if (!words[1].matches("[a-z][a-z0-9]{0,31}")) {
                throw bad("names the region '" + shown(words[1]) + "', expected lower-case letters and digits");
            }
            // One string for each name, whatever their number.
            regions.add(words[1]);
            String region =
                    regions.stream().filter(words[1]::equals).findFirst().orElseThrow();
            if (regions.size() > 100) {
                throw bad("names the 101st region: no image has as many");
            }
            long position = number(words[2], size, "position");
            int stored = (int) number(words[3], LARGEST_BLOCK, "stored bytes");
            int capacity = (int) number(words[4], LARGEST_BLOCK, "unpacked bytes");
            if (stored == 0 || capacity == 0 || position > size - stored) {
                throw bad("is a block of " + stored + " bytes at " + position + " that unpacks to " + capacity
                        + ", which cannot be in an image of " + size);
            }
            if (!places.add(new Place(region, position))) {
                throw bad("names the block at " + position + " a second time");
            }
            return new Entry(micros, region, position, stored, capacity);
        }

        private String after(String word) throws BadPlaylistException {
            String line = line();
            if (line == null || !line.startsWith(word)) {
                throw bad((line == null ? "is missing" : "is '" + shown(line) + "'") + ", expected '" + word + "...'");
            }
            return line.substring(word.length());
        }

        private long number(String digits, long most, String what) throws BadPlaylistException {
            if (digits.matches("[0-9]{1,18}") && Long.parseLong(digits) <= most) {
                return Long.parseLong(digits);
            }
            throw bad("has '" + shown(digits) + "' for the " + what + ", expected a number"
                    + (most == Long.MAX_VALUE ? "" : " up to " + most));
        }

        /** The next that is no comment; null at the end. */
        private String line() {
            while (at < text.length()) {
                number++;
                int end = text.indexOf('\n', at);
                String line = end < 0 ? text.substring(at) : text.substring(at, end);
                at = end < 0 ? text.length() : end + 1;
                if (!line.startsWith("#")) {
                    return line;
                }
            }
            number++;
            return null;
        }

        private BadPlaylistException bad(String fault) {
            return new BadPlaylistException(file + ": line " + number + " " + fault);
        }

        private static String shown(String word) {
            String plain = word.replaceAll("[^ -~]", "?");
            return plain.length() > 60 ? plain.substring(0, 60) + "..." : plain;
        }
    }

    /**
     * Writes it, all or nothing: a file that is there is replaced once the new one is on its disk.
     *
     * @param file in a directory that is there
     */
    public void write(Path file) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                OutputStream out = java.nio.channels.Channels.newOutputStream(channel)) {
            out.write(text().getBytes(StandardCharsets.ISO_8859_1));
            channel.force(true);
        } catch (IOException e) {
            Files.deleteIfExists(fresh);
            throw e;
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private String text() {
        StringBuilder text = new StringBuilder(FIRST_LINE).append('\n');
        text.append("image ")
                .append(image.size)
                .append(' ')
                .append(image.format)
                .append('\n');
        text.append(String.format("checksum %016x%n", image.checksum));
        text.append("# microseconds, region, position, stored bytes, unpacked bytes at most\n");
        for (Entry entry : entries) {
            text.append(entry.micros).append(' ').append(entry.region).append(' ');
            text.append(entry.position).append(' ').append(entry.stored).append(' ');
            text.append(entry.capacity).append('\n');
        }
        return text.append("end ").append(entries.size()).append('\n').toString();
    }
}
