package liveroot.fs.squashfs;

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
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each image, entry by entry, is what the kernel's mount of it is; lzma, which the kernel refuses, what unsquashfs finds. */
final class ImagesAgainstKernelTest {

    @BeforeAll
    static void needTools() throws IOException {
        SampleImages.assumeTools();
    }

    static Iterable<String> mountable() {
        List<String> names = new ArrayList<>();
        SampleImages.names().forEach(names::add);
        names.removeIf(name -> name.contains("lzma"));
        return names;
    }

    @ParameterizedTest
    @MethodSource("mountable")
    void treeEqualsTheKernelsMount(String name) throws IOException, FsException {
        Path image = SampleImages.image(name);
        Path mounted = image;
        if (Files.size(image) % 4096 != 0) {
            mounted = SampleImages.directory().resolve("padded");
            Commands.sh(SampleImages.directory(), "cp " + image + " padded; truncate -s %4096 padded");
        }
        Path point = Files.createTempDirectory(SampleImages.directory(), "mount");
        Commands.sh(point, "mount -t squashfs -o ro,loop " + mounted + " " + point);
        Map<String, String> kernels;
        try {
            kernels = TreeFacts.ofDirectory(point, true);
        } finally {
            Commands.sh(Path.of("/"), "umount " + point);
        }
        assertTrue(kernels.size() > 10, kernels::toString);
        compare(kernels, factsOf(image, true));
    }

    static List<String> lzma() {
        return List.of("lzma", "ng-lzma");
    }

    @ParameterizedTest
    @MethodSource("lzma")
    void lzmaEqualsWhatUnsquashfsFinds(String name) throws IOException, FsException {
        Path image = SampleImages.image(name);
        Path unpacked = SampleImages.directory().resolve(name + ".unpacked");
        Commands.sh(SampleImages.directory(), "unsquashfs -q -n -d " + unpacked + " " + image);
        compare(TreeFacts.ofDirectory(unpacked, false), factsOf(image, false));
    }

    private static Map<String, String> factsOf(Path image, boolean all) throws IOException, FsException {
        try (BlockCache cache = new BlockCache(16 << 20);
                SquashFs tree = SquashFs.open(FileSource.open(image), cache)) {
            return TreeFacts.ofTree(tree, all);
        }
    }

    private static void compare(Map<String, String> expected, Map<String, String> found) {
        assertEquals(expected.keySet(), found.keySet());
        expected.forEach((path, facts) -> assertEquals(sorted(facts), sorted(found.get(path)), path));
    }

    /** Programs list xattrs in an order of their own. */
    private static List<String> sorted(String facts) {
        List<String> words = new ArrayList<>(List.of(facts.split(" ", 0)));
        words.sort(null);
        return words;
    }
}
