package liveroot.fs.hfsplus;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.text.Normalizer;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import liveroot.fs.Attributes;
import liveroot.fs.BadImageException;
import liveroot.fs.SharedImages;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Volumes of Darwin, Linux and libisofs, and our own, as 7-Zip and the directories they were made from know them. */
final class VolumesAgainstOthersTest {

    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneOffset.UTC);
    private static final String LINKED = "[HFS+ Private Data]/iNode";

    @TempDir
    private Path directory;

    /** As {@link SevenZip#facts} has it. */
    private static String describe(TestTree t, String path, Attributes a) throws Exception {
        StringBuilder text = new StringBuilder();
        text.append("-pc-d-b---l-s---".charAt(a.mode() >> 12 & 15));
        for (int bit = 8; bit >= 0; bit--) {
            text.append((a.mode() & 1 << bit) == 0 ? '-' : "xwr".charAt(bit % 3));
        }
        for (int i = 0; i < 3; i++) {
            if ((a.mode() & 04000 >> i) != 0) {
                int at = 3 + 3 * i;
                boolean runs = text.charAt(at) == 'x';
                text.setCharAt(at, i == 2 ? runs ? 't' : 'T' : runs ? 's' : 'S');
            }
        }
        text.append(' ').append(DATE.format(Instant.ofEpochSecond(a.mtime())));
        if (a.isRegular()) {
            byte[] bytes = t.bytes(path);
            text.append(' ').append(bytes.length).append(' ').append(Arrays.hashCode(bytes));
        }
        if (a.isSymlink()) {
            text.append(" -> ").append(new String(t.tree.readlink(t.id(path)), UTF_8));
        }
        return text.toString();
    }

    private void compareWithSevenZip(byte[] volume) throws Exception {
        SevenZip.assume("7z", "p7zip-full");
        Map<String, String> theirs = SevenZip.facts(volume, directory);
        Map<String, String> ours = new TreeMap<>();
        try (TestTree t = new TestTree(volume)) {
            t.walk((path, node) -> {
                try {
                    Attributes a = node.attributes();
                    // It shows a file of several names under its private name only.
                    boolean linked = a.isRegular() && theirs.containsKey(LINKED + a.ino());
                    if (linked) {
                        assertTrue(theirs.containsKey(path), path);
                        theirs.remove(path);
                    }
                    ours.put(linked ? LINKED + a.ino() : path, describe(t, path, a));
                } catch (IOException | liveroot.fs.FsException | RuntimeException e) {
                    throw e;
                } catch (Exception e) {
                    throw new IOException(e);
                }
            });
        }
        theirs.keySet()
                .removeIf(path -> path.equals("[HFS+ Private Data]")
                        || path.startsWith(".HFS+ Private Directory Data")
                        || path.equals(".journal")
                        || path.equals(".journal_info_block"));
        assertTrue(ours.size() > 2);
        assertEquals(String.join("\n", lines(theirs)), String.join("\n", lines(ours)));
    }

    private static Iterable<String> lines(Map<String, String> facts) {
        return facts.entrySet().stream().map(Object::toString).toList();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ronin_hfs_plus_volume.bin",
                "jnode_compressed.dd.gz",
                "jnode_hard-linked-files.dmg.gz",
                "jnode_large-compressed.dmg.gz",
                "jnode_wrong-compressed-flag.dd.gz"
            })
    void realVolumesAreWhatSevenZipReads(String name) throws Exception {
        compareWithSevenZip(SharedImages.bytes("hfsplus/" + name));
    }

    @Test
    void halfARealVolumeIsRefused() throws IOException {
        byte[] start = SharedImages.bytes("hfsplus/ronin_hfs_plus_header.bin");
        Assertions.assertThrows(BadImageException.class, () -> new TestTree(start));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void ourOwnVolumesAreWhatSevenZipReads(boolean binary) throws Exception {
        TestVolume v = new TestVolume(4096, 4096, binary);
        int folder = v.folder(TestVolume.ROOT, "folder").cnid;
        byte[] bytes = new byte[300_000];
        new Random(1).nextBytes(bytes);
        for (int i = 0; i < 300; i++) {
            v.file(folder, "file " + i, Arrays.copyOf(bytes, i * 100)).mode = 0100000 | i;
        }
        v.file(TestVolume.ROOT, "pieces", bytes).piece = 3;
        TestVolume.Item node = v.indirectFile(2, "shared");
        v.link(folder, "one", node);
        v.link(TestVolume.ROOT, "two", node);
        TestVolume.Item link = v.file(TestVolume.ROOT, "link", "folder/file 1");
        link.mode = 0120777;
        v.xattr(node, "user.name", new byte[20], true);
        compareWithSevenZip(v.build());
    }

    /** The Apple_HFS partition of a hybrid image that xorriso makes of {@code source}. */
    private byte[] xorriso(String blockSize) throws IOException {
        SevenZip.assume("xorriso", "xorriso");
        SevenZip.sh(
                directory,
                "xorriso -as mkisofs -quiet -R -hfsplus -hfsplus-block-size " + blockSize + " -o image.iso source");
        byte[] image = Files.readAllBytes(directory.resolve("image.iso"));
        ByteBuffer in = ByteBuffer.wrap(image);
        for (int at = 512; in.getShort(at) == ('P' << 8 | 'M'); at += 512) {
            if (new String(image, at + 48, 9, UTF_8).equals("Apple_HFS")) {
                int start = in.getInt(at + 8) * 512;
                return Arrays.copyOfRange(image, start, start + in.getInt(at + 12) * 512);
            }
        }
        throw new IOException("xorriso made no Apple_HFS partition");
    }

    @ParameterizedTest
    @CsvSource({"512", "2048"})
    void aVolumeOfXorrisoIsTheDirectoryThatItWasMadeFrom(String blockSize) throws Exception {
        Path source = directory.resolve("source");
        SevenZip.sh(
                directory,
                """
                set -e
                mkdir -p source/deep/a/b/c "source/caf\u00e9" source/many
                i=0; while [ $i -lt 700 ]; do echo $i > "source/many/File number $i with a rather long name"; i=$((i+1)); done
                head -c 1000003 /dev/urandom > source/big; : > source/empty; echo colon > source/a:b
                ln -s ../etc/x source/deep/link; ln -s /nowhere source/absolute; mkfifo -m 640 source/fifo
                echo a > source/n\u00fc; echo b > source/\ud55c\uae00; echo c > source/\ud83d\ude00; echo d > source/UPPER
                chmod 2755 source/deep; chmod 000 source/empty; touch -d @1000000000 source/big source/deep/a
                if [ "$(id -u)" = 0 ]; then
                  mknod source/null c 1 3; mknod source/disk b 259 70000; chown 1234:70000 source/empty; chmod 4711 source/empty
                fi
                """);
        byte[] volume = xorriso(blockSize);
        Map<String, String> ours = new TreeMap<>();
        try (TestTree t = new TestTree(volume)) {
            t.walk((path, node) -> {
                Attributes a = node.attributes();
                String nfc = Normalizer.normalize(path, Normalizer.Form.NFC);
                // The kernel asks for names as people type them.
                assertEquals(node.id(), t.id(nfc), path);
                assertEquals(node.id(), t.id(path), path);
                String text = "%o %d %d %x %d".formatted(a.mode(), a.uid(), a.gid(), a.rdev(), a.mtime());
                text += a.isSymlink() ? " -> " + new String(t.tree.readlink(node.id()), UTF_8) : "";
                ours.put(nfc, text + (a.isRegular() ? " " + Arrays.hashCode(t.bytes(path)) : ""));
            });
        }
        Map<String, String> theirs = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(source)) {
            for (Path path : (Iterable<Path>) paths::iterator) {
                Map<String, Object> a = Files.readAttributes(path, "unix:*", LinkOption.NOFOLLOW_LINKS);
                long rdev = (Long) a.get("rdev");
                String text = "%o %d %d %x %d"
                        .formatted(
                                (Integer) a.get("mode"),
                                (Integer) a.get("uid"),
                                (Integer) a.get("gid"),
                                rdev,
                                ((FileTime) a.get("lastModifiedTime"))
                                        .toInstant()
                                        .getEpochSecond());
                text += (Boolean) a.get("isSymbolicLink") ? " -> " + Files.readSymbolicLink(path) : "";
                text += (Boolean) a.get("isRegularFile") ? " " + Arrays.hashCode(Files.readAllBytes(path)) : "";
                theirs.put(source.relativize(path).toString(), text);
            }
        }
        // The root is the volume's own.
        ours.remove("");
        theirs.remove("");
        assertEquals(String.join("\n", lines(theirs)), String.join("\n", lines(ours)));
    }
}
