package liveroot.fs.partition;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.BadImageException;
import liveroot.fs.ImageContainer;

/**
 * The partition table in a PC's boot sector, in units of 512 bytes, little endian: from 446 on four entries of 16 bytes {0
 * active, 4 type, 8 first sector u32, 12 count u32}. An extended partition begins with such a sector too: one entry is a
 * logical partition, as seen from there, another where the next such sector is, as seen from the extended one.
 */
public final class BootRecord {

    private static final int SECTOR = 512;
    private static final int ENTRIES = 446;
    private static final int ENTRY = 16;
    private static final int LAST_PRIMARY = 4;
    private static final int GUARD = 0xee;

    /** Number of a logical partition; Linux stops there. */
    private static final int MOST = 255;

    /** Sectors of a chain without a partition that Linux goes through one behind the other. */
    private static final int MOST_EMPTY = 100;

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

        /** Whether it lies in {@code room} sectors from {@code base} on, and in the extended partition. */
        boolean isWithin(long base, long room, Entry extended) {
            return first + count <= room
                    && base + first >= extended.first
                    && base + first + count <= extended.first + extended.count;
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
                case 0, 0x82, 0xab, GUARD, 0xef -> PartitionMap.Use.NONE;
                default -> PartitionMap.Use.FILES;
            };
        }

        private String words() {
            String name =
                    switch (type) {
                        case 0 -> "empty";
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
        List<Entry> extended = new ArrayList<>();
        for (int i = 0; i < LAST_PRIMARY; i++) {
            Entry entry = Entry.of(sector, i);
            if (!entry.isUsed()) {
                continue;
            }
            if (entry.isExtended()) {
                extended.add(entry);
            } else {
                partitions.add(entry.partition(i + 1, 0));
            }
        }
        BadImageException fault = null;
        int number = LAST_PRIMARY + 1;
        for (Entry entry : extended) {
            List<PartitionMap.Partition> logical = new ArrayList<>();
            try {
                logical(disk, cache, entry, number, logical);
            } catch (BadImageException e) {
                // What was found before is good.
                fault = fault == null ? e : fault;
            }
            partitions.addAll(logical);
            number += logical.size();
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

    /**
     * Reads a chain as Linux does (parse_extended() of block/partitions/msdos.c), which also numbers what has no type. Of the
     * third and the fourth entry, which may be garbage, it takes what lies where it can.
     */
    private static void logical(
            BlockSource disk, BlockCache cache, Entry extended, int number, List<PartitionMap.Partition> partitions)
            throws IOException {
        Set<Long> seen = new HashSet<>();
        int empty = 0;
        long at = extended.first;
        long room = extended.count;
        while (true) {
            if (!seen.add(at) || ++empty > MOST_EMPTY) {
                throw new BadImageException(
                        disk.name(),
                        at * SECTOR,
                        empty > MOST_EMPTY
                                ? "a chain of " + MOST_EMPTY + " sectors without a logical partition"
                                : "a chain of logical partitions that leads back to where it was");
            }
            ByteBuffer sector = sector(disk, cache, at);
            Entry next = null;
            for (int i = 0; i < LAST_PRIMARY; i++) {
                Entry entry = Entry.of(sector, i);
                if (entry.count == 0) {
                    continue;
                }
                if (entry.isExtended()) {
                    next = next == null ? entry : next;
                } else if (i < 2 || entry.isWithin(at, room, extended)) {
                    if (number + partitions.size() > MOST) {
                        throw new BadImageException(
                                disk.name(), at * SECTOR, "a chain of more than " + MOST + " partitions");
                    }
                    partitions.add(entry.partition(number + partitions.size(), at));
                    empty = 0;
                }
            }
            if (next == null) {
                return;
            }
            at = extended.first + next.first;
            room = next.count;
        }
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
