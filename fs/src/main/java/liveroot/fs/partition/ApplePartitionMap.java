package liveroot.fs.partition;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.BadImageException;
import liveroot.fs.ImageContainer;

/**
 * Apple's partition map (Inside Macintosh: Devices, SCSI Manager). Big endian. Block 0 begins with "ER" and the size of a
 * block, which is not to be trusted on CDs; from block 1 on there is an entry per block: "PM", 4 count of entries, 8 first
 * block, 12 count of blocks, 16 name (32 bytes), 48 type (32 bytes).
 */
public final class ApplePartitionMap {

    private static final int[] BLOCK_SIZES = {512, 2048, 4096, 1024};
    private static final int ENTRY = 136;
    private static final short DRIVER = 0x4552;
    private static final short ENTRY_MAGIC = 0x504d;
    private static final String ITSELF = "Apple_partition_map";

    /** Entries that are read: maps of discs have 3 to 10, of disks up to 63. */
    private static final int MOST = 256;

    private ApplePartitionMap() {}

    /**
     * Reads the map.
     *
     * @param disk stays the caller's
     * @throws BadImageException if there is none, whatever the size of blocks, or it is damaged
     */
    public static ImageContainer open(BlockSource disk, BlockCache cache) throws IOException {
        int said = 0;
        if (disk.size() >= 4) {
            ByteBuffer first = PartitionMap.bytes(disk, cache, 0, 4);
            said = first.getShort(0) == DRIVER ? Short.toUnsignedInt(first.getShort(2)) : 0;
        }
        // What block 0 says first; a map of 512-byte blocks has entries at the places of larger blocks too.
        for (int size : BLOCK_SIZES) {
            if (size == said && isMap(disk, cache, size)) {
                return read(disk, cache, size);
            }
        }
        for (int size : BLOCK_SIZES) {
            if (isMap(disk, cache, size)) {
                return read(disk, cache, size);
            }
        }
        throw new BadImageException(
                disk.name(),
                512,
                "an Apple partition map begins with an entry for itself, in the block behind the first; there is none for"
                        + " blocks of 512, 1024, 2048 or 4096 bytes");
    }

    private static boolean isMap(BlockSource disk, BlockCache cache, int blockSize) throws IOException {
        if (disk.size() < blockSize + ENTRY) {
            return false;
        }
        ByteBuffer entry = PartitionMap.bytes(disk, cache, blockSize, ENTRY);
        return entry.getShort(0) == ENTRY_MAGIC && type(entry).equals(ITSELF);
    }

    private static String type(ByteBuffer entry) {
        return field(entry, 48);
    }

    private static String field(ByteBuffer entry, int at) {
        byte[] bytes = new byte[32];
        entry.get(at, bytes);
        return PartitionMap.text(bytes, StandardCharsets.ISO_8859_1);
    }

    private static ImageContainer read(BlockSource disk, BlockCache cache, int blockSize) throws IOException {
        int count = PartitionMap.bytes(disk, cache, blockSize, ENTRY).getInt(4);
        if (count < 1 || count > MOST) {
            throw new BadImageException(
                    disk.name(),
                    blockSize + 4,
                    "an Apple partition map of " + Integer.toUnsignedString(count) + " entries, expected 1 to " + MOST);
        }
        List<PartitionMap.Partition> partitions = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            long at = (long) i * blockSize;
            if (at > disk.size() - ENTRY) {
                throw new BadImageException(
                        disk.name(),
                        at,
                        "entry " + i + " of " + count + " of an Apple partition map lies behind the end");
            }
            ByteBuffer entry = PartitionMap.bytes(disk, cache, at, ENTRY);
            if (entry.getShort(0) != ENTRY_MAGIC) {
                throw new BadImageException(
                        disk.name(),
                        at,
                        "entry " + i + " of " + count + " of an Apple partition map begins with 0x"
                                + Integer.toHexString(Short.toUnsignedInt(entry.getShort(0))) + ", expected 0x504d");
            }
            String type = type(entry);
            String name = field(entry, 16);
            partitions.add(new PartitionMap.Partition(
                    i,
                    name.isEmpty() ? type : type + " '" + name + "'",
                    use(type),
                    Integer.toUnsignedLong(entry.getInt(8)) * blockSize,
                    Integer.toUnsignedLong(entry.getInt(12)) * blockSize));
        }
        return new PartitionMap(
                "Apple partition map, " + blockSize + "-byte blocks, " + count + (count == 1 ? " entry" : " entries"),
                disk,
                partitions,
                List.of(),
                List.of(),
                null);
    }

    private static PartitionMap.Use use(String type) {
        return switch (type) {
            case "Apple_HFS", "Apple_HFSX" -> PartitionMap.Use.ROOT;
            case ITSELF, "Apple_Free", "Apple_Void", "Apple_Scratch", "Apple_Boot", "Apple_Loader", "ISO9660_data" ->
                PartitionMap.Use.NONE;
            default ->
                type.startsWith("Apple_Driver") || type.startsWith("Apple_FWDriver") || type.startsWith("Apple_Patches")
                        ? PartitionMap.Use.NONE
                        : PartitionMap.Use.FILES;
        };
    }
}
