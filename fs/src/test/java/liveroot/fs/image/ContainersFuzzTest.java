package liveroot.fs.image;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import liveroot.fs.DamagedBytes;
import liveroot.fs.partition.ApplePartitionMap;
import liveroot.fs.partition.BootRecord;
import liveroot.fs.partition.GuidPartitionTable;
import liveroot.fs.sparse.SparseBundle;
import liveroot.fs.sparse.SparseImage;
import liveroot.fs.udif.Udif;

/** See the package comment of {@code liveroot.fs} in the tests. */
final class ContainersFuzzTest {

    private static final Path BUNDLE = bundle();

    private static Path bundle() {
        try {
            Path folder = Files.createTempDirectory("liveroot-bundle");
            folder.toFile().deleteOnExit();
            folder.resolve("Info.plist").toFile().deleteOnExit();
            return folder;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @FuzzTest(maxDuration = "1h")
    void udif(byte[] image) {
        DamagedBytes.read(image, DamagedBytes.container((source, cache) -> Udif.open(source, cache, name -> null)));
    }

    @FuzzTest(maxDuration = "1h")
    void partitionMaps(byte[] image) {
        DamagedBytes.read(image, DamagedBytes.container(ApplePartitionMap::open));
        mendGuidHeader(image);
        DamagedBytes.read(image, DamagedBytes.container(GuidPartitionTable::open));
        DamagedBytes.read(image, DamagedBytes.container(BootRecord::open));
    }

    @FuzzTest(maxDuration = "1h")
    void sparseImages(byte[] image) {
        DamagedBytes.read(image, DamagedBytes.container(SparseImage::open));
    }

    @FuzzTest(maxDuration = "1h")
    void layers(byte[] image) {
        DamagedBytes.read(image, (source, cache) -> {
            try (OpenedImage opened = Images.look(source, cache, Choice.ANY, Neighbours.NONE)) {
                opened.format();
            }
        });
    }

    /** Makes a header's checksum good, so that what it protects is looked at. */
    private static void mendGuidHeader(byte[] disk) {
        ByteBuffer b = ByteBuffer.wrap(disk).order(ByteOrder.LITTLE_ENDIAN);
        if (disk.length >= 1024 && b.getInt(512 + 12) >= 20 && b.getInt(512 + 12) <= 512) {
            b.putInt(512 + 16, 0);
            CRC32 crc = new CRC32();
            crc.update(disk, 512, b.getInt(512 + 12));
            b.putInt(512 + 16, (int) crc.getValue());
        }
    }

    /** The descriptions of NetBoot sets and of sparse bundles. */
    @FuzzTest(maxDuration = "1h")
    void propertyLists(byte[] plist) throws IOException {
        DamagedBytes.read(plist, NetBootSet::read);
        Files.write(BUNDLE.resolve("Info.plist"), plist);
        DamagedBytes.read(plist, (source, cache) -> SparseBundle.open(BUNDLE).close());
    }
}
