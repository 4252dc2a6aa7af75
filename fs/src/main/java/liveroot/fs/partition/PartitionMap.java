package liveroot.fs.partition;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.cache.SliceSource;
import liveroot.fs.Checksum;
import liveroot.fs.ImageContainer;
import liveroot.fs.ImagePart;
import liveroot.fs.Name;

/** The partitions of a disk, whichever map says them. */
final class PartitionMap implements ImageContainer {

    /** How likely a partition is to be a root: the smaller, the sooner it is tried. */
    enum Use {
        ROOT,
        FILES,
        NONE
    }

    /**
     * @param start byte of the disk
     * @param size bytes, as the map says
     */
    record Partition(int number, String words, Use use, long start, long size) {}

    private final String format;
    private final List<Partition> partitions;
    private final List<ImagePart> parts;
    private final List<Checksum> checksums;
    private final List<String> unchecked;
    private final String warning;

    /** @param warning null if there is none */
    PartitionMap(
            String format,
            BlockSource disk,
            List<Partition> partitions,
            List<Checksum> checksums,
            List<String> unchecked,
            String warning)
            throws EOFException {
        this.format = format;
        this.unchecked = List.copyOf(unchecked);
        this.warning = warning;
        this.partitions = List.copyOf(partitions);
        this.checksums = List.copyOf(checksums);
        List<Partition> byUse = new ArrayList<>(partitions);
        byUse.sort(Comparator.comparing(Partition::use));
        List<ImagePart> all = new ArrayList<>();
        for (Partition p : byUse) {
            long start = Math.min(p.start(), disk.size());
            long size = Math.min(p.size(), disk.size() - start);
            // What begins with the disk would be found to begin with this very map.
            boolean holdsFiles = p.use() != Use.NONE && size > 0 && start > 0;
            all.add(new ImagePart(p.number(), p.words(), holdsFiles, new SliceSource(disk, start, size)));
        }
        parts = List.copyOf(all);
    }

    /** Bytes of the disk on the heap: maps are small. */
    static ByteBuffer bytes(BlockSource disk, BlockCache cache, long at, int length) throws IOException {
        Block memory = cache.take(length);
        try {
            ByteBuffer content = memory.slice(0, length);
            disk.read(at, content);
            byte[] bytes = new byte[length];
            content.flip().get(bytes);
            return ByteBuffer.wrap(bytes);
        } finally {
            memory.release();
        }
    }

    /** Text of a fixed length, up to a NUL; what would move a cursor stands as '?'. */
    static String text(byte[] bytes, java.nio.charset.Charset charset) {
        String text = new String(bytes, charset);
        int end = text.indexOf(0);
        return Name.printable(end < 0 ? text : text.substring(0, end)).replace('\'', '?');
    }

    @Override
    public String format() {
        return format;
    }

    @Override
    public Map<String, String> facts() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("format", format);
        for (Partition p : partitions) {
            facts.put("partition " + p.number(), p.words() + ", " + p.size() + " bytes at " + p.start());
        }
        return facts;
    }

    @Override
    public List<ImagePart> parts() {
        return parts;
    }

    @Override
    public List<Checksum> checksums() {
        return checksums;
    }

    @Override
    public List<String> unchecked() {
        return unchecked;
    }

    @Override
    public String warning() {
        return warning;
    }

    @Override
    public void close() {}
}
