package liveroot.launcher;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import liveroot.cache.BlockSource;

/** Files that people take for a root image, told by the bytes that mark them (magic(5)). */
final class OtherFormat {

    /**
     * @param offset of the mark; from the end if negative
     * @param mark one char a byte
     */
    private record Mark(long offset, String mark, String format) {}

    private static final List<Mark> MARKS = List.of(
            new Mark(-512, "koly", "an Apple disk image (UDIF)"),
            new Mark(0, "sqsh", "a big-endian SquashFS of a version before 4"),
            new Mark(0, "\u007fELF", "an ELF program or library"),
            new Mark(0, "\u001f\u008b", "a gzip-compressed file"),
            new Mark(0, "\u00fd7zXZ\0", "an xz-compressed file"),
            new Mark(0, "(\u00b5/\u00fd", "a zstd-compressed file"),
            new Mark(0, "BZh", "a bzip2-compressed file"),
            new Mark(0, "\u0004\"M\u0018", "an lz4-compressed file"),
            new Mark(0, "PK\u0003\u0004", "a zip archive"),
            new Mark(0, "070701", "a cpio archive (an initramfs)"),
            new Mark(0, "XFSB", "an XFS file system"),
            new Mark(0, "QFI\u00fb", "a QEMU disk image (qcow2)"),
            new Mark(0, "#!", "a script"),
            new Mark(257, "ustar", "a tar archive"),
            new Mark(512, "EFI PART", "a disk with a GUID partition table"),
            new Mark(512, "PM\0\0", "a disk with an Apple partition map"),
            new Mark(1024, "\u00e2\u00e1\u00f5\u00e0", "an EROFS file system"),
            new Mark(1024, "H+\0\u0004", "an HFS+ file system"),
            new Mark(1024, "HX\0\u0005", "an HFSX file system"),
            new Mark(1080, "S\u00ef", "an ext2, ext3 or ext4 file system"),
            new Mark(32769, "CD001", "an ISO 9660 image"),
            new Mark(65600, "_BHRfS_M", "a btrfs file system"),
            new Mark(510, "U\u00aa", "a disk with a boot sector"));

    private OtherFormat() {}

    /** What it is, or how it begins. */
    static String describe(BlockSource source) throws IOException {
        for (Mark mark : MARKS) {
            long at = mark.offset() < 0 ? source.size() + mark.offset() : mark.offset();
            if (bytes(source, at, mark.mark().length()).equals(mark.mark())) {
                return "it is " + mark.format();
            }
        }
        String head = bytes(source, 0, (int) Math.min(8, source.size()));
        StringBuilder hex = new StringBuilder("it begins with the bytes");
        for (int i = 0; i < head.length(); i++) {
            hex.append(String.format(" %02x", (int) head.charAt(i)));
        }
        return hex.toString();
    }

    private static String bytes(BlockSource source, long at, int length) throws IOException {
        if (at < 0 || at > source.size() - length) {
            return "";
        }
        ByteBuffer bytes = ByteBuffer.allocate(length);
        source.read(at, bytes);
        return new String(bytes.array(), StandardCharsets.ISO_8859_1);
    }
}
