package liveroot.fs.sparse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import liveroot.cache.BlockSource;
import liveroot.cache.FileSource;
import liveroot.cache.Zeros;
import liveroot.fs.BadImageException;
import liveroot.fs.Checksum;
import liveroot.fs.ImageContainer;
import liveroot.fs.ImagePart;
import liveroot.fs.PropertyList;

/**
 * A .sparsebundle: a folder with Info.plist (band-size and size, in bytes) and a folder of bands, whose names are their
 * numbers from 0 on in hexadecimal. A band that is missing is zeros, and so is what a short one lacks. A band is opened for
 * each read, so that no more descriptors are held than threads read.
 */
public final class SparseBundle implements ImageContainer {

    private static final String INFO = "Info.plist";
    private static final String BANDS = "bands";
    private static final int SECTOR = 512;
    private static final int LARGEST_INFO = 1 << 20;

    private final long bandSize;
    private final SparseDisk disk;

    private SparseBundle(Path folder, long size, long bandSize) {
        this.bandSize = bandSize;
        Path bands = folder.resolve(BANDS);
        disk = new SparseDisk(folder + " (unpacked)", size, bandSize) {
            @Override
            void readBand(long band, long offset, ByteBuffer dst) throws IOException {
                Path file = bands.resolve(Long.toHexString(band));
                try (BlockSource source = FileSource.open(file)) {
                    int n = (int) Math.max(0, Math.min(dst.remaining(), source.size() - offset));
                    if (n > 0) {
                        source.read(offset, dst.slice(dst.position(), n));
                        dst.position(dst.position() + n);
                    }
                } catch (NoSuchFileException e) {
                    // Zeros: a band has no file before something is written to it.
                }
                Zeros.put(dst, dst.remaining());
            }
        };
    }

    /** Whether {@code folder} looks like one. */
    public static boolean isBundle(Path folder) {
        return Files.isRegularFile(folder.resolve(INFO)) && Files.isDirectory(folder.resolve(BANDS));
    }

    /** Opens the image in {@code folder}. @throws BadImageException if it is damaged or encrypted */
    public static SparseBundle open(Path folder) throws IOException {
        Path token = folder.resolve("token");
        if (Files.exists(token) && Files.size(token) > 0) {
            throw new BadImageException(
                    token.toString(),
                    0,
                    "an encrypted sparse bundle, which cannot be read; on macOS decrypt it with hdiutil convert -format UDZO");
        }
        Path info = folder.resolve(INFO);
        if (Files.size(info) > LARGEST_INFO) {
            throw new BadImageException(info.toString(), 0, "a property list of more than " + LARGEST_INFO + " bytes");
        }
        PropertyList list = PropertyList.read(Files.readAllBytes(info), info.toString());
        long size = list.number("size");
        long bandSize = list.number("band-size");
        if (size < 0 || bandSize <= 0) {
            throw new BadImageException(
                    info.toString(),
                    0,
                    "a sparse bundle's numbers size and band-size are expected, found " + size + " and " + bandSize);
        }
        if (bandSize % SECTOR != 0) {
            throw new BadImageException(
                    info.toString(),
                    0,
                    "bands of " + bandSize + " bytes, expected a multiple of the " + SECTOR + " that a sector has");
        }
        return new SparseBundle(folder, size, bandSize);
    }

    @Override
    public String format() {
        return "sparse bundle, " + (bandSize >> 10) + " KiB bands";
    }

    @Override
    public Map<String, String> facts() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("format", format());
        facts.put("size", disk.size() + " bytes");
        return facts;
    }

    @Override
    public List<ImagePart> parts() {
        return List.of(new ImagePart(0, "the disk", true, disk));
    }

    @Override
    public List<Checksum> checksums() {
        return List.of();
    }

    @Override
    public void close() {}
}
