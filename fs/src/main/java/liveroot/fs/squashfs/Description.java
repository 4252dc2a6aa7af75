package liveroot.fs.squashfs;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What an image says of itself.
 *
 * @param format "SquashFS 4.0"
 * @param blockSize bytes
 * @param inodes count
 * @param bytesUsed bytes of the image; its file may be padded beyond
 * @param fileSize bytes of the file
 * @param made seconds since 1970
 * @param flags of the superblock, see {@link #flagNames}
 * @param fragments count of fragment blocks
 * @param ids count of different user and group ids
 * @param xattrs count of different sets of extended attributes, 0 if the image has none
 * @param exportable whether inodes can be found by number
 */
public record Description(
        String format,
        Compressor compressor,
        int blockSize,
        long inodes,
        long bytesUsed,
        long fileSize,
        long made,
        int flags,
        long fragments,
        int ids,
        long xattrs,
        boolean exportable) {

    private static final String[] FLAGS = {
        "inodes stored raw",
        "data stored raw",
        "check",
        "fragments stored raw",
        "no fragments",
        "always fragments",
        "duplicates removed",
        "exportable",
        "xattrs stored raw",
        "no xattrs",
        "compressor options",
        "ids stored raw"
    };

    /** {@link #flags} in words, as "duplicates removed, exportable". They are hints: each block has its own header. */
    public String flagNames() {
        StringBuilder names = new StringBuilder();
        for (int i = 0; i < FLAGS.length; i++) {
            if ((flags & (1 << i)) != 0) {
                names.append(names.isEmpty() ? "" : ", ").append(FLAGS[i]);
            }
        }
        return names.toString();
    }

    /** "SquashFS 4.0, zstd". */
    String words() {
        return format + ", " + compressor.name().toLowerCase(Locale.ROOT);
    }

    /** All of it, by name. */
    Map<String, String> facts() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("format", words() + ", blocks of " + (blockSize >> 10) + " KiB");
        facts.put("size", bytesUsed + " bytes, in a file of " + fileSize);
        facts.put("made", Instant.ofEpochSecond(made).toString());
        facts.put("inodes", inodes + ", " + ids + " user and group ids");
        facts.put("fragments", fragments + " blocks");
        facts.put("xattrs", xattrs == 0 ? "none" : xattrs + " sets");
        facts.put("exportable", exportable ? "yes" : "no");
        facts.put("flags", flagNames());
        return facts;
    }
}
