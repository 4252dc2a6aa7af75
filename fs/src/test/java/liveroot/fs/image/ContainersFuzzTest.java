package liveroot.fs.image;

import com.code_intelligence.jazzer.junit.FuzzTest;
import liveroot.fs.DamagedBytes;
import liveroot.fs.partition.ApplePartitionMap;
import liveroot.fs.partition.BootRecord;
import liveroot.fs.partition.GuidPartitionTable;
import liveroot.fs.sparse.SparseImage;
import liveroot.fs.udif.Udif;

/** See the package comment of {@code liveroot.fs} in the tests. */
final class ContainersFuzzTest {

    @FuzzTest(maxDuration = "1h")
    void udif(byte[] image) {
        DamagedBytes.read(image, DamagedBytes.container((source, cache) -> Udif.open(source, cache, name -> null)));
    }

    @FuzzTest(maxDuration = "1h")
    void partitionMaps(byte[] image) {
        DamagedBytes.read(image, DamagedBytes.container(ApplePartitionMap::open));
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
}
