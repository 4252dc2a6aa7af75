package liveroot.fs.image;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;
import liveroot.cache.BlockCache;
import liveroot.fs.BadImageException;
import liveroot.fs.DamagedBytes;
import liveroot.fs.partition.ApplePartitionMap;
import liveroot.fs.partition.BootRecord;
import liveroot.fs.partition.GuidPartitionTable;
import liveroot.fs.sparse.SparseImage;
import liveroot.fs.squashfs.ArraySource;
import liveroot.fs.udif.Udif;
import liveroot.fs.udif.UdifWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever the bytes of a container are: it is refused, or damaged parts of it are errors, and no memory is lost. */
@Timeout(120)
final class DamagedContainersTest {

    private static final int CUTS = 100;
    private static final int FLIPS = 400;

    private static byte[] disk() {
        byte[] disk = new byte[100 << 10];
        byte[] noise = new byte[3000];
        new Random(5).nextBytes(noise);
        for (int at = 0; at < 60_000; at += 2 * noise.length) {
            System.arraycopy(noise, 0, disk, at, noise.length);
        }
        return disk;
    }

    @ParameterizedTest
    @EnumSource(UdifWriter.Codec.class)
    void udifOfEveryCodec(UdifWriter.Codec codec) throws IOException {
        byte[] image = new UdifWriter(codec).runSectors(40).image(disk());
        DamagedBytes.cutAndFlip(
                image,
                CUTS,
                FLIPS,
                DamagedBytes.container((source, cache) -> Udif.open(source, cache, name -> null)),
                new int[] {image.length - 512, image.length},
                // The list of runs, as XML.
                new int[] {image.length - 512 - 1800, image.length - 512},
                new int[] {0, image.length - 512});
    }

    @Test
    void udifWithAResourceFork() throws IOException {
        byte[] image = new UdifWriter(UdifWriter.Codec.ADC)
                .resourceFork()
                .runSectors(40)
                .image(disk());
        DamagedBytes.cutAndFlip(
                image,
                CUTS,
                2 * FLIPS,
                DamagedBytes.container((source, cache) -> Udif.open(source, cache, name -> null)),
                new int[] {image.length - 512 - 900, image.length});
    }

    @Test
    void partitionMaps() {
        ByteBuffer apple = ByteBuffer.allocate(64 << 10);
        apple.putInt(0x45520200);
        for (int i = 1; i <= 3; i++) {
            apple.putInt(i * 512, 0x504d0000)
                    .putInt(i * 512 + 4, 3)
                    .putInt(i * 512 + 8, 8 * i)
                    .putInt(i * 512 + 12, 8);
            apple.position(i * 512 + 48)
                    .put((i == 1 ? "Apple_partition_map" : "Apple_HFS")
                            .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        }
        DamagedBytes.cutAndFlip(
                apple.array(), CUTS, FLIPS, DamagedBytes.container(ApplePartitionMap::open), new int[] {0, 4 * 512});
        ByteBuffer pc = ByteBuffer.allocate(64 << 10).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        for (int sector : new int[] {0, 20, 30}) {
            pc.putShort(sector * 512 + 510, (short) 0xaa55);
            pc.put(sector * 512 + 446 + 4, (byte) 0x83)
                    .putInt(sector * 512 + 446 + 8, 2)
                    .putInt(sector * 512 + 446 + 12, 8);
        }
        pc.put(446 + 16 + 4, (byte) 5).putInt(446 + 16 + 8, 20).putInt(446 + 16 + 12, 40);
        pc.put(20 * 512 + 446 + 16 + 4, (byte) 5)
                .putInt(20 * 512 + 446 + 16 + 8, 10)
                .putInt(20 * 512 + 446 + 16 + 12, 40);
        DamagedBytes.cutAndFlip(
                pc.array(), CUTS, FLIPS, DamagedBytes.container(BootRecord::open), new int[] {446, 512}, new int[] {
                    20 * 512 + 446, 21 * 512
                });
    }

    @Test
    void aGuidPartitionTableWhoseChecksumsAreMadeGoodAgain() {
        Random random = new Random(8);
        for (int i = 0; i < FLIPS; i++) {
            ByteBuffer disk = ByteBuffer.allocate(64 << 10).order(java.nio.ByteOrder.LITTLE_ENDIAN);
            disk.putLong(512, 0x5452415020494645L).putInt(512 + 12, 92).putLong(512 + 72, 2);
            disk.putInt(512 + 80, 4).putInt(512 + 84, 128);
            disk.putLong(1024, 1).putLong(1024 + 32, 8).putLong(1024 + 40, 20);
            int at = random.nextBoolean() ? 512 + 12 + random.nextInt(80) : 1024 + random.nextInt(128);
            disk.put(at, (byte) random.nextInt());
            java.util.zip.CRC32 crc = new java.util.zip.CRC32();
            disk.putInt(512 + 16, 0);
            crc.update(disk.array(), 512, 92);
            disk.putInt(512 + 16, (int) crc.getValue());
            DamagedBytes.read(disk.array(), DamagedBytes.container(GuidPartitionTable::open));
        }
    }

    @Test
    void theRefusalOfMapsInMapsIsALineThatCanBeRead() {
        // Four partitions in each sector, all of which begin with the next sector, which has four again.
        ByteBuffer pc = ByteBuffer.allocate(64 * 512).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        for (int sector = 0; sector < 63; sector++) {
            pc.putShort(sector * 512 + 510, (short) 0xaa55);
            for (int i = 0; i < 4; i++) {
                pc.put(sector * 512 + 446 + 16 * i + 4, (byte) 0x83)
                        .putInt(sector * 512 + 446 + 16 * i + 8, 1)
                        .putInt(sector * 512 + 446 + 16 * i + 12, 63 - sector);
            }
        }
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET)) {
            String refusal = assertThrows(
                            BadImageException.class,
                            () -> Images.open(new ArraySource(pc.array()), cache, Choice.ANY, Neighbours.NONE))
                    .getMessage();
            assertTrue(refusal.contains(": no partition can be read: partition 1: "), refusal);
            assertTrue(refusal.endsWith("; and 3 more"), refusal);
            assertTrue(refusal.length() < 600, refusal);
        }
    }

    @Test
    void sparseImages() {
        ByteBuffer image = ByteBuffer.allocate(4096 + 3 * 4096);
        image.putInt(0x73707273).putInt(3).putInt(8).putInt(1).putInt(64);
        image.putInt(64, 3).putInt(68, 1).putInt(72, 8);
        DamagedBytes.cutAndFlip(
                image.array(), CUTS, FLIPS, DamagedBytes.container(SparseImage::open), new int[] {0, 80});
    }

    @Test
    void whatIsNestedInItself() throws IOException {
        // A boot record whose partition begins with another one, and so on; a disk image of itself as often.
        byte[] image = {0};
        for (int i = 0; i < 12; i++) {
            image = new UdifWriter(UdifWriter.Codec.ZLIB).image(image);
        }
        byte[] nested = image;
        DamagedBytes.cutAndFlip(nested, 20, 100, (source, cache) -> {
            try (OpenedImage opened = Images.look(source, cache, Choice.ANY, Neighbours.NONE)) {
                opened.format();
            }
        });
    }
}
