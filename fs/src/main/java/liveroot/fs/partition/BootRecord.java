package liveroot.fs.partition;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.BadImageException;
import liveroot.fs.ImageContainer;

/**
 * The partition table in a PC's boot sector, in units of 512 bytes, little endian: from 446 on four entries of 16 bytes {0
 * active, 4 type, 8 first sector u32, 12 count u32}. An extended partition begins with such a sector too: its first entry is
 * a logical partition, as seen from there, its second where the next such sector is, as seen from the extended one.
 */
public final class BootRecord {

    private static final int SECTOR = 512;
    private static final int ENTRIES = 446;
    private static final int ENTRY = 16;
    private static final int LAST_PRIMARY = 4;
    private static final int GUARD = 0xee;

    /** Logical partitions; Linux stops at 255. */
    private static final int MOST = 255;

    private BootRecord() {}

    private record Entry(int type, long first, long count) {

        static Entry of(ByteBuffer sector, int index) {
            int at = ENTRIES + index * ENTRY;
            return new Entry(
                    Byte.toUnsignedInt(sector.get(at + 4)),
                    Integer.toUnsignedLong(sector.getInt(at + 8)),
                    Integer.toUnsignedLong(sector.getInt(at + 12)));
        }

        boolean isUsed() {
            return type != 0 && count != 0;
        }

        boolean isExtended() {
            return type == 0x05 || type == 0x0f || type == 0x85;
        }

        PartitionMap.Partition partition(int number, long base) {
            return new PartitionMap.Partition(number, words(), use(), (base + first) * SECTOR, count * SECTOR);
        }

        private PartitionMap.Use use() {
            return switch (type) {
                case 0x83, 0xaf -> PartitionMap.Use.ROOT;
                case 0x82, 0xab, GUARD, 0xef -> PartitionMap.Use.NONE;
                default -> PartitionMap.Use.FILES;
            };
        }

        private String words() {
            String name =
                    switch (type) {
                        case 0x83 -> "Linux";
                        case 0x82 -> "Linux swap";
                        case 0xaf -> "Apple HFS+";
                        case 0xab -> "Apple boot";
                        case 0xa5, 0xa6, 0xa9 -> "BSD";
                        case GUARD -> "GUID partition table";
                        case 0xef -> "EFI system";
                        case 0x01, 0x04, 0x06, 0x0b, 0x0c, 0x0e -> "FAT";
                        case 0x07 -> "NTFS or exFAT";
                        default -> "type";
                    };
            return name + " (0x" + Integer.toHexString(type) + ")";
        }
    }

    /**
     * Reads the table, and the chain of logical partitions.
     *
     * @param disk stays the caller's
     * @throws BadImageException if no partition is found
     */
    public static ImageContainer open(BlockSource disk, BlockCache cache) throws IOException {
        ByteBuffer sector = sector(disk, cache, 0);
        List<PartitionMap.Partition> partitions = new ArrayList<>();
        Entry extended = null;
        for (int i = 0; i < LAST_PRIMARY; i++) {
            Entry entry = Entry.of(sector, i);
            if (!entry.isUsed()) {
                continue;
            }
            if (entry.isExtended()) {
                extended = extended == null ? entry : extended;
            } else {
                partitions.add(entry.partition(i + 1, 0));
            }
        }
        BadImageException fault = null;
        if (extended != null) {
            try {
                logical(disk, cache, extended.first, partitions);
            } catch (BadImageException e) {
                // What was found before is good; the kernel ends the chain there too (block/partitions/msdos.c).
                fault = e;
            }
        }
        ImageContainer guarded = guarded(sector, partitions, disk, cache);
        if (guarded != null) {
            return guarded;
        }
        if (partitions.isEmpty()) {
            throw fault != null
                    ? fault
                    : new BadImageException(
                            disk.name(),
                            ENTRIES,
                            "a PC boot sector without any partition, and no file system that is known");
        }
        int count = partitions.size();
        return new PartitionMap(
                "PC partition table, " + count + (count == 1 ? " partition" : " partitions"),
                disk,
                partitions,
                List.of(),
                fault == null
                        ? null
                        : "the chain of logical partitions is damaged, there may be more: " + fault.getMessage());
    }

    /**
     * The GUID partition table that an entry stands for (UEFI specification, 5.2.3) if no other holds files: its first header is
     * gone, the second may not be.
     *
     * @return null if there is none
     */
    private static ImageContainer guarded(
            ByteBuffer sector, List<PartitionMap.Partition> partitions, BlockSource disk, BlockCache cache)
            throws IOException {
        boolean isGuard = false;
        for (int i = 0; i < LAST_PRIMARY; i++) {
            isGuard |= Entry.of(sector, i).type == GUARD;
        }
        if (!isGuard || partitions.stream().anyMatch(partition -> partition.use() != PartitionMap.Use.NONE)) {
            return null;
        }
        try {
            return GuidPartitionTable.open(disk, cache);
        } catch (BadImageException e) {
            return null;
        }
    }

    private static void logical(
            BlockSource disk, BlockCache cache, long extended, List<PartitionMap.Partition> partitions)
            throws IOException {
        long at = extended;
        // Counted by those that are there, as the kernel does: a sector of the chain may lead on alone.
        int number = LAST_PRIMARY + 1;
        for (int link = number; link <= MOST; link++) {
            ByteBuffer sector = sector(disk, cache, at);
            Entry entry = Entry.of(sector, 0);
            if (entry.isUsed() && !entry.isExtended()) {
                partitions.add(entry.partition(number++, at));
            }
            Entry next = Entry.of(sector, 1);
            if (!next.isUsed()) {
                return;
            }
            at = extended + next.first;
        }
        throw new BadImageException(
                disk.name(),
                extended * SECTOR,
                "a chain of more than " + MOST + " logical partitions, maybe without end");
    }

    private static ByteBuffer sector(BlockSource disk, BlockCache cache, long number) throws IOException {
        if (number > disk.size() / SECTOR - 1) {
            throw new BadImageException(
                    disk.name(), number * SECTOR, "a boot sector with partitions is expected here, behind the end");
        }
        ByteBuffer b = PartitionMap.bytes(disk, cache, number * SECTOR, SECTOR);
        if (b.getShort(SECTOR - 2) != 0x55aa) {
            throw new BadImageException(
                    disk.name(),
                    number * SECTOR + SECTOR - 2,
                    "a boot sector ends with 55 aa, found " + Integer.toHexString(b.getShort(SECTOR - 2) & 0xffff));
        }
        return b.order(ByteOrder.LITTLE_ENDIAN);
    }
}
