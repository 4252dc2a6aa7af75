package liveroot.fs.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.dd.plist.BinaryPropertyListWriter;
import com.dd.plist.NSDictionary;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.BadImageException;
import liveroot.fs.sparse.SparseBundle;
import liveroot.fs.sparse.SparseImage;
import liveroot.fs.squashfs.ArraySource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** NetBoot sets and sparse images. */
final class FoldersTest {

    @TempDir
    Path directory;

    private static byte[] xml(String dictionary) {
        return ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\"><dict>" + dictionary
                        + "</dict></plist>\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    private static String rootPath(byte[] plist) throws IOException {
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET)) {
            return NetBootSet.read(new ArraySource(plist), cache).rootPath();
        }
    }

    @Test
    void aNetBootSetNamesItsImageInXmlOrBinary() throws IOException {
        assertEquals(
                "NetBoot.dmg",
                rootPath(xml("<key>Index</key><integer>1</integer><key>RootPath</key><string>NetBoot.dmg</string>")));
        NSDictionary dictionary = new NSDictionary();
        dictionary.put("RootPath", "images/root.dmg");
        assertEquals("images/root.dmg", rootPath(BinaryPropertyListWriter.writeToArray(dictionary)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"../x.dmg", "/x.dmg", "a/../../x.dmg", "", "a//b", "./x"})
    void aNetBootSetLeadsNowhereOutside(String path) {
        BadImageException refused = assertThrows(
                BadImageException.class, () -> rootPath(xml("<key>RootPath</key><string>" + path + "</string>")));
        assertTrue(refused.getMessage()
                .endsWith("RootPath is to be a path within the set's folder, found '" + path + "'"));
    }

    @Test
    void anEntityOfANetBootSetLeadsNowhere() throws IOException {
        Path secret = Files.writeString(directory.resolve("secret"), "secret.dmg");
        byte[] plist = ("<?xml version=\"1.0\"?><!DOCTYPE plist [<!ENTITY e SYSTEM \"" + secret.toUri() + "\">]>"
                        + "<plist version=\"1.0\"><dict><key>RootPath</key><string>x&e;</string></dict></plist>")
                .getBytes(StandardCharsets.UTF_8);
        String said;
        try {
            said = rootPath(plist);
        } catch (BadImageException e) {
            said = e.getMessage();
        }
        assertEquals(-1, said.indexOf("secret.dmg"), said);
    }

    @Test
    void anOrdinaryFolderIsNoImage() throws IOException {
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET)) {
            assertNull(Images.lookInFolder(directory, cache, Choice.ANY));
        }
    }

    private static byte[] content(BlockSource source) throws IOException {
        ByteBuffer all = ByteBuffer.allocateDirect((int) source.size());
        source.read(0, all);
        byte[] bytes = new byte[all.capacity()];
        all.flip().get(bytes);
        return bytes;
    }

    @Test
    void bandsOfASparseBundleThatAreMissingOrShortAreZeros() throws IOException {
        byte[] disk = new byte[20 * 4096];
        new Random(1).nextBytes(disk);
        Arrays.fill(disk, 3 * 4096, 4 * 4096, (byte) 0);
        Arrays.fill(disk, 17 * 4096 + 100, 18 * 4096, (byte) 0);
        Path bands = Files.createDirectory(directory.resolve("bands"));
        for (int i = 0; i < 20; i++) {
            int end = i == 17 ? i * 4096 + 100 : (i + 1) * 4096;
            if (i != 3) {
                Files.write(bands.resolve(Integer.toHexString(i)), Arrays.copyOfRange(disk, i * 4096, end));
            }
        }
        Files.write(
                directory.resolve("Info.plist"),
                xml("<key>band-size</key><integer>4096</integer><key>size</key><integer>81920</integer>"));
        assertTrue(SparseBundle.isBundle(directory));
        try (SparseBundle bundle = SparseBundle.open(directory)) {
            assertArrayEquals(disk, content(bundle.parts().get(0).source()));
        }
        Files.writeString(directory.resolve("token"), "encrcdsa");
        assertThrows(BadImageException.class, () -> SparseBundle.open(directory));
    }

    @Test
    void bandsOfASparseBundleAreWholeSectors() throws IOException {
        Files.createDirectory(directory.resolve("bands"));
        Files.write(
                directory.resolve("Info.plist"),
                xml("<key>band-size</key><integer>1000</integer><key>size</key><integer>81920</integer>"));
        BadImageException refused = assertThrows(BadImageException.class, () -> SparseBundle.open(directory));
        assertTrue(
                refused.getMessage().endsWith("bands of 1000 bytes, expected a multiple of the 512 that a sector has"),
                refused.getMessage());
    }

    @Test
    void bandsOfASparseImageLieInAnyOrder() throws IOException {
        byte[] disk = new byte[8 * 4096];
        new Random(2).nextBytes(disk);
        ByteBuffer image = ByteBuffer.allocate(4096 + 3 * 4096);
        image.putInt(0x73707273).putInt(3).putInt(8).putInt(1).putInt(64);
        int[] stored = {7, 0, 2};
        for (int i = 0; i < 3; i++) {
            image.putInt(64 + 4 * i, stored[i] + 1);
            image.put(4096 + i * 4096, disk, stored[i] * 4096, 4096);
        }
        for (int band : new int[] {1, 3, 4, 5, 6}) {
            Arrays.fill(disk, band * 4096, (band + 1) * 4096, (byte) 0);
        }
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                SparseImage sparse = SparseImage.open(new ArraySource(image.array()), cache)) {
            assertArrayEquals(disk, content(sparse.parts().get(0).source()));
        }
    }
}
