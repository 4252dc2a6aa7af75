package liveroot.bench;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Every block that a cache was asked for, in order, and what was handed to the kernel of it. As a file it has a line for
 * each: region, position, capacity, length, offset, handed out.
 */
record BlockTrace(List<Get> gets) {

    /** A region's block, by its position. */
    record Key(String region, long position) {}

    /**
     * One demand for a block.
     *
     * @param capacity that was asked for, which decides how much memory it takes
     * @param length bytes of content; 0 if none of it went to the kernel
     * @param offset of the part that went to the kernel
     * @param handedOut bytes of that part
     */
    record Get(Key key, int capacity, int length, int offset, int handedOut) {

        /** Bytes of memory, as the cache counts them: pages, rounded up to a power of two. */
        int footprint() {
            return Math.max(4096, Integer.highestOneBit(Math.max(1, capacity - 1)) * 2);
        }
    }

    static BlockTrace read(Path file) throws IOException {
        List<Get> gets = new ArrayList<>();
        try (BufferedReader in = Files.newBufferedReader(file)) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String[] words = line.split(" ", 6);
                gets.add(new Get(
                        new Key(words[0], Long.parseLong(words[1])),
                        Integer.parseInt(words[2]),
                        Integer.parseInt(words[3]),
                        Integer.parseInt(words[4]),
                        Integer.parseInt(words[5])));
            }
        }
        return new BlockTrace(gets);
    }

    void write(Path file) throws IOException {
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            for (Get get : gets) {
                out.write(get.key.region + " " + get.key.position + " " + get.capacity + " " + get.length + " "
                        + get.offset + " " + get.handedOut + "\n");
            }
        }
    }
}
