package liveroot.fs.image;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.zip.InflaterInputStream;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.tukaani.xz.SingleXZInputStream;

/**
 * A UDIF disk image without its end, by which it would be known: it begins with its first packed run, and that mostly
 * holds the first sectors of a disk.
 */
final class CutDiskImage {

    /** What is added to a message; whatever else packs a disk may begin so too. */
    static final String HINT =
            "; it begins as a packed disk does: if it is an Apple disk image (UDIF, .dmg), its end is"
                    + " missing, which says where everything is (a koly block): get it whole";

    /** More than a block of bzip2 has, which is unpacked as a whole. */
    private static final int LOOKED_AT = 1 << 20;

    private static final int SECTOR = 512;

    /** In KiB: more than runs of 8 MiB need. */
    private static final int XZ_MEMORY = 16 << 10;

    private CutDiskImage() {}

    /** Whether a run may begin so that it is taken for a packed cpio archive. */
    static boolean begins(ImageFormat format) {
        return format == ImageFormat.BZIP2 || format == ImageFormat.XZ;
    }

    static boolean isLikely(BlockSource source, BlockCache cache) throws IOException {
        byte[] first = new byte[(int) Math.min(LOOKED_AT, source.size())];
        Block memory = cache.take(Math.max(1, first.length));
        try {
            ByteBuffer content = memory.slice(0, first.length);
            source.read(0, content);
            content.flip().get(first);
        } finally {
            memory.release();
        }
        if (startsWith(first, "bvx1") || startsWith(first, "bvx2") || startsWith(first, "bvxn")) {
            // Nothing else is known to begin with a block of LZFSE.
            return true;
        }
        try (InputStream plain = unpacking(first)) {
            byte[] sectors = plain == null ? new byte[0] : plain.readNBytes(2 * SECTOR);
            return sectors.length == 2 * SECTOR && isDisk(sectors);
        } catch (IOException | RuntimeException e) {
            // Cut too soon to tell, or something else.
            return false;
        }
    }

    private static InputStream unpacking(byte[] first) throws IOException {
        InputStream packed = new ByteArrayInputStream(first);
        if (startsWith(first, "BZh")) {
            return new BZip2CompressorInputStream(packed);
        } else if (startsWith(first, "\u00fd7zXZ")) {
            return new SingleXZInputStream(packed, XZ_MEMORY);
        } else if (startsWith(first, "x")) {
            return new InflaterInputStream(packed);
        }
        return null;
    }

    /** A PC boot sector (of a GPT too), Apple's block 0, the entry of a map, or the boot blocks of a volume, all zeros. */
    private static boolean isDisk(byte[] sectors) {
        if ((sectors[510] & 0xff) == 0x55 && (sectors[511] & 0xff) == 0xaa) {
            return true;
        }
        if ((sectors[0] == 'E' && sectors[1] == 'R') || (sectors[0] == 'P' && sectors[1] == 'M')) {
            return true;
        }
        for (byte b : sectors) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    private static boolean startsWith(byte[] bytes, String magic) {
        for (int i = 0; i < magic.length(); i++) {
            if (i >= bytes.length || (bytes[i] & 0xff) != magic.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
