package liveroot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every way of making a SquashFS image, through both fronts, against the kernel's own mount of the same image. */
class SquashfsReaderTest {

    private static final Map<SquashfsRecipe, TreeListing> EXPECTED = new ConcurrentHashMap<>();

    @BeforeAll
    static void needsRoot() {
        Host.needsRoot("readers are compared with the kernel's mount of an image");
    }

    static Stream<Arguments> recipesAndFronts() {
        return Arrays.stream(SquashfsRecipe.values())
                .flatMap(recipe -> Front.OF_IMAGES.stream().map(front -> Arguments.of(recipe, front)));
    }

    @ParameterizedTest(name = "{0}, {1} front")
    @MethodSource("recipesAndFronts")
    void the_tree_is_what_the_kernel_shows(SquashfsRecipe recipe, Front front) {
        Path image = Images.of(recipe);
        TreeListing expected = EXPECTED.computeIfAbsent(recipe, r -> judged(r, image));
        String sum = Images.sha256(image);
        try (Mounted mounted = Mounted.of(image, front)) {
            // gensquashfs counts a directory's entries as its links; what unsquashfs unpacks has true counts.
            String[] ignored = recipe == SquashfsRecipe.GENSQUASHFS_LZMA ? new String[] {"links"} : new String[] {};
            TreeListing.of(mounted.directory()).assertSameAs(expected, ignored);
        }
        assertEquals(sum, Images.sha256(image), "checksum of the image");
    }

    private static TreeListing judged(SquashfsRecipe recipe, Path image) {
        if (recipe.judge() == SquashfsRecipe.Judge.KERNEL) {
            try (KernelMount kernel = KernelMount.squashfs(image)) {
                return TreeListing.of(kernel.directory());
            }
        }
        Host.needs("unsquashfs");
        Path directory = Workspace.path("unsquashed");
        Command.of("unsquashfs", "-q", "-n", "-d", directory.toString(), image.toString())
                .within(Duration.ofMinutes(2))
                .ok();
        return TreeListing.of(directory);
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(
            value = SquashfsRecipe.class,
            names = {"LZ4", "ZSTD", "GZIP_4K_WITHOUT_FRAGMENTS_AND_EXPORTS", "XZ_1M_BCJ_FILTERS"})
    void holes_are_blocks_of_zeros_and_hide_no_data(SquashfsRecipe recipe) {
        int block = recipe == SquashfsRecipe.XZ_1M_BCJ_FILTERS
                ? 1 << 20
                : recipe == SquashfsRecipe.GZIP_4K_WITHOUT_FRAGMENTS_AND_EXPORTS ? 4096 : 128 << 10;
        try (Mounted mounted = Mounted.of(Images.of(recipe), Front.KERNEL)) {
            TreeListing listing = TreeListing.withHoles(mounted.directory());
            String hole = listing.aspect("var/tmp/hole.dat", "data at");
            // A tail shorter than a block is stored as data, in a fragment or a block of its own.
            int tail = 3000000 / block * block;
            assertTrue(hole.equals("none") || hole.equals(tail + "-3000000"), hole);
            String sparse = listing.aspect("var/tmp/sparse.dat", "data at");
            int first = 3 * 131072 / block * block;
            assertTrue(sparse.startsWith(first + "-"), sparse);
            assertTrue(sparse.endsWith("-1500003"), sparse);
            assertEquals(
                    "0-" + listing.aspect("usr/bin/text.dat", "size"), listing.aspect("usr/bin/text.dat", "data at"));
        }
    }

    @ParameterizedTest(name = "{0} front")
    @EnumSource(
            value = Front.class,
            names = {"KERNEL", "JNR_FUSE"})
    void a_directory_of_100_000_entries_is_listed_and_searched(Front front) {
        Path image = Images.of(SquashfsRecipe.LZ4, Images.tree("huge-directory.sh"));
        try (Mounted mounted = Mounted.of(image, front)) {
            Command.bash(
                            """
                            test "$(find . -name 'entry-*' | wc -l)" = 100000
                            test "$(ls -f | sort -u | wc -l)" = 100003
                            for n in 00000 00001 31415 65535 65536 99998 99999; do
                              test -f entry-$n
                              test "$(stat -c %s entry-$n)" = $((10#$n == 31415 ? 3 : 0))
                            done
                            for n in entry- entry-100000 zzz 0 entry-3141 entry-314155; do if test -e $n; then exit 9; fi; done
                            ls -l sub/file
                            """)
                    .in(mounted.directory())
                    .within(Duration.ofMinutes(2))
                    .ok();
        }
    }

    @ParameterizedTest(name = "{0} front")
    @EnumSource(
            value = Front.class,
            names = {"KERNEL", "JNR_FUSE"})
    void names_that_are_no_utf_8_come_through(Front front) {
        Path tree = Workspace.directory("latin-1");
        Command.bash("cd \"$1\"; echo ok > plain; echo no > $(printf 'caf\\xe9')", tree)
                .ok();
        try (Mounted mounted = Mounted.of(Images.of(SquashfsRecipe.LZ4, tree), front)) {
            Command cat = Command.bash("cat $(printf 'caf\\xe9'); cat plain").in(mounted.directory());
            assertEquals("no\nok\n", cat.ok());
        }
    }
}
