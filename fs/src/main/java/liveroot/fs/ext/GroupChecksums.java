package liveroot.fs.ext;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.LongConsumer;

/**
 * The checksums that no reader of files meets: of the group descriptors, and of the bitmaps that these name ("Block Group
 * Descriptors" and "Checksums" of the kernel's documentation). There may be thousands of groups, so each kind is one
 * checksum, which is good if those of all groups are.
 */
final class GroupChecksums {

    private static final int BLOCK_BITMAP = 0x00;
    private static final int INODE_BITMAP = 0x04;
    private static final int FLAGS = 0x12;
    private static final int BLOCK_BITMAP_SUM = 0x18;
    private static final int INODE_BITMAP_SUM = 0x1a;
    private static final int DESCRIPTOR_SUM = 0x1e;
    /** The upper halves of numbers lie so far behind the lower, in descriptors that are longer. */
    private static final int UPPER = 0x20;

    private static final int INODES_UNUSED = 1;
    private static final int BLOCKS_UNUSED = 2;

    private final Volume volume;
    private final Superblock superblock;
    private final Inodes inodes;

    GroupChecksums(Volume volume) {
        this.volume = volume;
        this.superblock = volume.superblock();
        this.inodes = new Inodes(volume);
    }

    List<liveroot.fs.Checksum> all() {
        List<liveroot.fs.Checksum> all = new ArrayList<>();
        if (superblock.features().hasChecksums()) {
            all.add(new OfAllGroups("group descriptors, CRC-32C", superblock.descriptorSize(), this::descriptor));
            all.add(new OfAllGroups("block bitmaps, CRC-32C", volume.blockSize(), this::blockBitmap));
            all.add(new OfAllGroups("inode bitmaps, CRC-32C", volume.blockSize(), this::inodeBitmap));
        } else if (superblock.features().hasDescriptorChecksums()) {
            all.add(new OfAllGroups("group descriptors, CRC-16", superblock.descriptorSize(), this::oldDescriptor));
        }
        return all;
    }

    private interface Check {
        /** @param at of the group's descriptor in {@code in} */
        void check(long group, MetadataBlock in, int at) throws IOException;
    }

    private void descriptor(long group, MetadataBlock in, int at) throws IOException {
        int sum = new Checksum(superblock.seed())
                .littleEndian((int) group)
                .add(in.memory(), at, at + DESCRIPTOR_SUM)
                .add(new byte[Short.BYTES], 0, Short.BYTES)
                .add(in.memory(), at + UPPER, at + superblock.descriptorSize())
                .value();
        require(in.u16(at + DESCRIPTOR_SUM), sum & 0xffff, in, at, "the descriptor of group " + group);
    }

    private void oldDescriptor(long group, MetadataBlock in, int at) throws IOException {
        UUID uuid = superblock.uuid();
        ByteBuffer bytes = ByteBuffer.allocate(16 + Integer.BYTES + superblock.descriptorSize());
        bytes.putLong(uuid.getMostSignificantBits()).putLong(uuid.getLeastSignificantBits());
        bytes.putInt(Integer.reverseBytes((int) group));
        bytes.put(in.memory().slice(at, DESCRIPTOR_SUM));
        bytes.put(in.memory().slice(at + UPPER, superblock.descriptorSize() - UPPER));
        require(in.u16(at + DESCRIPTOR_SUM), crc16(bytes.flip()), in, at, "the descriptor of group " + group);
    }

    private void blockBitmap(long group, MetadataBlock in, int at) throws IOException {
        if ((in.u16(at + FLAGS) & BLOCKS_UNUSED) == 0) {
            bitmap("the block bitmap of group " + group, in, at + BLOCK_BITMAP, at + BLOCK_BITMAP_SUM, clusters());
        }
    }

    private void inodeBitmap(long group, MetadataBlock in, int at) throws IOException {
        if ((in.u16(at + FLAGS) & INODES_UNUSED) == 0) {
            long bits = superblock.inodesPerGroup();
            bitmap("the inode bitmap of group " + group, in, at + INODE_BITMAP, at + INODE_BITMAP_SUM, bits);
        }
    }

    private void bitmap(String what, MetadataBlock in, int number, int recorded, long bits) throws IOException {
        boolean wide = superblock.descriptorSize() > UPPER;
        long block = in.u32(number) | (wide ? in.u32(number + UPPER) << Integer.SIZE : 0);
        if (!volume.has(block, 1)) {
            throw in.damage(
                    number,
                    what + " at block " + Long.toUnsignedString(block) + ", outside of the file system's "
                            + superblock.blocks());
        }
        int bytes = (int) Math.min(volume.blockSize(), bits / Byte.SIZE);
        try (MetadataBlock bitmap = volume.metadata(Volume.Kind.TABLE, block, Volume.UNCHECKED)) {
            int sum = new Checksum(superblock.seed())
                    .add(bitmap.memory(), 0, bytes)
                    .value();
            if (wide) {
                require(in.u16(recorded) | in.u16(recorded + UPPER) << Short.SIZE, sum, bitmap, 0, what);
            } else {
                require(in.u16(recorded), sum & 0xffff, bitmap, 0, what);
            }
        }
    }

    /** In a group: bits of its bitmap. From the superblock, where no reader of files needs it. */
    private long clusters() throws IOException {
        long block = Superblock.POSITION / volume.blockSize();
        try (MetadataBlock in = volume.metadata(Volume.Kind.TABLE, block, Volume.UNCHECKED)) {
            return in.u32(Superblock.POSITION % volume.blockSize() + 0x24);
        }
    }

    private static void require(int recorded, int computed, MetadataBlock in, int at, String what) throws IOException {
        if (recorded != computed) {
            throw in.damage(
                    at,
                    what + " has the checksum " + Superblock.hex(computed) + ", recorded is "
                            + Superblock.hex(recorded));
        }
    }

    /** With the polynomial 0x8005, lowest bit first, from all ones on, not inverted. */
    private static int crc16(ByteBuffer bytes) {
        int crc = 0xffff;
        while (bytes.hasRemaining()) {
            crc ^= bytes.get() & 0xff;
            for (int bit = 0; bit < Byte.SIZE; bit++) {
                crc = (crc & 1) == 0 ? crc >>> 1 : crc >>> 1 ^ 0xa001;
            }
        }
        return crc;
    }

    private final class OfAllGroups implements liveroot.fs.Checksum {

        private final String what;
        private final int bytes;
        private final Check check;

        OfAllGroups(String what, int bytes, Check check) {
            this.what = what;
            this.bytes = bytes;
            this.check = check;
        }

        @Override
        public String words() {
            return what;
        }

        @Override
        public long bytes() {
            return superblock.groups() * bytes;
        }

        @Override
        public String expected() {
            return "all " + superblock.groups();
        }

        @Override
        public String computed(LongConsumer progress) throws IOException {
            for (long group = 0; group < superblock.groups(); group++) {
                try (MetadataBlock in = inodes.descriptors(group)) {
                    check.check(group, in, inodes.descriptorAt(group));
                }
                progress.accept(bytes);
            }
            return expected();
        }
    }
}
