package liveroot.fs.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.BadImageException;
import liveroot.fs.Checksum;
import liveroot.fs.ImageContainer;
import liveroot.fs.ImagePart;
import liveroot.fs.squashfs.ArraySource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Maps made by parted and sgdisk, and by hand where those cannot. */
final class PartitionMapTest {

    @TempDir
    Path directory;

    private interface Opener {
        ImageContainer open(BlockSource disk, BlockCache cache) throws IOException;
    }

    /** "1 Linux 'root' 1048576+4194304" for each partition, the ones to be tried first, those that are not in brackets. */
    private static List<String> partitions(Opener opener, byte[] disk) throws IOException {
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                ImageContainer map = opener.open(new ArraySource(disk), cache)) {
            List<String> all = new ArrayList<>();
            for (ImagePart part : map.parts()) {
                String text =
                        part.number() + " " + part.words() + " " + part.source().size();
                all.add(part.holdsFiles() ? text : "[" + text + "]");
            }
            for (Checksum checksum : map.checksums()) {
                assertEquals(checksum.expected(), checksum.computed(n -> {}), checksum.words());
            }
            assertEquals(map.parts().size() + 1, map.facts().size());
            return all;
        }
    }

    /** The one checksum that is wrong, and where. */
    private static String fault(Opener opener, byte[] disk) throws IOException {
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                ImageContainer map = opener.open(new ArraySource(disk), cache)) {
            List<String> faults = new ArrayList<>();
            for (Checksum checksum : map.checksums()) {
                try {
                    assertEquals(checksum.expected(), checksum.computed(n -> {}), checksum.words());
                } catch (BadImageException e) {
                    faults.add(checksum.words().replace("GUID partition table's ", "")
                            + e.getMessage().replaceFirst("array(: at byte [0-9]+).*", "$1"));
                }
            }
            assertEquals(
                    faults.toString().contains("first"),
                    String.valueOf(map.warning())
                            .startsWith("the first GUID partition table is damaged, took the second: "));
            return String.join("; ", faults);
        }
    }

    private byte[] made(String commands) throws Exception {
        for (String tool : new String[] {"parted", "sgdisk"}) {
            assumeTrue(
                    new ProcessBuilder("sh", "-c", "command -v " + tool).start().waitFor() == 0,
                    "no program " + tool + " on this machine");
        }
        Process process = new ProcessBuilder("sh", "-ec", "truncate -s 32M disk; { " + commands + "; } >log 2>&1")
                .directory(directory.toFile())
                .start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        assertEquals(0, process.exitValue(), Files.readString(directory.resolve("log")));
        return Files.readAllBytes(directory.resolve("disk"));
    }

    @Test
    void partedsApplePartitionMapIsRead() throws Exception {
        byte[] disk =
                made("parted -s disk mklabel mac mkpart Macintosh hfs+ 64s 20000s mkpart linux ext2 20001s 40000s");
        List<String> found = partitions(ApplePartitionMap::open, disk);
        assertEquals("2 Apple_HFS 'Macintosh' " + (20000 - 64 + 1) * 512, found.get(0));
        assertTrue(found.contains("3 Apple_UNIX_SVR2 'linux' " + (40000 - 20001 + 1) * 512), found.toString());
        assertTrue(found.contains("[1 Apple_partition_map 'Apple' " + 63 * 512 + "]"), found.toString());
    }

    @Test
    void sgdisksGuidPartitionTableIsRead() throws Exception {
        byte[] disk =
                made("sgdisk -n 1:2048:4095 -t 1:EF00 -n 2:4096:8191 -t 2:AF00 -c '2:disk image' -n 5:8192:9000 disk");
        List<String> expected = List.of(
                "2 Apple HFS+ 'disk image' " + 4096 * 512, "5 Linux " + 809 * 512, "[1 EFI system " + 2048 * 512 + "]");
        assertEquals(expected, partitions(GuidPartitionTable::open, disk));
        byte[] whole = disk.clone();
        // The second header is damaged, the first good; then the other way round, then the first is gone.
        disk[disk.length - 512 + 60] ^= 1;
        assertEquals(
                "second header and entries, CRC-32: at byte " + (disk.length - 496),
                fault(GuidPartitionTable::open, disk));
        disk[disk.length - 512 + 60] ^= 1;
        disk[512 + 60] ^= 1;
        assertEquals("first header and entries, CRC-32: at byte 528", fault(GuidPartitionTable::open, disk));
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                ImageContainer map = GuidPartitionTable.open(new ArraySource(whole, whole.length - 512), cache)) {
            assertEquals(3, map.parts().size());
        }
        byte[] without = whole.clone();
        without[without.length - 512] = 0;
        assertEquals(
                "second header and entries, CRC-32: at byte " + (without.length - 512),
                fault(GuidPartitionTable::open, without));
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                ImageContainer map =
                        GuidPartitionTable.open(new ArraySource(Arrays.copyOf(whole, whole.length / 2)), cache)) {
            assertEquals(1, map.checksums().size());
            assertEquals(
                    List.of("GUID partition table's second header and entries, behind the end in block "
                            + (whole.length / 512 - 1)),
                    map.unchecked());
        }
        byte[] gone = disk.clone();
        Arrays.fill(gone, 512, 1024, (byte) 0);
        assertEquals("first header and entries, CRC-32: at byte 512", fault(BootRecord::open, gone));
        disk[disk.length - 512 + 60] ^= 1;
        assertTrue(refusal(GuidPartitionTable::open, disk)
                .startsWith("array: at byte 528: a GUID partition table's header with the CRC-32 "));
    }

    @Test
    void aGuidPartitionTableWithOtherEntriesThanItsOwnIsNotTaken() throws Exception {
        byte[] disk = made("sgdisk -n 1:2048:4095 -t 1:8300 disk");
        List<String> expected = List.of("1 Linux " + 2048 * 512);
        assertEquals(expected, partitions(GuidPartitionTable::open, disk));
        // Where the first partition begins, in the first table, then in both, then in the second alone.
        int second = (int) ByteBuffer.wrap(disk).order(ByteOrder.LITTLE_ENDIAN).getLong(disk.length - 512 + 72) * 512;
        disk[1024 + 33] ^= 1;
        assertEquals("first header and entries, CRC-32: at byte 1024", fault(GuidPartitionTable::open, disk));
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                ImageContainer map = GuidPartitionTable.open(new ArraySource(disk), cache)) {
            assertEquals(2048 * 512, map.parts().get(0).source().size());
        }
        disk[second + 33] ^= 1;
        assertTrue(refusal(GuidPartitionTable::open, disk)
                .startsWith("array: at byte 1024: a GUID partition table's entries with the CRC-32 "));
        disk[1024 + 33] ^= 1;
        assertEquals("second header and entries, CRC-32: at byte " + second, fault(GuidPartitionTable::open, disk));
    }

    @Test
    void aCopyOnALargerDiskHasItsSecondGuidPartitionTableWhereTheFirstSays() throws Exception {
        byte[] disk = made("sgdisk -n 1:2048:4095 -t 1:8300 disk");
        int length = disk.length;
        disk = Arrays.copyOf(disk, length + (1 << 20));
        assertEquals(List.of("1 Linux " + 2048 * 512), partitions(GuidPartitionTable::open, disk));
        disk[1024 + 33] ^= 1;
        assertEquals("first header and entries, CRC-32: at byte 1024", fault(GuidPartitionTable::open, disk));
        disk[1024 + 33] ^= 1;
        disk[length - 512 + 60] ^= 1;
        assertEquals(
                "second header and entries, CRC-32: at byte " + (length - 496), fault(GuidPartitionTable::open, disk));
    }

    @Test
    void aHeaderThatSaysItLiesElsewhereIsDamaged() throws Exception {
        byte[] disk = made("sgdisk -n 1:2048:4095 -t 1:8300 disk");
        System.arraycopy(disk, disk.length - 512, disk, 512, 512);
        assertEquals("first header and entries, CRC-32: at byte 536", fault(GuidPartitionTable::open, disk));
    }

    @Test
    void partedsBootRecordWithLogicalPartitionsIsRead() throws Exception {
        byte[] disk = made(
                "parted -s disk mklabel msdos mkpart primary ext2 2048s 4095s mkpart extended 4096s 40000s"
                        + " mkpart logical ext2 6144s 8191s mkpart logical linux-swap 10240s 12287s mkpart logical hfs 14336s 16383s");
        assertEquals(
                List.of(
                        "1 Linux (0x83) 1048576",
                        "5 Linux (0x83) 1048576",
                        "7 Apple HFS+ (0xaf) 1048576",
                        "[6 Linux swap (0x82) 1048576]"),
                partitions(BootRecord::open, disk));
    }

    /** Entries: type, first block, count of blocks. */
    private static byte[] apple(int said, int blockSize, String... types) {
        ByteBuffer disk = ByteBuffer.allocate(1 << 20);
        disk.putShort((short) 0x4552).putShort((short) said);
        for (int i = 0; i < types.length; i++) {
            disk.position((i + 1) * blockSize);
            disk.putShort((short) 0x504d)
                    .putShort((short) 0)
                    .putInt(types.length)
                    .putInt(16 + 10 * i)
                    .putInt(10);
            disk.position((i + 1) * blockSize + 48);
            disk.put(types[i].getBytes(StandardCharsets.US_ASCII));
        }
        return disk.array();
    }

    @Test
    void anApplePartitionMapOfADiscHasLargeBlocks() throws IOException {
        for (int size : new int[] {512, 1024, 2048, 4096}) {
            List<String> found =
                    partitions(ApplePartitionMap::open, apple(size, size, "Apple_partition_map", "Apple_HFS"));
            assertEquals("2 Apple_HFS " + 10 * size, found.get(0));
        }
    }

    @Test
    void aBlockSizeThatTheMapDoesNotHaveIsNotBelieved() throws IOException {
        byte[] disk = apple(2048, 512, "Apple_partition_map", "Apple_Driver43", "Apple_Free", "Apple_HFS");
        // With four entries there is one where a map of 2048-byte blocks would begin.
        assertEquals(
                "4 Apple_HFS 5120", partitions(ApplePartitionMap::open, disk).get(0));
        byte[] large = apple(512, 2048, "Apple_partition_map", "Apple_HFSX");
        assertEquals(
                "2 Apple_HFSX 20480", partitions(ApplePartitionMap::open, large).get(0));
    }

    @Test
    void aChainOfLogicalPartitionsThatNeverEndsIsLeft() throws IOException {
        assertEquals(
                "array: at byte 51200: a chain of logical partitions that leads back to where it was",
                refusal(BootRecord::open, pc(new int[] {0, 0, 5, 100, 1000}, new int[] {100, 1, 5, 0, 9})));
        byte[] disk =
                pc(new int[] {0, 0, 5, 100, 1000}, new int[] {100, 0, 0x83, 10, 20}, new int[] {100, 1, 5, 0, 900});
        assertEquals(List.of("5 Linux (0x83) 10240"), partitions(BootRecord::open, disk));
        int[][] empty = new int[102][];
        empty[0] = new int[] {0, 0, 5, 100, 1000};
        for (int i = 1; i < empty.length; i++) {
            empty[i] = new int[] {99 + i, 1, 5, i, 900};
        }
        assertEquals(
                "array: at byte 102400: a chain of 100 sectors without a logical partition",
                refusal(BootRecord::open, pc(empty)));
    }

    /** As partx and Linux have them. */
    @Test
    void logicalPartitionsAreWhereverTheirSectorsHaveThem() throws IOException {
        List<String> both = List.of("5 Linux (0x83) 10240", "6 Linux (0x83) 5120");
        int[] extended = {0, 0, 5, 100, 1000};
        int[] first = {100, 0, 0x83, 10, 20};
        int[] second = {200, 0, 0x83, 10, 10};
        // The link in another place, before the partition, and with two partitions in one sector.
        assertEquals(both, partitions(BootRecord::open, pc(extended, first, new int[] {100, 2, 5, 100, 50}, second)));
        assertEquals(
                both,
                partitions(
                        BootRecord::open,
                        pc(extended, new int[] {100, 0, 5, 100, 50}, new int[] {100, 1, 0x83, 10, 20}, second)));
        assertEquals(both, partitions(BootRecord::open, pc(extended, first, new int[] {100, 1, 0x83, 50, 10})));
        // Two extended partitions.
        assertEquals(
                both,
                partitions(
                        BootRecord::open,
                        pc(new int[] {0, 0, 5, 100, 50}, new int[] {0, 1, 5, 200, 50}, first, second)));
        // Garbage in the third place, and a partition without a type.
        assertEquals(
                List.of("6 Linux (0x83) 5120", "[5 empty (0x0) 10240]"),
                partitions(
                        BootRecord::open,
                        pc(
                                extended,
                                new int[] {100, 0, 0, 10, 20},
                                new int[] {100, 1, 5, 100, 50},
                                new int[] {100, 2, 0x83, 900, 900},
                                second)));
    }

    /** Entries of sectors with partitions: sector, place in its table, type, first sector and count. */
    private static byte[] pc(int[]... entries) {
        ByteBuffer disk = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
        for (int[] entry : entries) {
            int at = entry[0] * 512 + 446 + entry[1] * 16;
            disk.put(at + 4, (byte) entry[2]).putInt(at + 8, entry[3]).putInt(at + 12, entry[4]);
            disk.putShort(entry[0] * 512 + 510, (short) 0xaa55);
        }
        return disk.array();
    }

    @Test
    void logicalPartitionsAreCountedByThoseThatAreThere() throws IOException {
        byte[] disk = pc(
                new int[] {0, 0, 5, 100, 1000},
                new int[] {100, 1, 5, 200, 300},
                new int[] {300, 0, 0x83, 10, 20},
                new int[] {300, 1, 5, 400, 300},
                new int[] {500, 0, 0x82, 10, 20});
        assertEquals(
                List.of("5 Linux (0x83) 10240", "[6 Linux swap (0x82) 10240]"), partitions(BootRecord::open, disk));
    }

    @Test
    void aDamagedChainOfLogicalPartitionsLeavesTheOthers() throws IOException {
        byte[] disk = pc(
                new int[] {0, 0, 0x83, 10, 20},
                new int[] {0, 1, 5, 100, 1000},
                new int[] {100, 0, 0x83, 10, 20},
                new int[] {100, 1, 5, 200, 300});
        assertEquals(List.of("1 Linux (0x83) 10240", "5 Linux (0x83) 10240"), partitions(BootRecord::open, disk));
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                ImageContainer map = BootRecord.open(new ArraySource(disk), cache)) {
            assertEquals(
                    "the chain of logical partitions is damaged, there may be more: array: at byte 154110: a boot sector"
                            + " ends with 55 aa, found 0",
                    map.warning());
        }
    }

    private static String refusal(Opener opener, byte[] disk) {
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET)) {
            String said = assertThrows(BadImageException.class, () -> opener.open(new ArraySource(disk), cache))
                    .getMessage();
            assertEquals(0, cache.stats().used());
            return said;
        }
    }
}
