package liveroot.fs.iso;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
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

/** Each image, entry by entry, is what osirrox extracts from it. */
final class IsoAgainstOsirroxTest {

    /** osirrox makes no sockets; and no devices whose major and minor number are apart, as genisoimage has them. */
    private static final Set<String> NO_SOCKETS = Set.of("./etc/sock");

    private static final Set<String> NO_DEVICES = Set.of("./etc/sock", "./etc/null", "./etc/disk", "./etc/wide");

    @BeforeAll
    static void needTools() throws IOException {
        IsoImages.assumeTools();
    }

    static Iterable<String> images() {
        return IsoImages.names();
    }

    @ParameterizedTest
    @MethodSource("images")
    void treeEqualsWhatOsirroxExtracts(String name) throws IOException, FsException {
        Path image = IsoImages.image(name);
        Path out = Files.createTempDirectory(SampleImages.directory(), "extracted");
        Commands.sh(
                out,
                "xorriso -abort_on NEVER -return_with FATAL 32 -osirrox on:device_files:sort_lba_off -xattr any -acl on"
                        + " -hardlinks on -indev " + image + " -extract / out >&2");
        Map<String, String> theirs = TreeFacts.ofDirectory(out.resolve("out"), false);
        Map<String, String> ours;
        try (BlockCache cache = new BlockCache(64 << 20);
                ImageTree tree = Iso.open(FileSource.open(image), cache)) {
            ours = TreeFacts.ofTree(tree, false);
        }
        assertTrue(theirs.size() > 600, theirs::toString);
        Set<String> more = new TreeSet<>(ours.keySet());
        more.removeAll(theirs.keySet());
        assertEquals(name.startsWith("genisoimage") ? NO_DEVICES : NO_SOCKETS, more);
        assertTrue(ours.keySet().containsAll(theirs.keySet()), theirs::toString);
        if (name.startsWith("genisoimage")) {
            // It writes parts of a target that are longer than their entry, and everybody reads something else.
            theirs.remove("./etc/long");
        }
        theirs.forEach((path, facts) -> assertEquals(sorted(path, facts), sorted(path, ours.get(path)), path));
    }

    /**
     * Programs list xattrs in an order of their own. osirrox leaves a symlink's times and xattrs as they are, and has the first day of
     * 2099 a day late where genisoimage wrote it.
     */
    private static List<String> sorted(String path, String facts) {
        boolean isLink = facts.startsWith("a1ff");
        boolean isTimeless = isLink || path.equals("./etc/empty");
        String shown = isTimeless ? facts.replaceFirst("\\d+\\.\\d{9} ", "") : facts;
        shown = isLink ? shown.replaceFirst(" trusted\\..*", "") : shown;
        List<String> words = new ArrayList<>(List.of(shown.split(" ", 0)));
        words.sort(null);
        return words;
    }
}
