package liveroot.fs.erofs;

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
import liveroot.fs.ImageTree;
import liveroot.fs.squashfs.Commands;
import liveroot.fs.squashfs.SampleImages;
import liveroot.fs.squashfs.TreeFacts;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each image, entry by entry, is what the kernel's mount of it is. */
final class ErofsAgainstKernelTest {

    @BeforeAll
    static void needTools() throws IOException {
        ErofsImages.assumeTools();
    }

    static Iterable<String> images() {
        return ErofsImages.names();
    }

    static Iterable<String> newerImages() {
        return ErofsImages.newerNames();
    }

    @ParameterizedTest
    @MethodSource("newerImages")
    void treeWithANewerCodecEqualsTheKernelsMount(String name) throws IOException, FsException {
        ErofsImages.assumeNewerTools();
        treeEqualsTheKernelsMount(name);
    }

    @ParameterizedTest
    @MethodSource("images")
    void treeEqualsTheKernelsMount(String name) throws IOException, FsException {
        Path image = ErofsImages.image(name);
        Path point = Files.createTempDirectory(SampleImages.directory(), "mount");
        Commands.sh(point, "mount -t erofs -o ro,loop " + image + " " + point);
        Map<String, String> kernels;
        try {
            kernels = TreeFacts.ofDirectory(point, true);
        } finally {
            Commands.sh(Path.of("/"), "umount " + point);
        }
        Map<String, String> ours;
        try (BlockCache cache = new BlockCache(64 << 20);
                ImageTree tree = Erofs.open(FileSource.open(image), cache)) {
            ours = TreeFacts.ofTree(tree, true);
        }
        assertTrue(kernels.size() > 600, kernels::toString);
        assertEquals(kernels.keySet(), ours.keySet());
        kernels.forEach((path, facts) -> assertEquals(sorted(facts), sorted(ours.get(path)), path));
    }

    /** Programs list xattrs in an order of their own. */
    private static List<String> sorted(String facts) {
        List<String> words = new ArrayList<>(List.of(facts.split(" ", 0)));
        words.sort(null);
        return words;
    }
}
