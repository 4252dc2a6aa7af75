package liveroot.fs.partition;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.LongConsumer;
import java.util.zip.CRC32;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.BadImageException;
import liveroot.fs.Checksum;
import liveroot.fs.ImageContainer;

/**
 * A GUID partition table (UEFI specification, chapter 5). Little endian. The header, in block 1 and again in the last one:
 * "EFI PART", 12 its length, 16 its CRC-32, 24 its own block, 32 that of the other header, 72 first block of the entries,
 * 80 their count, 84 the size of one, 88 their CRC-32. An entry: type (16 bytes), id (16), first block u64, last block u64,
 * 48 flags, 56 name (72 bytes of UTF-16).
 */
public final class GuidPartitionTable {

    private static final int[] BLOCK_SIZES = {512, 4096, 2048, 1024};
    private static final long MAGIC = 0x5452415020494645L;
    private static final int HEADER = 92;
    private static final int ENTRY = 128;

    /** The specification asks for room for 128; none makes more than 256. */
    private static final int MOST = 1024;

    private static final int LARGEST_ENTRY = 1024;

    private GuidPartitionTable() {}

    /** What a header says; {@code at} is the byte of the disk at which it lies. */
    private record Header(
            long at,
            int blockSize,
            int length,
            int crc,
            long other,
            long entries,
            int count,
            int entrySize,
            int entriesCrc) {

        /** Whether a first header's second is on the disk, and was not cut off. */
        boolean hasSecond(BlockSource disk) {
            return other > 1 && other < disk.size() / blockSize;
        }

        /** Where a first header has the second: where it says, or in the last block if that is cut off. */
        long secondAt(BlockSource disk) {
            return hasSecond(disk) ? other * blockSize : last(disk, blockSize);
        }

        long entriesAt() {
            return entries * blockSize;
        }

        int bytes() {
            return count * entrySize;
        }
    }

    /** A header and its entries, both with the CRC-32 that is said: what the specification calls valid (5.3.2). */
    private record Table(Header header, ByteBuffer entries) {}

    /**
     * Reads the table, the second one if the first is damaged.
     *
     * @param disk stays the caller's
     * @throws BadImageException if there is none, or both are damaged
     */
    public static ImageContainer open(BlockSource disk, BlockCache cache) throws IOException {
        Table found = null;
        BadImageException fault = null;
        for (int i = 0; found == null && i < BLOCK_SIZES.length; i++) {
            int size = BLOCK_SIZES[i];
            for (long at : places(disk, cache, size)) {
                if (found == null && at > 0) {
                    try {
                        found = table(disk, cache, at, size);
                    } catch (BadImageException e) {
                        fault = fault == null ? e : fault;
                    }
                }
            }
        }
        if (found == null) {
            throw fault != null ? fault : missing(disk, 512);
        }
        return read(disk, cache, found);
    }

    /** Where tables may be; a copy on a larger disk does not have the second at the end. */
    private static long[] places(BlockSource disk, BlockCache cache, int blockSize) throws IOException {
        long last = last(disk, blockSize);
        Header first = null;
        try {
            first = header(disk, cache, blockSize, blockSize);
        } catch (BadImageException e) {
            // Said of the table.
        }
        return new long[] {blockSize, first == null ? last : first.secondAt(disk), last};
    }

    private static long last(BlockSource disk, int blockSize) {
        return disk.size() / blockSize * blockSize - blockSize;
    }

    private static BadImageException missing(BlockSource disk, long at) {
        return new BadImageException(disk.name(), at, "a GUID partition table's header is expected, there is none");
    }

    /** What is wrong with the first table, which was not taken. */
    private static BadImageException fault(BlockSource disk, BlockCache cache, int blockSize) {
        try {
            table(disk, cache, blockSize, blockSize);
            return missing(disk, blockSize);
        } catch (BadImageException e) {
            return e;
        } catch (IOException e) {
            return new BadImageException(disk.name(), blockSize, "the block cannot be read: " + e.getMessage());
        }
    }

    /**
     * The table whose header lies at {@code at}.
     *
     * @return null if there is none
     * @throws BadImageException if it is damaged
     */
    private static Table table(BlockSource disk, BlockCache cache, long at, int blockSize) throws IOException {
        Header header = header(disk, cache, at, blockSize);
        if (header == null) {
            return null;
        }
        ByteBuffer entries = header.bytes() == 0
                ? ByteBuffer.allocate(0)
                : PartitionMap.bytes(disk, cache, header.entriesAt(), header.bytes());
        int computed = crc(entries);
        if (computed != header.entriesCrc) {
            throw new BadImageException(
                    disk.name(),
                    header.entriesAt(),
                    "a GUID partition table's entries with the CRC-32 " + hex(header.entriesCrc) + ", their bytes have "
                            + hex(computed));
        }
        return new Table(header, entries.order(ByteOrder.LITTLE_ENDIAN));
    }

    /** @return null if there is none */
    private static Header header(BlockSource disk, BlockCache cache, long at, int blockSize) throws IOException {
        if (at > disk.size() - HEADER) {
            return null;
        }
        ByteBuffer b = PartitionMap.bytes(disk, cache, at, HEADER).order(ByteOrder.LITTLE_ENDIAN);
        if (b.getLong(0) != MAGIC) {
            return null;
        }
        Header header = new Header(
                at,
                blockSize,
                b.getInt(12),
                b.getInt(16),
                b.getLong(32),
                b.getLong(72),
                b.getInt(80),
                b.getInt(84),
                b.getInt(88));
        if (header.length < HEADER || header.length > blockSize || at > disk.size() - header.length) {
            throw new BadImageException(
                    disk.name(),
                    at + 12,
                    "a header of " + Integer.toUnsignedString(header.length) + " bytes, expected " + HEADER + " to "
                            + blockSize);
        }
        int computed = headerCrc(disk, cache, header);
        if (computed != header.crc) {
            throw new BadImageException(
                    disk.name(),
                    at + 16,
                    "a GUID partition table's header with the CRC-32 " + hex(header.crc) + ", its bytes have "
                            + hex(computed));
        }
        if (b.getLong(24) != at / blockSize) {
            throw new BadImageException(
                    disk.name(),
                    at + 24,
                    "a GUID partition table's header that says it lies in block "
                            + Long.toUnsignedString(b.getLong(24)));
        }
        if (header.count < 0 || header.count > MOST || header.entrySize < ENTRY || header.entrySize > LARGEST_ENTRY) {
            throw new BadImageException(
                    disk.name(),
                    at + 80,
                    Integer.toUnsignedString(header.count) + " entries of "
                            + Integer.toUnsignedString(header.entrySize) + " bytes, expected up to " + MOST + " of "
                            + ENTRY + " to "
                            + LARGEST_ENTRY);
        }
        long bytes = (long) header.count * header.entrySize;
        if (header.entries < 0
                || header.entries > disk.size() / blockSize
                || header.entries * blockSize > disk.size() - bytes) {
            throw new BadImageException(
                    disk.name(),
                    at + 72,
                    bytes + " bytes of entries in block " + Long.toUnsignedString(header.entries) + ", behind the end");
        }
        return header;
    }

    private static int headerCrc(BlockSource disk, BlockCache cache, Header header) throws IOException {
        return crc(PartitionMap.bytes(disk, cache, header.at, header.length).putInt(16, 0));
    }

    private static int crc(ByteBuffer bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes.duplicate());
        return (int) crc.getValue();
    }

    private static String hex(int crc) {
        return String.format(Locale.ROOT, "%08x", crc);
    }

    private static ImageContainer read(BlockSource disk, BlockCache cache, Table table) throws IOException {
        Header header = table.header;
        ByteBuffer b = table.entries;
        List<PartitionMap.Partition> partitions = new ArrayList<>();
        for (int i = 0; i < header.count; i++) {
            int at = i * header.entrySize;
            UUID type = uuid(b, at);
            long first = b.getLong(at + 32);
            long last = b.getLong(at + 40);
            if (type.getMostSignificantBits() == 0 && type.getLeastSignificantBits() == 0) {
                continue;
            }
            if (first < 0 || last < first || last >= Long.MAX_VALUE / header.blockSize) {
                throw new BadImageException(
                        disk.name(),
                        header.entriesAt() + at + 32,
                        "partition " + (i + 1) + " from block " + Long.toUnsignedString(first) + " to "
                                + Long.toUnsignedString(last));
            }
            byte[] name = new byte[72];
            b.get(at + 56, name);
            String label = PartitionMap.text(name, StandardCharsets.UTF_16LE);
            Type known = Type.of(type);
            String words = known == null ? "type " + type : known.words;
            partitions.add(new PartitionMap.Partition(
                    i + 1,
                    label.isEmpty() ? words : words + " '" + label + "'",
                    known == null ? PartitionMap.Use.FILES : known.use,
                    first * header.blockSize,
                    (last - first + 1) * header.blockSize));
        }
        int count = partitions.size();
        boolean isFirst = header.at == header.blockSize;
        List<Checksum> checksums = new ArrayList<>();
        List<String> unchecked = new ArrayList<>();
        int bytes = header.length + header.bytes();
        checksums.add(new TableChecksum(disk, cache, header.at, header.blockSize, bytes));
        if (!isFirst || header.hasSecond(disk)) {
            long other = isFirst ? header.secondAt(disk) : header.blockSize;
            checksums.add(new TableChecksum(disk, cache, other, header.blockSize, bytes));
        } else {
            unchecked.add("GUID partition table's second header and entries, behind the end in block "
                    + Long.toUnsignedString(header.other));
        }
        return new PartitionMap(
                "GUID partition table, " + header.blockSize + "-byte blocks, " + count
                        + (count == 1 ? " partition" : " partitions"),
                disk,
                partitions,
                checksums,
                unchecked,
                isFirst
                        ? null
                        : "the first GUID partition table is damaged, took the second: "
                                + fault(disk, cache, header.blockSize).getMessage());
    }

    /** Mixed endian: three numbers little endian, the rest as bytes. */
    private static UUID uuid(ByteBuffer b, int at) {
        long high = (Integer.toUnsignedLong(b.getInt(at)) << 32)
                | ((b.getShort(at + 4) & 0xffffL) << 16)
                | (b.getShort(at + 6) & 0xffffL);
        return new UUID(high, Long.reverseBytes(b.getLong(at + 8)));
    }

    private enum Type {
        HFS("48465300-0000-11aa-aa11-00306543ecac", "Apple HFS+", PartitionMap.Use.ROOT),
        APFS("7c3457ef-0000-11aa-aa11-00306543ecac", "Apple APFS", PartitionMap.Use.FILES),
        APPLE_BOOT("426f6f74-0000-11aa-aa11-00306543ecac", "Apple boot", PartitionMap.Use.NONE),
        LINUX("0fc63daf-8483-4772-8e79-3d69d8477de4", "Linux", PartitionMap.Use.ROOT),
        LINUX_ROOT("4f68bce3-e8cd-4db1-96e7-fbcaf984b709", "Linux root (x86-64)", PartitionMap.Use.ROOT),
        LINUX_ROOT_ARM("b921b045-1df0-41c3-af44-4c6f280d3fae", "Linux root (ARM64)", PartitionMap.Use.ROOT),
        LINUX_SWAP("0657fd6d-a4ab-43c4-84e5-0933c84b4f4f", "Linux swap", PartitionMap.Use.NONE),
        EFI("c12a7328-f81f-11d2-ba4b-00a0c93ec93b", "EFI system", PartitionMap.Use.NONE),
        BIOS_BOOT("21686148-6449-6e6f-744e-656564454649", "BIOS boot", PartitionMap.Use.NONE),
        BASIC("ebd0a0a2-b9e5-4433-87c0-68b6b72699c7", "basic data", PartitionMap.Use.FILES);

        private final UUID id;
        private final String words;
        private final PartitionMap.Use use;

        Type(String id, String words, PartitionMap.Use use) {
            this.id = UUID.fromString(id);
            this.words = words;
            this.use = use;
        }

        static Type of(UUID id) {
            for (Type type : values()) {
                if (type.id.equals(id)) {
                    return type;
                }
            }
            return null;
        }
    }

    /** Of a whole table; what is wrong with one is said as the fault that it has. */
    private record TableChecksum(BlockSource disk, BlockCache cache, long at, int blockSize, long bytes)
            implements Checksum {

        @Override
        public String words() {
            return "GUID partition table's " + (at == blockSize ? "first" : "second") + " header and entries, CRC-32";
        }

        @Override
        public String expected() {
            return "both";
        }

        @Override
        public String computed(LongConsumer progress) throws IOException {
            if (table(disk, cache, at, blockSize) == null) {
                throw missing(disk, at);
            }
            progress.accept(bytes);
            return expected();
        }
    }
}
