package liveroot.fs.ext;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import liveroot.cache.BlockCache;
import liveroot.cache.FileSource;
import liveroot.fs.FsException;
import liveroot.fs.squashfs.Commands;
import liveroot.fs.squashfs.SampleImages;
import liveroot.fs.squashfs.TreeFacts;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each image, entry by entry, is what the kernel's mount of it is. */
final class ExtAgainstKernelTest {

    @BeforeAll
    static void needTools() throws IOException {
        ExtImages.assumeTools();
    }

    static Iterable<String> images() {
        return ExtImages.names();
    }

    @ParameterizedTest
    @MethodSource("images")
    void treeEqualsTheKernelsMount(String name) throws IOException, FsException {
        Path image = ExtImages.image(name);
        assertEqualsKernel(image, "ro,noload");
    }

    static Iterable<String> imagesOfGenext2fs() {
        return ExtImages.namesOfGenext2fs();
    }

    @ParameterizedTest
    @MethodSource("imagesOfGenext2fs")
    void treeOfGenext2fsEqualsTheKernelsMount(String name) throws IOException, FsException {
        assertEqualsKernel(ExtImages.imageOfGenext2fs(name), "ro");
    }

    static void assertEqualsKernel(Path image, String options) throws IOException, FsException {
        Map<String, String> kernels = ofKernel(image, options);
        Map<String, String> ours;
        try (BlockCache cache = new BlockCache(16 << 20);
                Ext tree = Ext.open(FileSource.open(image), cache)) {
            ours = TreeFacts.ofTree(tree, true);
        }
        assertTrue(kernels.size() > 5, kernels::toString);
        assertEquals(kernels.keySet(), ours.keySet());
        kernels.forEach((path, facts) -> assertEquals(sorted(facts), sorted(ours.get(path)), path));
    }

    static Map<String, String> ofKernel(Path image, String options) throws IOException {
        Path point = Files.createTempDirectory(SampleImages.directory(), "mount");
        // The driver called ext2 knows no holes; the one called ext4 reads all three.
        Commands.sh(point, "mount -t ext4 -o loop," + options + " " + image + " " + point);
        try {
            return TreeFacts.ofDirectory(point, true);
        } finally {
            Commands.sh(Path.of("/"), "umount " + point);
        }
    }

    /** Programs list xattrs in an order of their own. */
    private static List<String> sorted(String facts) {
        List<String> words = new ArrayList<>(List.of(facts.split(" ", 0)));
        words.sort(null);
        return words;
    }
}
