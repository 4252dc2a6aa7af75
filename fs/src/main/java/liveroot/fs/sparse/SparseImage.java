package liveroot.fs.sparse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.cache.Zeros;
import liveroot.fs.BadImageException;
import liveroot.fs.Checksum;
import liveroot.fs.ImageContainer;
import liveroot.fs.ImagePart;

/**
 * A .sparseimage. Big endian, a header of 4096 bytes: "sprs", 4 version 3, 8 sectors in a band, 16 sectors of the disk, from
 * 64 on a u32 for each band in the file, in the order in which they lie there: its number on the disk from 1 on, or 0.
 */
public final class SparseImage implements ImageContainer {

    private static final int MAGIC = 0x73707273;
    private static final int HEADER = 4096;
    private static final int TABLE = 64;
    private static final int MOST_BANDS = (HEADER - TABLE) / Integer.BYTES;
    private static final int SECTOR = 512;

    private final long bandSize;
    private final int bands;
    private final SparseDisk disk;

    private SparseImage(BlockSource source, ByteBuffer header) throws BadImageException {
        long sectorsInBand = Integer.toUnsignedLong(header.getInt(8));
        long sectors = Integer.toUnsignedLong(header.getInt(16));
        if (header.getInt(0) != MAGIC || sectorsInBand == 0) {
            throw new BadImageException(
                    source.name(), 0, "a sparse disk image begins with \"sprs\" and has bands of one sector at least");
        }
        bandSize = sectorsInBand * SECTOR;
        // In longer images the list goes on elsewhere, in a form that is not documented.
        if ((source.size() - HEADER) / bandSize > MOST_BANDS) {
            throw new BadImageException(
                    source.name(),
                    TABLE,
                    "a sparse disk image with more than " + MOST_BANDS
                            + " bands, which cannot be read; on macOS convert it with hdiutil convert -format UDZO");
        }
        Map<Long, Long> places = new HashMap<>();
        for (int i = 0; i < MOST_BANDS; i++) {
            long number = Integer.toUnsignedLong(header.getInt(TABLE + i * Integer.BYTES));
            if (number == 0) {
                continue;
            }
            if ((number - 1) * sectorsInBand >= sectors || places.put(number - 1, HEADER + i * bandSize) != null) {
                throw new BadImageException(
                        source.name(),
                        TABLE + i * Integer.BYTES,
                        "band " + number + " of a disk of " + sectors + " sectors, " + sectorsInBand
                                + " in a band; it is out of range or named twice");
            }
        }
        bands = places.size();
        disk = new SparseDisk(source.name() + " (unpacked)", sectors * SECTOR, bandSize) {
            @Override
            void readBand(long band, long offset, ByteBuffer dst) throws IOException {
                Long place = places.get(band);
                if (place == null) {
                    Zeros.put(dst, dst.remaining());
                } else {
                    source.read(place + offset, dst);
                }
            }
        };
    }

    /**
     * Opens an image.
     *
     * @param source stays the caller's
     */
    public static SparseImage open(BlockSource source, BlockCache cache) throws IOException {
        if (source.size() < HEADER) {
            throw new BadImageException(
                    source.name(), 0, "a sparse disk image has a header of 4096 bytes, the file has " + source.size());
        }
        Block block = cache.take(HEADER);
        try {
            source.read(0, block.slice(0, HEADER));
            return new SparseImage(source, block.memory());
        } finally {
            block.release();
        }
    }

    @Override
    public String format() {
        return "sparse disk image, " + (bandSize >> 10) + " KiB bands";
    }

    @Override
    public Map<String, String> facts() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("format", format());
        facts.put("size", disk.size() + " bytes");
        facts.put("bands", bands + " of " + (disk.size() + bandSize - 1) / bandSize + " were written");
        return facts;
    }

    @Override
    public List<ImagePart> parts() {
        return List.of(new ImagePart(0, "the disk", true, disk));
    }

    @Override
    public List<Checksum> checksums() {
        return List.of();
    }

    @Override
    public void close() {}
}
